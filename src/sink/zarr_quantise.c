/* SPDX-License-Identifier: MIT */
/* Values to stored numbers and back. The division stays a division, as NumPy's is, so that integers can be checked
   against the plain formula. Every value lies within lo .. hi (zarr_fit.c checks that); only roundings are clipped. */
#include "zarr_quantise.h"
#include <float.h>
#include <math.h>
#include <nsrender/clones.h>
#include <string.h>

/* In this order a NaN in `a` becomes `b`, and the compiler can use its minimum and maximum instructions. */
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* The formula's constants: stored = 1 + rint((value - lo) / width * steps). */
typedef struct even_steps {
    double lo, width, steps;
} even_steps;

static double steps_of(nsr_zarr_type type) { return type == NSR_ZARR_U8 ? 254 : 65534; }

/* Where all values are equal, any width stores them as 1. */
static even_steps even_steps_of(const nsr_quantisation *q) {
    return (even_steps){q->lo, q->lo == q->hi ? 1 : q->hi - q->lo, steps_of(q->type)};
}

/* Stores n values. These are called through a table: inlined into one function they came out half as fast. */
typedef void quantise_fn(void *restrict stored, const void *restrict values, size_t n, const even_steps *e);

/* Adding ROUND rounds to the nearest whole number, to the even one of two, in any vector unit. v - v is NaN where v is
   not finite, and the result is then 0: no data. A condition instead would put the division behind a branch, and the
   compiler would not vectorise it. */
static const double ROUND = 0x1.8p52;

#define QUANTISER(name, REAL, STORED)                                                                                  \
    NSR_CLONES static void name(void *restrict stored, const void *restrict values, size_t n, const even_steps *e) {   \
        const double lo = e->lo, width = e->width, steps = e->steps;                                                   \
        for (size_t i = 0; i < n; i++) {                                                                               \
            double v = (double)((const REAL *)values)[i], t = (v - lo) / width * steps + (v - v);                      \
            t = (t + ROUND) - (ROUND - 1);                                                                             \
            t = MAX(t, 0);                                                                                             \
            t = MIN(t, steps + 1);                                                                                     \
            ((STORED *)stored)[i] = (STORED)(int32_t)t;                                                                \
        }                                                                                                              \
    }
QUANTISER(quantise_f32_u8, float, uint8_t)
QUANTISER(quantise_f32_u16, float, uint16_t)
QUANTISER(quantise_f64_u8, double, uint8_t)
QUANTISER(quantise_f64_u16, double, uint16_t)

#define KEEPER(name, REAL)                                                                                             \
    static void name(void *restrict stored, const void *restrict values, size_t n, const even_steps *e) {              \
        const REAL *x = values;                                                                                        \
        (void)e;                                                                                                       \
        for (size_t i = 0; i < n; i++)                                                                                 \
            ((float *)stored)[i] = x[i] - x[i] == 0 ? (float)x[i] : NAN;                                               \
    }
KEEPER(keep_f32, float)
KEEPER(keep_f64, double)

static quantise_fn *const quantisers[][3] = {
    [NSR_F32] = {[NSR_ZARR_U8] = quantise_f32_u8, [NSR_ZARR_U16] = quantise_f32_u16, [NSR_ZARR_F32] = keep_f32},
    [NSR_F64] = {[NSR_ZARR_U8] = quantise_f64_u8, [NSR_ZARR_U16] = quantise_f64_u16, [NSR_ZARR_F32] = keep_f64},
};

/* Where hi - lo is more than the largest double (and so values are doubles): the same with all numbers halved. */
static void quantise_wide(char *stored, const nsr_quantisation *q, const double *x, size_t n) {
    const even_steps e = {q->lo / 2, q->hi / 2 - q->lo / 2, steps_of(q->type)};
    double half[256];
    for (size_t done = 0, some; done < n; done += some) {
        some = n - done < NSR_COUNTOF(half) ? n - done : NSR_COUNTOF(half);
        for (size_t i = 0; i < some; i++)
            half[i] = x[done + i] / 2;
        quantisers[NSR_F64][q->type](stored + done * nsr_zarr_type_size(q->type), half, some, &e);
    }
}

void nsr_quantise(void *stored, const nsr_quantisation *q, nsr_type type, const void *values, size_t n) {
    const even_steps e = even_steps_of(q);
    if (isfinite(e.width) || q->type == NSR_ZARR_F32)
        quantisers[type][q->type](stored, values, n, &e);
    else
        quantise_wide(stored, q, values, n);
}

void nsr_stored_nothing(void *stored, nsr_zarr_type type, size_t n) {
    if (type == NSR_ZARR_F32)
        for (size_t i = 0; i < n; i++)
            ((float *)stored)[i] = NAN;
    else
        memset(stored, 0, n * nsr_zarr_type_size(type));
}

#define PAINTER(name, STORED)                                                                                          \
    static void name(STORED *restrict image, const int32_t *restrict bin, size_t n, const STORED *restrict stored) {   \
        for (size_t i = 0; i < n; i++)                                                                                 \
            image[i] = stored[bin[i]];                                                                                 \
    }
PAINTER(paint_u8, uint8_t)
PAINTER(paint_u16, uint16_t)
PAINTER(paint_f32, float)

void nsr_stored_paint(void *image, const nsr_bin_map *map, nsr_zarr_type type, const void *stored) {
    _Static_assert(NSR_BIN_INACTIVE >= -NSR_STORED_MARKS && NSR_BIN_BACKGROUND >= -NSR_STORED_MARKS,
                   "marks index these");
    const size_t n = (size_t)map->w * (size_t)map->h;
    if (type == NSR_ZARR_U8)
        paint_u8(image, map->bin, n, stored);
    else if (type == NSR_ZARR_U16)
        paint_u16(image, map->bin, n, stored);
    else
        paint_f32(image, map->bin, n, stored);
}

void nsr_stored_read(double *numbers, nsr_zarr_type type, const void *stored, size_t n) {
    for (size_t i = 0; i < n; i++)
        numbers[i] = type == NSR_ZARR_U8    ? ((const uint8_t *)stored)[i]
                     : type == NSR_ZARR_U16 ? ((const uint16_t *)stored)[i]
                                            : (double)((const float *)stored)[i];
}

nsr_quantisation nsr_quantisation_make(nsr_zarr_type type, const nsr_range *range) {
    nsr_quantisation q = {.type = type};
    if (range->n_finite) q.lo = range->min, q.hi = range->max;
    return q;
}

double nsr_quantisation_scale(const nsr_quantisation *q) {
    if (q->type == NSR_ZARR_F32) return 1;
    const double width = q->hi - q->lo, steps = steps_of(q->type);
    return isfinite(width) ? width / steps : q->hi / steps - q->lo / steps;
}

double nsr_quantisation_offset(const nsr_quantisation *q) {
    return q->type == NSR_ZARR_F32 ? 0 : fmax(-DBL_MAX, q->lo - nsr_quantisation_scale(q));
}

/* Where all values are equal, a stored integer stands for one unit, so that colour limits around the value stay apart.
 */
double nsr_quantised_exact(const nsr_quantisation *q, double value) {
    if (q->type == NSR_ZARR_F32) return value;
    if (q->lo == q->hi) return 1 + (value - q->lo);
    const double t = (value / 2 - q->lo / 2) / (q->hi / 2 - q->lo / 2);
    return fmax(-DBL_MAX, fmin(DBL_MAX, 1 + t * steps_of(q->type)));
}

double nsr_quantised_value(const nsr_quantisation *q, double stored) {
    if (q->type == NSR_ZARR_F32) return stored;
    if (!(stored > 0)) return NAN;
    const double t = (stored - 1) / steps_of(q->type);
    return t < 0.5 ? q->lo + t * q->hi - t * q->lo : q->hi - ((1 - t) * q->hi - (1 - t) * q->lo);
}

double nsr_quantisation_error(const nsr_quantisation *q, nsr_type type) {
    const double most = fmax(fabs(q->lo), fabs(q->hi));
    if (q->type == NSR_ZARR_F32) return type == NSR_F32 ? 0 : most * 0x1p-24 + 0x1p-149;
    return nsr_quantisation_scale(q) / 2 + 4 * DBL_EPSILON * most + steps_of(q->type) * DBL_TRUE_MIN;
}
