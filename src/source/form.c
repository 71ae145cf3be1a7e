/* SPDX-License-Identifier: MIT */
/* One plain loop a stored type, which compilers turn into vectors. Conversions are C's, hence NumPy's: whole numbers
   beyond 2^53 are rounded to the nearest double. */
#include "form.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 1024 }; /* numbers */

bool nsr_form_is_plain(const nsr_form *form, nsr_type type) {
    return form->kind == NSR_KIND_REAL && (size_t)form->size == nsr_type_size(type) && !form->scaled && !form->n_none;
}

/* --- byte order --- */

static void swap2(unsigned char *at, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint16_t x;
        memcpy(&x, at + 2 * i, 2);
        x = __builtin_bswap16(x);
        memcpy(at + 2 * i, &x, 2);
    }
}

static void swap4(unsigned char *at, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint32_t x;
        memcpy(&x, at + 4 * i, 4);
        x = __builtin_bswap32(x);
        memcpy(at + 4 * i, &x, 4);
    }
}

static void swap8(unsigned char *at, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint64_t x;
        memcpy(&x, at + 8 * i, 8);
        x = __builtin_bswap64(x);
        memcpy(at + 8 * i, &x, 8);
    }
}

void nsr_swap_values(void *values, int size, size_t n) {
    if (size == 2)
        swap2(values, n);
    else if (size == 4)
        swap4(values, n);
    else if (size == 8)
        swap8(values, n);
}

/* --- types --- */

/* The exponent of a half is moved to its place by one multiplication, which also gets subnormal numbers right;
   infinities and NaNs have it all ones in both. */
static float half(uint16_t x) {
    uint32_t bits = (uint32_t)(x & 0x7fff) << 13, sign = (uint32_t)(x & 0x8000) << 16;
    float value;
    memcpy(&value, &bits, 4);
    value *= 0x1p112f;
    uint32_t moved;
    memcpy(&moved, &value, 4);
    moved = ((x & 0x7c00) == 0x7c00 ? bits | 0x7f800000 : moved) | sign;
    memcpy(&value, &moved, 4);
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

/* By type, kind, and the logarithm of the size. */
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

static void unpack_floats(float *values, const nsr_form *form, size_t n) {
    float scale = (float)form->scale, add = (float)form->add;
    for (size_t i = 0; i < n; i++) {
        float x = values[i], y = form->scaled ? x * scale + add : x;
        for (int k = 0; k < form->n_none; k++)
            if (x == (float)form->none[k]) y = NAN;
        values[i] = y;
    }
}

static void unpack_doubles(double *values, const nsr_form *form, size_t n) {
    for (size_t i = 0; i < n; i++) {
        double x = values[i], y = form->scaled ? x * form->scale + form->add : x;
        for (int k = 0; k < form->n_none; k++)
            if (x == form->none[k]) y = NAN;
        values[i] = y;
    }
}

void nsr_form_values(void *restrict values, nsr_type type, const nsr_form *form, const void *restrict stored,
                     size_t n) {
    converter_of(form, type)(values, stored, n);
    if (!form->scaled && !form->n_none) return;
    if (type == NSR_F32)
        unpack_floats(values, form, n);
    else
        unpack_doubles(values, form, n);
}

/* --- in place --- */

unsigned char *nsr_form_tail(void *values, nsr_type type, const nsr_form *form, size_t n) {
    return (unsigned char *)values + n * (nsr_type_size(type) - (size_t)form->size);
}

/* Forwards: a value never reaches stored numbers that are still to come, which lie further behind. */
void nsr_form_in_place(void *values, nsr_type type, const nsr_form *form, size_t n) {
    unsigned char *to = values;
    const unsigned char *from = nsr_form_tail(values, type, form, n);
    if (form->big_endian && nsr_form_is_plain(form, type)) nsr_swap_values(values, form->size, n);
    if (nsr_form_is_plain(form, type)) return;
    uint64_t block[BLOCK];
    for (size_t i = 0, m; i < n; i += m) {
        m = n - i < BLOCK ? n - i : BLOCK;
        memcpy(block, from + i * (size_t)form->size, m * (size_t)form->size);
        if (form->big_endian) nsr_swap_values(block, form->size, m);
        nsr_form_values(to + i * nsr_type_size(type), type, form, block, m);
    }
}

void nsr_spread_values(void *to, size_t row, nsr_type type, const void *values, int64_t step, int64_t n) {
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
