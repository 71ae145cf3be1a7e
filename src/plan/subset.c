/* SPDX-License-Identifier: MIT */
/* Which frames decide the colour limits. */
#include "subset.h"
#include "base/whole.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 200000, ENOUGH = 50000 }; /* neurospatial's rule: beyond MANY frames about ENOUGH of them */

static bool draw_sample(nsr_subset *subset, const nsr_config *config, const nsr_plan *plan, const nsr_comm *comm,
                        nsr_err *err) {
    subset->kind = NSR_SUBSET_SAMPLE;
    subset->n = config->show.sample;
    subset->seed = config->show.seed;
    subset->position = malloc((size_t)subset->n * sizeof *subset->position);
    if (!subset->position)
        nsr_fail(err, NSR_EINTERNAL, "out of memory for the numbers of %" PRId64 " frames", subset->n);
    else if (nsr_is_root(comm))
        nsr_sample_choose(subset->position, subset->n, plan->n, (uint64_t)subset->seed, err);
    if (!nsr_agree(comm, err)) return false;
    nsr_bcast(comm, subset->position, (size_t)subset->n * sizeof *subset->position);
    return true;
}

static bool stride_of(int64_t *stride, const char *text, const nsr_plan *plan, nsr_err *err) {
    char *end;
    if (!strcmp(text, "auto")) {
        *stride = plan->n > MANY ? plan->n / ENOUGH : 1;
        return true;
    }
    *stride = strtoll(text, &end, 10);
    return (*end == 0 && *stride > 0 && *stride < INT64_MAX) ||
           nsr_fail(err, NSR_EUSAGE, "--range-stride: '%s' is neither a whole number above 0 nor auto", text);
}

bool nsr_subset_make(nsr_subset *subset, const nsr_config *config, const nsr_plan *plan, const nsr_comm *comm,
                     nsr_err *err) {
    const char *text = config->show.range_stride;
    *subset = (nsr_subset){.n = plan->n, .of = plan->n, .stride = 1};
    if (text && config->show.sample != NSR_NOT_GIVEN)
        return nsr_fail(err, NSR_EUSAGE, "--sample and --range-stride exclude each other; choose one");
    if (config->show.sample != NSR_NOT_GIVEN && config->show.sample < plan->n)
        return draw_sample(subset, config, plan, comm, err);
    if (text && !stride_of(&subset->stride, text, plan, err)) return false;
    if (subset->stride == 1) return true;
    subset->kind = NSR_SUBSET_STRIDE;
    subset->n = nsr_divide_up(plan->n, subset->stride);
    return true;
}

void nsr_subset_free(nsr_subset *subset) {
    free(subset->position);
    subset->position = NULL;
}

static int64_t next_drawn(const nsr_subset *subset, int64_t at) {
    int64_t low = 0, high = subset->n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (subset->position[middle] < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low < subset->n ? subset->position[low] : INT64_MAX;
}

int64_t nsr_subset_next(const nsr_subset *subset, int64_t at) {
    if (subset->kind == NSR_SUBSET_SAMPLE) return next_drawn(subset, at);
    int64_t next = nsr_times_at_most(nsr_divide_up(at, subset->stride), subset->stride);
    return next < subset->of ? next : INT64_MAX;
}

void nsr_subset_text(const nsr_subset *subset, char *text, size_t size) {
    if (subset->kind == NSR_SUBSET_SAMPLE)
        snprintf(text, size, "%" PRId64 " of %" PRId64 " frames, drawn with seed %" PRId64, subset->n, subset->of,
                 subset->seed);
    else if (subset->kind == NSR_SUBSET_STRIDE)
        snprintf(text, size, "every %" PRId64 "th of %" PRId64 " frames", subset->stride, subset->of);
    else
        snprintf(text, size, "all frames");
}
