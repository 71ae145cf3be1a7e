/* SPDX-License-Identifier: MIT */
/* Rows as text. There may be ten million, so numbers are printed here, where they can be exact: short decimals, which
   most times and places are, and 17 digits. Only very large and very small numbers need printf. */
#include "summary.h"
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"frame", "time",   "min", "max", "mean",
                                    "argmax", "x", "y", "entropy", "n_finite"};
_Static_assert(NSR_COUNTOF(names) == NSR_SUMMARY_COLUMNS, "a name for each column");

bool nsr_summary_whole(int column) {
    return column == NSR_COLUMN_FRAME || column == NSR_COLUMN_ARGMAX || column == NSR_COLUMN_FINITE;
}

bool nsr_summary_shown(int column, const nsr_job *job) { return column != NSR_COLUMN_TIME || job->timeline->known; }

const char *nsr_summary_name(int column) { return names[column]; }

const char *nsr_summary_unit(int column, const nsr_job *job) {
    const char *value = nsr_field_unit(job->field), *length = job->env->units;
    const char *y = job->env->shape == NSR_SHAPE_POLAR ? "rad" : length;
    const char *const units[] = {"1", "s", value, value, value, "1", length, y, "nat", "1"};
    return units[column];
}

/* A whole number with at least so many digits, zeros in front. */
static char *put_digits(char *to, uint64_t n, int digits) {
    char reversed[20];
    int length = 0;
    for (; n > 0 || length < digits; n /= 10) reversed[length++] = (char)('0' + n % 10);
    while (length > 0) *to++ = reversed[--length];
    return to;
}

static char *put_whole(char *to, int64_t n) {
    if (n < 0) *to++ = '-';
    return put_digits(to, n < 0 ? -(uint64_t)n : (uint64_t)n, 1);
}

/* A number of few decimals: digits below 2^53 and powers of ten are exact, and so their quotient is the very double
   that a reader makes of the text. Returns NULL when it is no such number. */
static char *put_short(char *to, double value) {
    static const double power[] = {1, 10, 100, 1e3, 1e4, 1e5, 1e6};
    for (int decimals = 0; decimals < (int)NSR_COUNTOF(power); decimals++) {
        double digits = rint(fabs(value) * power[decimals]);
        if (!(digits < 0x1p53)) return NULL;
        if (digits / power[decimals] != fabs(value)) continue;
        uint64_t all = (uint64_t)digits, unit = (uint64_t)power[decimals];
        if (value < 0) *to++ = '-';
        to = put_digits(to, all / unit, 1);
        if (decimals) *to++ = '.';
        return put_digits(to, all % unit, decimals);
    }
    return NULL;
}

/* Ten to the k, exact in the 64 bits of an x87 number. */
enum { EXACT = 27, LEAST = -60, MOST = 40 };
static const long double tens[EXACT + 1] = {1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,  1e7L,  1e8L,  1e9L,
                                            1e10L, 1e11L, 1e12L, 1e13L, 1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L,
                                            1e20L, 1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};

/* magnitude * 10^(16 - exponent), rounded: the 17 digits of a number of that exponent. */
static uint64_t scaled(long double magnitude, int exponent) {
    int k = 16 - exponent;
    for (; k > EXACT; k -= EXACT) magnitude *= tens[EXACT];
    return (uint64_t)(int64_t)((k < 0 ? magnitude / tens[-k] : magnitude * tens[k]) + 0.5L);
}

/* 17 digits, which distinguish any two doubles, even when the last is off by one: the three roundings to 64 bits are a
   hundredth of it. NULL where this is not certain. */
static char *put_digits17(char *to, double value) {
    const uint64_t least = 10000000000000000;
    int binary, exponent;
    frexp(value, &binary);
    exponent = (int)floor((binary - 1) * 0.30102999566398120);
    if (LDBL_MANT_DIG < 64 || exponent < LEAST || exponent > MOST) return NULL;
    uint64_t digits = scaled(fabsl((long double)value), exponent);
    if (digits >= 10 * least) digits = scaled(fabsl((long double)value), ++exponent);
    int places = 16;
    for (; digits % 10 == 0; digits /= 10) places--;
    const bool plain = exponent >= -3 && places >= exponent;
    const int decimals = plain ? places - exponent : places; /* at most 19 */
    uint64_t unit = 1;
    for (int i = 0; i < decimals; i++) unit *= 10;
    if (value < 0) *to++ = '-';
    to = put_digits(to, digits / unit, 1);
    if (decimals > 0) *to++ = '.', to = put_digits(to, digits % unit, decimals);
    if (!plain) *to++ = 'e', to = put_whole(to, exponent);
    return to;
}

static char *put_real(char *to, double value) {
    char *end;
    if ((end = put_short(to, value))) return end;
    if (isnan(value)) return memcpy(to, "nan", 3), to + 3;
    if (isfinite(value) && (end = put_digits17(to, value))) return end;
    return to + snprintf(to, 32, "%.17g", value);
}

size_t nsr_summary_head(char text[NSR_SUMMARY_LINE], const nsr_job *job) {
    size_t at = 0;
    for (int c = 0; c < NSR_SUMMARY_COLUMNS; c++)
        if (nsr_summary_shown(c, job))
            at += (size_t)snprintf(text + at, NSR_SUMMARY_LINE - at, "%s%s", c ? "," : "", names[c]);
    text[at++] = '\n';
    return at;
}

size_t nsr_summary_line(char text[NSR_SUMMARY_LINE], const nsr_cell row[NSR_SUMMARY_COLUMNS], const nsr_job *job) {
    char *to = text;
    for (int c = 0; c < NSR_SUMMARY_COLUMNS; c++) {
        if (!nsr_summary_shown(c, job)) continue;
        if (c) *to++ = ',';
        to = nsr_summary_whole(c) ? put_whole(to, row[c].whole) : put_real(to, row[c].real);
    }
    *to++ = '\n';
    return (size_t)(to - text);
}
