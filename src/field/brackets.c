/* SPDX-License-Identifier: MIT */
/* Brackets around percentiles, from a sample. Values of one row are correlated, so the rows are the independent units.
   The share of values up to the sample's percentile varies between rows; the width of a bracket is a multiple of the
   standard error of this share (the standard error of a ratio over clusters). */
#include <float.h>
#include <math.h>
#include <nsrender/field.h>
#include <stdlib.h>

enum {
    LEAST_ROWS = 32,
    LEAST_VALUES = 1000,
    COMMON = 16 /* more values of the sample than this equal a common value */
};
static const double ERRORS = 5; /* standard errors to each side: about one bracket in a million misses */
static const double SOME = 4;   /* and this number of values of the sample */

typedef struct sample {
    double *row;    /* rows x n, finite values first */
    double *sorted; /* all finite values */
    int *held;      /* number of finite values of each row */
    int rows, n;
    size_t all; /* number of finite values */
} sample;

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool sort_sample(sample *s) {
    s->held = calloc((size_t)s->rows, sizeof *s->held);
    s->sorted = malloc((size_t)s->rows * (size_t)s->n * sizeof *s->sorted);
    if (!s->held || !s->sorted) return false;
    for (int r = 0; r < s->rows; r++) {
        double *row = s->row + (size_t)r * (size_t)s->n;
        for (int i = 0; i < s->n; i++)
            if (isfinite(row[i])) s->sorted[s->all++] = row[s->held[r]++] = row[i];
    }
    qsort(s->sorted, s->all, sizeof *s->sorted, by_value);
    return true;
}

static int count_upto(const sample *s, int r, double value) {
    const double *row = s->row + (size_t)r * (size_t)s->n;
    int n = 0;
    for (int i = 0; i < s->held[r]; i++) n += row[i] <= value;
    return n;
}

static double error_of_share(const sample *s, double value) {
    double upto = 0, squares = 0;
    for (int r = 0; r < s->rows; r++) upto += count_upto(s, r, value);
    for (int r = 0; r < s->rows; r++) {
        double off = count_upto(s, r, value) - upto / (double)s->all * s->held[r];
        squares += off * off;
    }
    return sqrt(squares) / (double)s->all;
}

static bool is_common(const sample *s, double value) {
    size_t low = 0, high = s->all;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->sorted[middle] < value) low = middle + 1;
        else high = middle;
    }
    return low + COMMON < s->all && s->sorted[low] == value && s->sorted[low + COMMON] == value;
}

static double neighbour_value(const nsr_bracketed_counts *bracketed, double value, double toward) {
    return bracketed->type == NSR_F32 ? (double)nextafterf((float)value, (float)toward) : nextafter(value, toward);
}

static void add_bracket(nsr_bracketed_counts *bracketed, double low, double high) {
    if (low > high) return;
    bracketed->bracket[bracketed->n].low = low;
    bracketed->bracket[bracketed->n++].high = high;
}

/* An end that is a common value becomes a bracket of its own, because many values may equal it. */
static void add_split(nsr_bracketed_counts *bracketed, const sample *s, double low, double high) {
    const bool first = is_common(s, low), last = is_common(s, high);
    if (first) add_bracket(bracketed, low, low);
    add_bracket(bracketed, first ? neighbour_value(bracketed, low, INFINITY) : low,
                last ? neighbour_value(bracketed, high, -INFINITY) : high);
    if (last && low < high) add_bracket(bracketed, high, high);
}

static void choose_bracket(nsr_bracketed_counts *bracketed, const sample *s, double percent) {
    const double most = bracketed->type == NSR_F32 ? (double)FLT_MAX : DBL_MAX;
    const double last = (double)s->all - 1, at = percent / 100 * last;
    const double reach = SOME + ERRORS * error_of_share(s, s->sorted[(size_t)at]) * (double)s->all;
    const double low = floor(at - reach), high = ceil(at + reach);
    add_split(bracketed, s, low < 0 ? -most : s->sorted[(size_t)low], high > last ? most : s->sorted[(size_t)high]);
}

/* Sorts the brackets and merges those that overlap. */
static void merge_brackets(nsr_bracketed_counts *bracketed) {
    int n = 0;
    qsort(bracketed->bracket, (size_t)bracketed->n, sizeof *bracketed->bracket,
          by_value); /* compares `low`, the first member */
    for (int b = 1; b < bracketed->n; b++) {
        if (bracketed->bracket[b].low > bracketed->bracket[n].high)
            bracketed->bracket[++n] = bracketed->bracket[b];
        else if (bracketed->bracket[b].high > bracketed->bracket[n].high)
            bracketed->bracket[n].high = bracketed->bracket[b].high;
    }
    bracketed->n = n + 1;
}

/* The share of the sample that lies in brackets of more than one value. */
static double share_kept(const nsr_bracketed_counts *bracketed, const sample *s) {
    size_t kept = 0;
    for (size_t i = 0; i < s->all; i++)
        for (int b = 0; b < bracketed->n; b++)
            kept += bracketed->bracket[b].low < bracketed->bracket[b].high &&
                    s->sorted[i] >= bracketed->bracket[b].low && s->sorted[i] <= bracketed->bracket[b].high;
    return (double)kept / (double)s->all;
}

void nsr_bracketed_make(nsr_bracketed_counts *bracketed, double *values, int rows, int n, const double *percent,
                        int n_percent, double most) {
    sample s = {.row = values, .rows = rows, .n = n};
    bracketed->n = 0;
    if (sort_sample(&s) && rows >= LEAST_ROWS && s.all >= LEAST_VALUES && n_percent) {
        for (int i = 0; i < n_percent; i++)
            choose_bracket(bracketed, &s, percent[i]);
        merge_brackets(bracketed);
        if (share_kept(bracketed, &s) > most) bracketed->n = 0;
    }
    free(s.held);
    free(s.sorted);
}
