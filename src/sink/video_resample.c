/* SPDX-License-Identifier: MIT */
/* Values are resampled before they become levels, in double and frame by frame, so that the result does not depend on
   the batches. Values that are not finite do not count; a bin without any finite value has no data. */
#include "video_resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

nsr_resample_how nsr_resample_named(const char *how) {
    if (strcmp(how, "max") == 0) return NSR_MAX;
    return strcmp(how, "nearest") == 0 ? NSR_NEAREST : NSR_MEAN;
}

bool nsr_resample_open(nsr_resample *resample, nsr_resample_how how, nsr_type type, int64_t n_bins, nsr_err *err) {
    *resample = (nsr_resample){.how = how, .type = type, .n_bins = (size_t)n_bins};
    resample->value = malloc((size_t)n_bins * sizeof *resample->value);
    resample->finite = malloc((size_t)n_bins * sizeof *resample->finite);
    if (!resample->value || !resample->finite)
        return nsr_fail(err, NSR_EINTERNAL, "out of memory for resampling %lld bins", (long long)n_bins);
    nsr_resample_reset(resample);
    return true;
}

void nsr_resample_close(nsr_resample *resample) {
    free(resample->value);
    free(resample->finite);
    resample->value = NULL;
    resample->finite = NULL;
}

void nsr_resample_reset(nsr_resample *resample) {
    resample->n = 0;
    resample->best = INFINITY;
    double start = resample->how == NSR_MEAN ? 0 : NAN;
    for (size_t i = 0; i < resample->n_bins; i++) {
        resample->value[i] = start;
        resample->finite[i] = 0;
    }
}

/* One body for both types. x - x is 0 for finite x only; compilers vectorise that, but not isfinite. */
#define EACH(TYPE, BODY)                                                                                               \
    for (size_t i = 0; i < resample->n_bins; i++) {                                                                    \
        double x = (double)((const TYPE *)values)[i];                                                                  \
        BODY;                                                                                                          \
    }
#define EACH_OF_TYPE(BODY)                                                                                             \
    if (resample->type == NSR_F32)                                                                                     \
        EACH(float, BODY)                                                                                              \
    else                                                                                                               \
        EACH(double, BODY)

static void add_mean(nsr_resample *resample, const void *values) {
    double *restrict sum = resample->value;
    uint32_t *restrict finite = resample->finite;
    EACH_OF_TYPE({
        sum[i] += x - x == 0 ? x : 0;
        finite[i] += x - x == 0;
    })
}

static void add_max(nsr_resample *resample, const void *values) {
    double *restrict max = resample->value;
    EACH_OF_TYPE(max[i] = x - x == 0 && !(max[i] >= x) ? x : max[i])
}

static void keep(nsr_resample *resample, const void *values) {
    double *restrict kept = resample->value;
    EACH_OF_TYPE(kept[i] = x)
}

void nsr_resample_add(nsr_resample *resample, const void *values, double distance) {
    resample->n++;
    if (resample->how == NSR_MEAN)
        add_mean(resample, values);
    else if (resample->how == NSR_MAX)
        add_max(resample, values);
    else if (distance < resample->best) {
        resample->best = distance;
        keep(resample, values);
    }
}

const double *nsr_resample_result(nsr_resample *resample) {
    if (resample->how == NSR_MEAN)
        for (size_t i = 0; i < resample->n_bins; i++)
            resample->value[i] = resample->finite[i] ? resample->value[i] / resample->finite[i] : NAN;
    return resample->value;
}
