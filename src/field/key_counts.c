/* SPDX-License-Identifier: MIT */
/* Exact percentiles by histograms of keys (a radix selection). Counts are whole numbers, so the result does not depend
   on ranks, threads or the order of calls. Keys of NaN and infinities begin with digits that no finite value has; they
   are counted like all others and never sought. */
#include "value_keys.h"
#include <math.h>
#include <nsrender/field.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 2048, DIGIT = 16 }; /* values whose keys are computed at once; bits of a digit */

/* The first digit that a finite value can have. */
static uint64_t least_finite(nsr_type type) { return type == NSR_F32 ? 0x0080 : 0x0010; }

static double value_of(nsr_type type, uint64_t key) {
    if (type == NSR_F32) {
        uint32_t u = (uint32_t)key;
        float v;
        u ^= u >> 31 ? UINT32_C(1) << 31 : UINT32_MAX;
        memcpy(&v, &u, sizeof v);
        return (double)v;
    }
    return value_of_key(key);
}

/* --- one worker --- */

/* Tables of this pass. The first pass uses two tables in turn, so that equal digits in sequence (zeros are common) do
   not increment the same counter one after the other. */
static size_t tables(const nsr_key_counts *keys) { return keys->known ? (size_t)keys->n_groups : 2; }

bool nsr_tally_open(nsr_tally *tally, const nsr_key_counts *keys, nsr_err *err) {
    *tally = (nsr_tally){.keys = keys};
    tally->count = calloc(tables(keys) * NSR_DIGITS, sizeof *tally->count);
    return tally->count ? true : nsr_fail(err, NSR_EINTERNAL, "out of memory for counting percentiles");
}

void nsr_tally_close(nsr_tally *tally) {
    free(tally->count);
    tally->count = NULL;
}

static void first_digits_f32(uint16_t *digit, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) digit[i] = (uint16_t)(key_f32(x[i]) >> DIGIT);
}

static void first_digits_f64(uint16_t *digit, const double *x, size_t n) {
    for (size_t i = 0; i < n; i++) digit[i] = (uint16_t)(key_f64(x[i]) >> 3 * DIGIT);
}

static void add_first(uint32_t *count, const uint16_t *digit, size_t n) {
    uint32_t *other = count + NSR_DIGITS;
    size_t i = 0;
    for (; i + 1 < n; i += 2) count[digit[i]]++, other[digit[i + 1]]++;
    if (i < n) count[digit[i]]++;
}

static void count_in_group(nsr_tally *tally, uint64_t key, int shift) {
    const nsr_key_counts *keys = tally->keys;
    uint64_t prefix = key >> (shift + DIGIT);
    int first_shift = DIGIT * (keys->digits - 1);
    for (int g = keys->first_group[key >> first_shift] - 1; g < keys->n_groups && keys->group[g] <= prefix; g++)
        if (keys->group[g] == prefix) tally->count[(size_t)g * NSR_DIGITS + (key >> shift & (NSR_DIGITS - 1))]++;
}

/* Most values are skipped by their first digit, which no sought value has. */
static void add_later(nsr_tally *tally, const void *values, const uint16_t *digit, size_t n) {
    const nsr_key_counts *keys = tally->keys;
    int shift = DIGIT * (keys->digits - 1 - keys->known);
    for (size_t i = 0; i < n; i++) {
        if (!keys->first_group[digit[i]]) continue;
        uint64_t key =
            keys->type == NSR_F32 ? key_f32(((const float *)values)[i]) : key_f64(((const double *)values)[i]);
        count_in_group(tally, key, shift);
    }
}

static void add_block(nsr_tally *tally, const void *values, size_t n) {
    uint16_t digit[BLOCK];
    if (tally->keys->type == NSR_F32)
        first_digits_f32(digit, values, n);
    else first_digits_f64(digit, values, n);
    if (tally->keys->known)
        add_later(tally, values, digit, n);
    else add_first(tally->count, digit, n);
}

/* Adds float values to keys of double, because fields of both types may share their percentiles. */
static void add_widened(nsr_tally *tally, const float *values, size_t n) {
    double wide[BLOCK];
    for (size_t i = 0; i < n; i++) wide[i] = (double)values[i];
    add_block(tally, wide, n);
}

void nsr_tally_add(nsr_tally *tally, nsr_type type, const void *values, size_t n) {
    for (size_t done = 0, block; done < n; done += block) {
        const void *at = (const char *)values + done * nsr_type_size(type);
        block = n - done < BLOCK ? n - done : BLOCK;
        if (type == tally->keys->type)
            add_block(tally, at, block);
        else add_widened(tally, at, block);
    }
    tally->added += (int64_t)n;
}

void nsr_tally_hand_in(nsr_tally *tally, nsr_key_counts *keys) {
    size_t n = (size_t)keys->n_groups * NSR_DIGITS;
    for (size_t i = 0; i < n; i++)
        keys->count[i] += tally->count[i];
    for (size_t i = 0; i < n && !keys->known; i++)
        keys->count[i] += tally->count[n + i];
    memset(tally->count, 0, tables(keys) * NSR_DIGITS * sizeof *tally->count);
    tally->added = 0;
}

/* --- all ranks --- */

void nsr_key_counts_add(nsr_key_counts *keys, double value, int64_t n) {
    const int shift = DIGIT * (keys->digits - 1 - keys->known);
    const uint64_t key = keys->type == NSR_F32 ? key_f32((float)value) : key_f64(value);
    for (int g = 0; n && g < keys->n_groups; g++)
        if (!keys->known || keys->group[g] == key >> (shift + DIGIT))
            keys->count[(size_t)g * NSR_DIGITS + (key >> shift & (NSR_DIGITS - 1))] += (uint64_t)n;
}

bool nsr_key_counts_open(nsr_key_counts *keys, nsr_type type, const double *percent, int n, nsr_err *err) {
    *keys = (nsr_key_counts){.type = type, .digits = type == NSR_F32 ? 2 : 4, .n = n, .n_groups = 1};
    memcpy(keys->percent, percent, (size_t)n * sizeof *percent);
    keys->count = calloc(NSR_DIGITS, sizeof *keys->count);
    return keys->count ? true : nsr_fail(err, NSR_EINTERNAL, "out of memory for counting percentiles");
}

void nsr_key_counts_close(nsr_key_counts *keys) {
    free(keys->count);
    keys->count = NULL;
}

/* NumPy's virtual index: sets the positions of the two neighbours of the percentile, and returns the fraction between
 * them. */
static double between(const nsr_key_counts *keys, int i, int64_t *low, int64_t *high) {
    double at = (double)(keys->n_finite - 1) * (keys->percent[i] / 100);
    *low = (int64_t)floor(at);
    if (*low >= keys->n_finite - 1)
        *low = *high = keys->n_finite - 1;
    else *high = *low + 1;
    return at - (double)*low;
}

void nsr_key_counts_expect(nsr_key_counts *keys, int64_t n_finite) {
    keys->n_finite = n_finite;
    for (int i = 0; i < keys->n && n_finite; i++)
        between(keys, i, &keys->rank[2 * i], &keys->rank[2 * i + 1]);
}

/* Finds the next digit of one sought value from the counts of its group. */
static bool find_digit(nsr_key_counts *keys, int sought, const uint64_t *count) {
    uint64_t d = keys->known ? 0 : least_finite(keys->type);
    while (d < NSR_DIGITS && keys->before[sought] + (int64_t)count[d] <= keys->rank[sought])
        keys->before[sought] += (int64_t)count[d++];
    if (d == NSR_DIGITS) return false;
    keys->prefix[sought] = keys->prefix[sought] << DIGIT | d;
    keys->equal[sought] = (int64_t)count[d];
    return true;
}

/* Finds the next digits. A position beyond the counts means that the values changed between two passes. */
static bool find_digits(nsr_key_counts *keys, nsr_err *err) {
    for (int s = 0; s < 2 * keys->n; s++) {
        int g = 0;
        while (keys->known && keys->group[g] != keys->prefix[s])
            g++;
        if (!find_digit(keys, s, keys->count + (size_t)g * NSR_DIGITS))
            return nsr_fail(err, NSR_EDATA, "the input changed while it was read: a second look found other values");
    }
    keys->known++;
    return true;
}

static int by_number(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Groups the sought values by prefix and allocates the counts of the next pass. */
static bool regroup(nsr_key_counts *keys, nsr_err *err) {
    uint64_t all[NSR_MOST_SOUGHT];
    memcpy(all, keys->prefix, sizeof all);
    qsort(all, (size_t)(2 * keys->n), sizeof *all, by_number);
    memset(keys->first_group, 0, sizeof keys->first_group);
    keys->n_groups = 0;
    for (int s = 0; s < 2 * keys->n; s++) {
        if (keys->n_groups && keys->group[keys->n_groups - 1] == all[s]) continue;
        uint8_t *first = &keys->first_group[all[s] >> DIGIT * (keys->known - 1)];
        keys->group[keys->n_groups++] = all[s];
        if (!*first) *first = (uint8_t)keys->n_groups;
    }
    free(keys->count);
    keys->count = calloc((size_t)keys->n_groups * NSR_DIGITS, sizeof *keys->count);
    return keys->count ? true : nsr_fail(err, NSR_EINTERNAL, "out of memory for counting percentiles");
}

bool nsr_key_counts_next(nsr_key_counts *keys, const nsr_comm *comm, nsr_err *err) {
    nsr_sum_i64(comm, (int64_t *)keys->count, keys->n_groups * NSR_DIGITS);
    if (!keys->n_finite) return false;
    if (find_digits(keys, err) && keys->known < keys->digits) regroup(keys, err);
    return nsr_agree(comm, err) && keys->known < keys->digits;
}

/* The same two roundings as in NumPy. */
double nsr_key_counts_percentile(const nsr_key_counts *keys, int i) {
    int64_t low, high;
    if (!keys->n_finite) return NAN;
    double part = between(keys, i, &low, &high);
    double a = value_of(keys->type, keys->prefix[2 * i]), b = value_of(keys->type, keys->prefix[2 * i + 1]);
    double step = b - a;
    return part < 0.5 ? a + step * part : b - step * (1 - part);
}

/* There is no value between the two neighbours of a percentile. */
int64_t nsr_key_counts_below(const nsr_key_counts *keys, int i) {
    double a = value_of(keys->type, keys->prefix[2 * i]);
    return keys->before[2 * i + (nsr_key_counts_percentile(keys, i) > a)];
}

int64_t nsr_key_counts_above(const nsr_key_counts *keys, int i) {
    double b = value_of(keys->type, keys->prefix[2 * i + 1]);
    int high = 2 * i + 1;
    return keys->n_finite - keys->before[high] - (nsr_key_counts_percentile(keys, i) < b ? 0 : keys->equal[high]);
}

int64_t nsr_key_counts_memory(int n, int workers) {
    int64_t groups = 2 * (n > 1 ? n : 1);
    return n ? groups * NSR_DIGITS * ((int64_t)sizeof(uint64_t) + workers * (int64_t)sizeof(uint32_t)) : 0;
}
