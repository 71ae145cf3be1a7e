/* SPDX-License-Identifier: MIT */
/* What codes and float32 can hold. The range of codes is exact, so that all values lie within; unless the input was
   changed between two runs, or a frame can be read now that could not be read before. Then nothing may be clipped
   without a word. */
#include "zarr.h"
#include <float.h>
#include <math.h>

static bool fits_float(double low, double high, nsr_err *err) {
    if (low >= -FLT_MAX && high <= FLT_MAX) return true;
    return nsr_fail(err, NSR_EUSAGE, "--zarr-dtype f32 cannot hold values as large as %g; use u16",
                    fmax(fabs(low), fabs(high)));
}

bool nsr_coding_fits(const nsr_coding *coding, nsr_err *err) {
    return coding->type != NSR_ZARR_F32 || fits_float(coding->lo, coding->hi, err);
}

bool nsr_values_fit(const nsr_job *job, const nsr_coding *coding, nsr_type type, const void *values, size_t n,
                    nsr_err *err) {
    const bool floats = coding->type == NSR_ZARR_F32;
    nsr_range found;
    if (floats && type == NSR_F32) return true;
    nsr_range_init(&found);
    nsr_range_scan(&found, type, values, n);
    if (found.n_finite == 0) return true;
    if (floats) return fits_float(found.min, found.max, err);
    if (found.min >= coding->lo && found.max <= coding->hi) return true;
    return nsr_fail(err, NSR_EDATA,
                    "%s: %s: holds %.9g, outside the range %.9g .. %.9g that was found before: the file was changed, "
                    "or a frame could not be read then; run again, or with --replace if that does not help",
                    job->field->file, job->field->path, found.min < coding->lo ? found.min : found.max, coding->lo,
                    coding->hi);
}
