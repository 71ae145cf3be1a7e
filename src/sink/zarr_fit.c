/* SPDX-License-Identifier: MIT */
/* What codes and float32 can hold. The range of codes is exact, so that all values lie within; unless the input was
   changed between two runs, or a frame can be read now that could not be read before. Then nothing may be clipped
   without a word. */
#include "zarr.h"
#include <float.h>
#include <math.h>
#include <nsrender/clones.h>

enum { WIDE = 32 }; /* lanes: with fewer gcc 12 unrolls instead of using vectors */

/* In this order a NaN in `a` keeps `b`, and the compiler can use its minimum and maximum instructions. */
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* Of the finite values; x - x makes all others NaN. */
#define BOUNDS(name, REAL)                                                                                             \
    NSR_CLONES static void name(double bound[2], const REAL *restrict x, size_t n) {                                   \
        REAL low[WIDE], high[WIDE];                                                                                    \
        size_t i = 0;                                                                                                  \
        for (int k = 0; k < WIDE; k++) low[k] = (REAL)INFINITY, high[k] = (REAL)-INFINITY;                             \
        for (; i + WIDE <= n; i += WIDE)                                                                               \
            for (int k = 0; k < WIDE; k++) {                                                                           \
                REAL v = x[i + k] + (x[i + k] - x[i + k]);                                                             \
                low[k] = MIN(v, low[k]);                                                                               \
                high[k] = MAX(v, high[k]);                                                                             \
            }                                                                                                          \
        for (; i < n; i++) {                                                                                           \
            REAL v = x[i] + (x[i] - x[i]);                                                                             \
            low[0] = MIN(v, low[0]);                                                                                   \
            high[0] = MAX(v, high[0]);                                                                                 \
        }                                                                                                              \
        for (int k = 1; k < WIDE; k++) low[0] = MIN(low[k], low[0]), high[0] = MAX(high[k], high[0]);                  \
        bound[0] = (double)low[0];                                                                                     \
        bound[1] = (double)high[0];                                                                                    \
    }
BOUNDS(bounds_f32, float)
BOUNDS(bounds_f64, double)

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
    double bound[2];
    if (floats && type == NSR_F32) return true;
    if (type == NSR_F32)
        bounds_f32(bound, values, n);
    else
        bounds_f64(bound, values, n);
    if (bound[0] > bound[1]) return true; /* nothing is finite */
    if (floats) return fits_float(bound[0], bound[1], err);
    if (bound[0] >= coding->lo && bound[1] <= coding->hi) return true;
    return nsr_fail(err, NSR_EDATA,
                    "%s: %s: holds %.9g, outside the range %.9g .. %.9g that was found before: the file was changed, "
                    "or a frame could not be read then; run again, or with --replace if that does not help",
                    job->field->file, job->field->path, bound[0] < coding->lo ? bound[0] : bound[1], coding->lo,
                    coding->hi);
}
