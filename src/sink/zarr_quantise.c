/* SPDX-License-Identifier: MIT */
/* Values to codes and back. The division stays a division, as NumPy's is, so that codes can be checked against the
   plain formula. Every value lies within lo .. hi (zarr_fit.c sees to that); roundings are held within the codes. */
#include "zarr.h"
#include <float.h>
#include <math.h>
#include <nsrender/clones.h>
#include <string.h>

/* In this order a NaN in `a` becomes `b`, and the compiler can use its minimum and maximum instructions. */
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

typedef struct line {
    double lo, width, steps;
} line;

static double steps_of(nsr_zarr_type type) { return type == NSR_ZARR_U8 ? 254 : 65534; }

/* All values equal: any width gives them the first code. */
static line line_of(const nsr_coding *c) {
    return (line){c->lo, c->lo == c->hi ? 1 : c->hi - c->lo, steps_of(c->type)};
}

/* n codes of n values. These are called through a table: inlined into one function they came out half as fast. */
typedef void code_fn(void *restrict codes, const void *restrict values, size_t n, const line *l);

/* Adding ROUND rounds to the nearest whole number, to the even one of two, in any vector segment. v - v is NaN where v
   is not finite, and comes out as 0: no data. A choice instead would put the division behind a branch, which keeps it
   out of vectors. */
static const double ROUND = 0x1.8p52;

#define CODER(name, REAL, CODE)                                                                                        \
    NSR_CLONES static void name(void *restrict codes, const void *restrict values, size_t n, const line *l) {          \
        const double lo = l->lo, width = l->width, steps = l->steps;                                                   \
        for (size_t i = 0; i < n; i++) {                                                                               \
            double v = (double)((const REAL *)values)[i], t = (v - lo) / width * steps + (v - v);                      \
            t = (t + ROUND) - (ROUND - 1);                                                                             \
            t = MAX(t, 0);                                                                                             \
            t = MIN(t, steps + 1);                                                                                     \
            ((CODE *)codes)[i] = (CODE)(int32_t)t;                                                                     \
        }                                                                                                              \
    }
CODER(code_f32_u8, float, uint8_t)
CODER(code_f32_u16, float, uint16_t)
CODER(code_f64_u8, double, uint8_t)
CODER(code_f64_u16, double, uint16_t)

#define KEEPER(name, REAL)                                                                                             \
    static void name(void *restrict codes, const void *restrict values, size_t n, const line *l) {                     \
        const REAL *x = values;                                                                                        \
        (void)l;                                                                                                       \
        for (size_t i = 0; i < n; i++)                                                                                 \
            ((float *)codes)[i] = x[i] - x[i] == 0 ? (float)x[i] : NAN;                                                \
    }
KEEPER(keep_f32, float)
KEEPER(keep_f64, double)

static code_fn *const coders[][3] = {
    [NSR_F32] = {[NSR_ZARR_U8] = code_f32_u8, [NSR_ZARR_U16] = code_f32_u16, [NSR_ZARR_F32] = keep_f32},
    [NSR_F64] = {[NSR_ZARR_U8] = code_f64_u8, [NSR_ZARR_U16] = code_f64_u16, [NSR_ZARR_F32] = keep_f64},
};

/* lo and hi so far apart that their difference is no double (and values are doubles): the same on halves. */
static void code_wide(char *codes, const nsr_coding *c, const double *x, size_t n) {
    const line l = {c->lo / 2, c->hi / 2 - c->lo / 2, steps_of(c->type)};
    double half[256];
    for (size_t done = 0, some; done < n; done += some) {
        some = n - done < NSR_COUNTOF(half) ? n - done : NSR_COUNTOF(half);
        for (size_t i = 0; i < some; i++)
            half[i] = x[done + i] / 2;
        coders[NSR_F64][c->type](codes + done * nsr_zarr_type_size(c->type), half, some, &l);
    }
}

void nsr_code_values(void *codes, const nsr_coding *coding, nsr_type type, const void *values, size_t n) {
    const line l = line_of(coding);
    if (isfinite(l.width) || coding->type == NSR_ZARR_F32)
        coders[type][coding->type](codes, values, n, &l);
    else
        code_wide(codes, coding, values, n);
}

void nsr_code_nothing(void *codes, nsr_zarr_type type, size_t n) {
    if (type == NSR_ZARR_F32)
        for (size_t i = 0; i < n; i++)
            ((float *)codes)[i] = NAN;
    else
        memset(codes, 0, n * nsr_zarr_type_size(type));
}

#define PAINTER(name, CODE)                                                                                            \
    static void name(CODE *restrict image, const int32_t *restrict bin, size_t n, const CODE *restrict codes) {        \
        for (size_t i = 0; i < n; i++)                                                                                 \
            image[i] = codes[bin[i]];                                                                                  \
    }
PAINTER(paint_u8, uint8_t)
PAINTER(paint_u16, uint16_t)
PAINTER(paint_f32, float)

void nsr_code_paint(void *image, const nsr_bin_map *map, nsr_zarr_type type, const void *codes) {
    _Static_assert(NSR_BIN_INACTIVE >= -2 && NSR_BIN_BACKGROUND >= -2, "two elements in front of bin 0 are enough");
    const size_t n = (size_t)map->w * (size_t)map->h;
    if (type == NSR_ZARR_U8)
        paint_u8(image, map->bin, n, codes);
    else if (type == NSR_ZARR_U16)
        paint_u16(image, map->bin, n, codes);
    else
        paint_f32(image, map->bin, n, codes);
}

void nsr_codes_read(double *codes, nsr_zarr_type type, const void *from, size_t n) {
    for (size_t i = 0; i < n; i++)
        codes[i] = type == NSR_ZARR_U8    ? ((const uint8_t *)from)[i]
                   : type == NSR_ZARR_U16 ? ((const uint16_t *)from)[i]
                                          : (double)((const float *)from)[i];
}

nsr_coding nsr_coding_of(const nsr_job *job) {
    nsr_coding coding = {.type = nsr_zarr_type_of(job->config)};
    if (job->range->n_finite) coding.lo = job->range->min, coding.hi = job->range->max;
    return coding;
}

double nsr_coding_scale(const nsr_coding *c) {
    if (c->type == NSR_ZARR_F32) return 1;
    const double width = c->hi - c->lo, steps = steps_of(c->type);
    return isfinite(width) ? width / steps : c->hi / steps - c->lo / steps;
}

double nsr_coding_offset(const nsr_coding *c) {
    return c->type == NSR_ZARR_F32 ? 0 : fmax(-DBL_MAX, c->lo - nsr_coding_scale(c));
}

/* Where all values are equal a code counts as one segment, so that a window around the value stays one. */
double nsr_coding_code(const nsr_coding *c, double value) {
    if (c->type == NSR_ZARR_F32) return value;
    if (c->lo == c->hi) return 1 + (value - c->lo);
    const double t = (value / 2 - c->lo / 2) / (c->hi / 2 - c->lo / 2);
    return fmax(-DBL_MAX, fmin(DBL_MAX, 1 + t * steps_of(c->type)));
}

double nsr_coding_value(const nsr_coding *c, double code) {
    if (c->type == NSR_ZARR_F32) return code;
    if (!(code > 0)) return NAN;
    const double t = (code - 1) / steps_of(c->type);
    return t < 0.5 ? c->lo + t * c->hi - t * c->lo : c->hi - ((1 - t) * c->hi - (1 - t) * c->lo);
}

double nsr_coding_error(const nsr_coding *c, nsr_type type) {
    const double most = fmax(fabs(c->lo), fabs(c->hi));
    if (c->type == NSR_ZARR_F32) return type == NSR_F32 ? 0 : most * 0x1p-24 + 0x1p-149;
    return nsr_coding_scale(c) / 2 + 4 * DBL_EPSILON * most + steps_of(c->type) * DBL_TRUE_MIN;
}
