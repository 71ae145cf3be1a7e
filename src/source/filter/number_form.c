/* SPDX-License-Identifier: MIT */
/* One plain loop per stored type, which compilers vectorise. Conversions are those of C, as in NumPy: integers beyond
   2^53 are rounded to the nearest double. */
#include "number_form.h"

#include <math.h>
#include <nsrender/clones.h>
#include <string.h>

enum { BATCH = 1024 }; /* numbers */

bool nsr_form_is_plain(const nsr_form *form, nsr_type type) {
    return form->kind == NSR_KIND_REAL && (size_t)form->size == nsr_type_size(type) && !form->scaled && !form->n_none;
}

/* --- byte order --- */

#define SWAP(name, type, turned)                                                                                       \
    NSR_CLONES static void name(unsigned char *at, size_t n) {                                                         \
        for (size_t i = 0; i < n; i++, at += sizeof(type)) {                                                           \
            type x;                                                                                                    \
            memcpy(&x, at, sizeof x);                                                                                  \
            x = turned(x);                                                                                             \
            memcpy(at, &x, sizeof x);                                                                                  \
        }                                                                                                              \
    }

SWAP(swap2, uint16_t, __builtin_bswap16)
SWAP(swap4, uint32_t, __builtin_bswap32)
SWAP(swap8, uint64_t, __builtin_bswap64)

void nsr_swap_values(void *values, int size, size_t n) {
    if (size == 2)
        swap2(values, n);
    else if (size == 4)
        swap4(values, n);
    else if (size == 8)
        swap8(values, n);
}

/* --- types --- */

/* Subnormal halves, which are frequent in posteriors, are computed as integer * 2^-24, because arithmetic with
   subnormal floats is a hundred times slower. The exponent of infinity and NaN is all ones in both types. Masks select
   the case, because a loop with a branch is not vectorised. */
static float half(uint16_t x) {
    uint32_t size = x & 0x7fff, sign = (uint32_t)(x & 0x8000) << 16;
    uint32_t subnormal = -(uint32_t)(size < 0x400), special = -(uint32_t)(size >= 0x7c00), tiny;
    uint32_t bits = (size << 13) + 0x38000000 + (special & 0x38000000);
    float value = (float)(int32_t)size * 0x1p-24f;
    memcpy(&tiny, &value, 4);
    bits = (tiny & subnormal) | (bits & ~subnormal) | sign;
    memcpy(&value, &bits, 4);
    return value;
}

#define CONVERT(name, from, to)                                                                                        \
    static void name(void *restrict values, const void *restrict stored, size_t n) {                                   \
        to *restrict out = values;                                                                                     \
        const from *restrict in = stored;                                                                              \
        for (size_t i = 0; i < n; i++)                                                                                 \
            out[i] = (to)in[i];                                                                                        \
    }

CONVERT(float_of_i1, int8_t, float)
CONVERT(float_of_u1, uint8_t, float)
CONVERT(float_of_i2, int16_t, float)
CONVERT(float_of_u2, uint16_t, float)
CONVERT(float_of_f4, float, float)
CONVERT(double_of_i1, int8_t, double)
CONVERT(double_of_u1, uint8_t, double)
CONVERT(double_of_i2, int16_t, double)
CONVERT(double_of_u2, uint16_t, double)
CONVERT(double_of_i4, int32_t, double)
CONVERT(double_of_u4, uint32_t, double)
CONVERT(double_of_i8, int64_t, double)
CONVERT(double_of_u8, uint64_t, double)
CONVERT(double_of_f4, float, double)
CONVERT(double_of_f8, double, double)

static void float_of_f2(void *restrict values, const void *restrict stored, size_t n) {
    float *restrict out = values;
    const uint16_t *restrict in = stored;
    for (size_t i = 0; i < n; i++)
        out[i] = half(in[i]);
}

static void double_of_f2(void *restrict values, const void *restrict stored, size_t n) {
    double *restrict out = values;
    const uint16_t *restrict in = stored;
    for (size_t i = 0; i < n; i++)
        out[i] = half(in[i]);
}

typedef void converter(void *restrict values, const void *restrict stored, size_t n);

/* Indexed by type, kind, and the logarithm of the size. */
static converter *const converters[2][3][4] = {
    [NSR_F32] = {[NSR_KIND_REAL] = {NULL, float_of_f2, float_of_f4, NULL},
                 [NSR_KIND_SIGNED] = {float_of_i1, float_of_i2, NULL, NULL},
                 [NSR_KIND_UNSIGNED] = {float_of_u1, float_of_u2, NULL, NULL}},
    [NSR_F64] = {[NSR_KIND_REAL] = {NULL, double_of_f2, double_of_f4, double_of_f8},
                 [NSR_KIND_SIGNED] = {double_of_i1, double_of_i2, double_of_i4, double_of_i8},
                 [NSR_KIND_UNSIGNED] = {double_of_u1, double_of_u2, double_of_u4, double_of_u8}}};

static converter *converter_of(const nsr_form *form, nsr_type type) {
    int log = form->size == 1 ? 0 : form->size == 2 ? 1 : form->size == 4 ? 2 : 3;
    return converters[type][form->kind][log];
}

/* --- packing --- */

/* Compares with four numbers at a time, so that the loop has no branches; unused ones are NaN, which equals nothing.
   The first four come last, because scaling ends the comparison. */
#define UNPACK(name, real)                                                                                             \
    static void name(real *values, const nsr_form *form, int first, size_t n) {                                        \
        const real scale = (real)form->scale, add = (real)form->add;                                                   \
        const bool scaled = form->scaled && first == 0;                                                                \
        real none[4];                                                                                                  \
        for (int k = 0; k < 4; k++)                                                                                    \
            none[k] = first + k < form->n_none ? (real)form->none[first + k] : (real)NAN;                              \
        for (size_t i = 0; i < n; i++) {                                                                               \
            real x = values[i], y = scaled ? x * scale + add : x;                                                      \
            bool is_none = (x == none[0]) | (x == none[1]) | (x == none[2]) | (x == none[3]);                          \
            values[i] = is_none ? (real)NAN : y;                                                                       \
        }                                                                                                              \
    }

UNPACK(unpack_floats, float)
UNPACK(unpack_doubles, double)

void nsr_form_values(void *restrict values, nsr_type type, const nsr_form *form, const void *restrict stored,
                     size_t n) {
    converter_of(form, type)(values, stored, n);
    if (!form->scaled && !form->n_none) return;
    for (int first = form->n_none > 4 ? (form->n_none - 1) / 4 * 4 : 0; first >= 0; first -= 4)
        if (type == NSR_F32)
            unpack_floats(values, form, first, n);
        else
            unpack_doubles(values, form, first, n);
}

/* --- in place --- */

unsigned char *nsr_form_tail(void *values, nsr_type type, const nsr_form *form, size_t n) {
    return (unsigned char *)values + n * (nsr_type_size(type) - (size_t)form->size);
}

/* Converts from first to last: a value never overwrites stored numbers that are not yet converted. */
void nsr_form_in_place(void *values, nsr_type type, const nsr_form *form, size_t n) {
    unsigned char *to = values;
    const unsigned char *from = nsr_form_tail(values, type, form, n);
    if (form->big_endian && nsr_form_is_plain(form, type)) nsr_swap_values(values, form->size, n);
    if (nsr_form_is_plain(form, type)) return;
    uint64_t batch[BATCH];
    for (size_t i = 0, m; i < n; i += m) {
        m = n - i < BATCH ? n - i : BATCH;
        memcpy(batch, from + i * (size_t)form->size, m * (size_t)form->size);
        if (form->big_endian) nsr_swap_values(batch, form->size, m);
        nsr_form_values(to + i * nsr_type_size(type), type, form, batch, m);
    }
}

void nsr_scatter_values(void *to, size_t row, nsr_type type, const void *values, int64_t step, int64_t n) {
    unsigned char *at = to;
    const float *four = values;
    const double *eight = values;
    if (type == NSR_F32)
        for (int64_t i = 0; i < n; i++, at += row)
            memcpy(at, four + i * step, sizeof *four);
    else
        for (int64_t i = 0; i < n; i++, at += row)
            memcpy(at, eight + i * step, sizeof *eight);
}
