/* SPDX-License-Identifier: MIT */
/* Sums of windows. Bins are added a few hundred at a time, all frames of the batch for each of these tiles, so that
   their sums stay in the first-level cache. Conditional expressions without branches let any compiler vectorise the
   loops. */
#include "overview.h"
#include <math.h>
#include <nsrender/clones.h>
#include <stdlib.h>

enum { TILE = 512 };

/* v + (v - v) is NaN where v is not finite, and NaN is never larger. Each loop does one thing; gcc does not vectorise
   them when they are merged. */
#define ADDER(name, REAL)                                                                                              \
    NSR_CLONES static void name(double *restrict sum, uint32_t *restrict count, REAL *restrict max,                    \
                                const REAL *restrict x, size_t n) {                                                    \
        REAL v[TILE], zero[TILE];                                                                                      \
        for (size_t i = 0; i < n; i++)                                                                                 \
            v[i] = x[i] + (x[i] - x[i]);                                                                               \
        for (size_t i = 0; i < n; i++)                                                                                 \
            zero[i] = v[i] == v[i] ? v[i] : 0;                                                                         \
        for (size_t i = 0; i < n; i++)                                                                                 \
            max[i] = v[i] > max[i] ? v[i] : max[i];                                                                    \
        for (size_t i = 0; i < n; i++)                                                                                 \
            count[i] += v[i] == v[i];                                                                                  \
        for (size_t i = 0; i < n; i++)                                                                                 \
            sum[i] += (double)zero[i];                                                                                 \
    }
ADDER(add_f32, float)
ADDER(add_f64, double)

#define MERGER(name, REAL)                                                                                             \
    static void name(REAL *restrict max, const REAL *restrict later, size_t n) {                                       \
        for (size_t i = 0; i < n; i++) max[i] = later[i] > max[i] ? later[i] : max[i];                                 \
    }
MERGER(merge_f32, float)
MERGER(merge_f64, double)

bool nsr_window_sums_open(nsr_window_sums *window, nsr_type type, size_t n, nsr_err *err) {
    const size_t reals = nsr_type_size(type);
    *window = (nsr_window_sums){.type = type, .n = n, .sum = malloc(n * (sizeof(double) + reals + sizeof(uint32_t)))};
    if (!window->sum) return nsr_fail(err, NSR_EINTERNAL, "out of memory for sums of %zu bins", n);
    window->max = window->sum + n;
    window->count = (uint32_t *)((char *)window->max + n * reals);
    nsr_window_sums_clear(window);
    return true;
}

void nsr_window_sums_close(nsr_window_sums *window) {
    free(window->sum);
    *window = (nsr_window_sums){0};
}

void nsr_window_sums_clear(nsr_window_sums *window) {
    for (size_t i = 0; i < window->n; i++)
        window->sum[i] = 0, window->count[i] = 0;
    if (window->type == NSR_F32)
        for (size_t i = 0; i < window->n; i++)
            ((float *)window->max)[i] = -INFINITY;
    else
        for (size_t i = 0; i < window->n; i++)
            ((double *)window->max)[i] = -INFINITY;
}

static void add_tile(nsr_window_sums *b, const void *values, size_t from, size_t n) {
    double *sum = b->sum + from;
    uint32_t *count = b->count + from;
    if (b->type == NSR_F32) add_f32(sum, count, (float *)b->max + from, values, n);
    else add_f64(sum, count, (double *)b->max + from, values, n);
}

void nsr_window_sums_add(nsr_window_sums *window, const void *values, int64_t n_frames) {
    const size_t size = nsr_type_size(window->type);
    for (size_t from = 0; from < window->n; from += TILE) {
        const char *row = (const char *)values + from * size;
        for (int64_t i = 0; i < n_frames; i++, row += window->n * size)
            add_tile(window, row, from, window->n - from < TILE ? window->n - from : TILE);
    }
}

void nsr_window_sums_merge(nsr_window_sums *into, const nsr_window_sums *later) {
    for (size_t i = 0; i < into->n; i++) into->sum[i] += later->sum[i], into->count[i] += later->count[i];
    if (into->type == NSR_F32) merge_f32(into->max, later->max, into->n);
    else merge_f64(into->max, later->max, into->n);
}

void nsr_window_sums_means(const nsr_window_sums *window, double *means) {
    for (size_t i = 0; i < window->n; i++)
        means[i] = window->sum[i] / window->count[i];
}

int64_t nsr_window_sums_bytes(const nsr_window_sums *window) {
    return (int64_t)(window->n * (sizeof *window->sum + sizeof *window->count + nsr_type_size(window->type)));
}

bool nsr_window_sums_write(const nsr_window_sums *window, nsr_file *file, nsr_err *err) {
    return nsr_file_write(file, window->sum, (size_t)nsr_window_sums_bytes(window), err);
}

bool nsr_window_sums_read(nsr_window_sums *window, int fd, int64_t offset, const char *path, nsr_err *err) {
    return nsr_pread_all(fd, window->sum, (size_t)nsr_window_sums_bytes(window), offset, path, err);
}
