/* SPDX-License-Identifier: MIT */
/* Whether values fit the stored numbers. Integers cover the exact range of all values, so a value can lie outside only
   if the input was changed between two runs, or if a frame can be read now that could not be read before. That is an
   error, because a clipped value would be a wrong one. */
#include "zarr_meta.h"
#include <float.h>
#include <math.h>
#include <nsrender/log.h>

static bool fits_float(double low, double high, nsr_err *err) {
    if (low >= -FLT_MAX && high <= FLT_MAX) return true;
    return nsr_fail(err, NSR_EUSAGE, "--zarr-dtype f32 cannot hold values as large as %g; use u16",
                    fmax(fabs(low), fabs(high)));
}

bool nsr_quantisation_fits(const nsr_quantisation *q, nsr_err *err) {
    return q->type != NSR_ZARR_F32 || fits_float(q->lo, q->hi, err);
}

bool nsr_values_fit(const nsr_field *field, const nsr_quantisation *q, nsr_type type, const void *values, size_t n,
                    nsr_err *err) {
    const bool floats = q->type == NSR_ZARR_F32;
    nsr_range found;
    if (floats && type == NSR_F32) return true;
    nsr_range_init(&found);
    nsr_range_scan(&found, type, values, n);
    if (found.n_finite == 0) return true;
    if (floats) return fits_float(found.min, found.max, err);
    if (found.min >= q->lo && found.max <= q->hi) return true;
    return nsr_fail(err, NSR_EDATA,
                    "%s: %s: holds %.9g, outside the range %.9g .. %.9g that was found before: the file was changed, "
                    "or a frame could not be read then; run again, or with --replace if that does not help",
                    field->file, field->path, found.min < q->lo ? found.min : found.max, q->lo, q->hi);
}

/* float32 has 24 bits for the whole of a number: of doubles far from 0 little is left for their differences. Integers
   divide the range, wherever it lies. */
bool nsr_stored_precise(const nsr_job *job, nsr_err *err) {
    const nsr_quantisation q = nsr_zarr_quantisation(job), whole = nsr_quantisation_make(NSR_ZARR_U16, job->range);
    if (q.type != NSR_ZARR_F32 || q.lo == q.hi) return true;
    if (!nsr_quantisation_fits(&q, err)) return false;
    const double off = nsr_quantisation_error(&q, job->field->type);
    const double off_whole = nsr_quantisation_error(&whole, job->field->type);
    if (off / 2 > q.hi / 2 - q.lo / 2)
        return nsr_fail(err, NSR_EUSAGE,
                        "--zarr-dtype f32 cannot tell the values of %s apart: they lie between %.17g and %.17g, and it "
                        "rounds them by up to %.3g; use u16",
                        job->field->path, q.lo, q.hi, off);
    if (off > off_whole)
        nsr_warn("--zarr-dtype f32 rounds values of %s by up to %.3g, u16 by %.3g only, because they lie far from 0; "
                 "use u16",
                 job->field->path, off, off_whole);
    return true;
}
