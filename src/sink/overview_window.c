/* SPDX-License-Identifier: MIT */
/* Blocks of frames. Bins are taken some at a time, all frames of the batch for each lot, so that their sums stay in the
   first-level cache; plain selections let any compiler use its vectors. */
#include "overview.h"
#include <math.h>
#include <nsrender/clones.h>
#include <stdlib.h>

enum { LOT = 512 };

/* v + (v - v) is NaN where v is not finite; NaN is never larger. Each loop does one thing, or gcc takes values one by
   one. */
#define ADDER(name, REAL)                                                                                              \
    NSR_CLONES static void name(double *restrict sum, uint32_t *restrict count, REAL *restrict max,                    \
                                const REAL *restrict x, size_t n) {                                                    \
        REAL v[LOT], zero[LOT];                                                                                        \
        for (size_t i = 0; i < n; i++) v[i] = x[i] + (x[i] - x[i]);                                                    \
        for (size_t i = 0; i < n; i++) zero[i] = v[i] == v[i] ? v[i] : 0;                                              \
        for (size_t i = 0; i < n; i++) max[i] = v[i] > max[i] ? v[i] : max[i];                                         \
        for (size_t i = 0; i < n; i++) count[i] += v[i] == v[i];                                                       \
        for (size_t i = 0; i < n; i++) sum[i] += (double)zero[i];                                                      \
    }
ADDER(add_f32, float)
ADDER(add_f64, double)

#define MERGER(name, REAL)                                                                                             \
    static void name(REAL *restrict max, const REAL *restrict later, size_t n) {                                       \
        for (size_t i = 0; i < n; i++) max[i] = later[i] > max[i] ? later[i] : max[i];                                 \
    }
MERGER(merge_f32, float)
MERGER(merge_f64, double)

bool nsr_window_sums_open(nsr_window_sums *block, nsr_type type, size_t n, nsr_err *err) {
    *block = (nsr_window_sums){.type = type,
                               .n = n,
                               .sum = malloc(n * sizeof *block->sum),
                               .count = malloc(n * sizeof *block->count),
                               .max = malloc(n * nsr_type_size(type))};
    if (block->sum && block->count && block->max) return nsr_window_sums_clear(block), true;
    nsr_window_sums_close(block);
    return nsr_fail(err, NSR_EINTERNAL, "out of memory for sums of %zu bins", n);
}

void nsr_window_sums_close(nsr_window_sums *block) {
    free(block->sum);
    free(block->count);
    free(block->max);
    *block = (nsr_window_sums){0};
}

void nsr_window_sums_clear(nsr_window_sums *block) {
    for (size_t i = 0; i < block->n; i++) block->sum[i] = 0, block->count[i] = 0;
    if (block->type == NSR_F32)
        for (size_t i = 0; i < block->n; i++) ((float *)block->max)[i] = -INFINITY;
    else
        for (size_t i = 0; i < block->n; i++) ((double *)block->max)[i] = -INFINITY;
}

static void add_lot(nsr_window_sums *b, const void *values, size_t from, size_t n) {
    double *sum = b->sum + from;
    uint32_t *count = b->count + from;
    if (b->type == NSR_F32) add_f32(sum, count, (float *)b->max + from, values, n);
    else add_f64(sum, count, (double *)b->max + from, values, n);
}

void nsr_window_sums_add(nsr_window_sums *block, const void *values, int64_t n_frames) {
    const size_t size = nsr_type_size(block->type);
    for (size_t from = 0; from < block->n; from += LOT) {
        const char *row = (const char *)values + from * size;
        for (int64_t i = 0; i < n_frames; i++, row += block->n * size)
            add_lot(block, row, from, block->n - from < LOT ? block->n - from : LOT);
    }
}

void nsr_window_sums_merge(nsr_window_sums *into, const nsr_window_sums *later) {
    for (size_t i = 0; i < into->n; i++) into->sum[i] += later->sum[i], into->count[i] += later->count[i];
    if (into->type == NSR_F32) merge_f32(into->max, later->max, into->n);
    else merge_f64(into->max, later->max, into->n);
}

void nsr_window_sums_means(const nsr_window_sums *block, double *means) {
    for (size_t i = 0; i < block->n; i++) means[i] = block->sum[i] / block->count[i];
}

int64_t nsr_window_sums_bytes(const nsr_window_sums *block) {
    return (int64_t)(block->n * (sizeof *block->sum + sizeof *block->count + nsr_type_size(block->type)));
}

bool nsr_window_sums_write(const nsr_window_sums *block, nsr_file *file, nsr_err *err) {
    return nsr_file_write(file, block->sum, block->n * sizeof *block->sum, err) &&
           nsr_file_write(file, block->count, block->n * sizeof *block->count, err) &&
           nsr_file_write(file, block->max, block->n * nsr_type_size(block->type), err);
}

bool nsr_window_sums_read(nsr_window_sums *block, int fd, int64_t offset, const char *path, nsr_err *err) {
    const size_t sums = block->n * sizeof *block->sum, counts = block->n * sizeof *block->count;
    return nsr_pread_all(fd, block->sum, sums, offset, path, err) &&
           nsr_pread_all(fd, block->count, counts, offset + (int64_t)sums, path, err) &&
           nsr_pread_all(fd, block->max, block->n * nsr_type_size(block->type), offset + (int64_t)(sums + counts), path,
                         err);
}
