/* SPDX-License-Identifier: MIT */
/* The limit of a range pass over shuffle + gzip: read chunks, inflate them with libdeflate, put the bytes of the values
   together, find the smallest and the largest finite one, nothing else, on one thread. `inflate FILE ELEMENT BYTES`:
   the file has for each chunk its length as 64-bit number, then so many stored bytes; BYTES are those of a chunk when
   plain, of floats of ELEMENT bytes. */
#include "common.h"
#include <fcntl.h>
#include <libdeflate.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum { LANES = 16 };

typedef struct range {
    double min, max;
} range;

static void join4(unsigned char *restrict to, const unsigned char *restrict from, size_t n) {
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 4; k++) to[4 * i + k] = from[k * n + i];
}

static void join8(unsigned char *restrict to, const unsigned char *restrict from, size_t n) {
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 8; k++) to[8 * i + k] = from[k * n + i];
}

#define SCAN(name, real)                                                                                               \
    static void name(range *all, const real *x, size_t n) {                                                            \
        real low[LANES], high[LANES];                                                                                  \
        for (int k = 0; k < LANES; k++) low[k] = (real)INFINITY, high[k] = (real)-INFINITY;                            \
        for (size_t i = 0; i + LANES <= n; i += LANES)                                                                 \
            for (int k = 0; k < LANES; k++) {                                                                          \
                real v = x[i + (size_t)k];                                                                             \
                low[k] = v < low[k] && v > (real)-INFINITY ? v : low[k];                                               \
                high[k] = v > high[k] && v < (real)INFINITY ? v : high[k];                                             \
            }                                                                                                          \
        for (int k = 0; k < LANES; k++) {                                                                              \
            all->min = (double)low[k] < all->min ? (double)low[k] : all->min;                                          \
            all->max = (double)high[k] > all->max ? (double)high[k] : all->max;                                        \
        }                                                                                                              \
    }
SCAN(scan4, float)
SCAN(scan8, double)

static void take_chunk(range *all, int element, const unsigned char *plain, unsigned char *values, size_t bytes) {
    size_t n = bytes / (size_t)element;
    if (element == 4) join4(values, plain, n), scan4(all, (const float *)(void *)values, n);
    else join8(values, plain, n), scan8(all, (const double *)(void *)values, n);
}

int main(int argc, char **argv) {
    if (argc != 4) return 64;
    int fd = open(argv[1], O_RDONLY), element = atoi(argv[2]);
    size_t bytes = (size_t)atoll(argv[3]), room = 2 * bytes + 4096, got;
    unsigned char *stored = malloc(room), *plain = malloc(bytes), *values = malloc(bytes);
    struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
    if (fd < 0 || !stored || !plain || !values || !inflater) die(argv[1]);
    double start = wall_now(), cpu = cpu_now(), all = 0;
    range found = {INFINITY, -INFINITY};
    for (int64_t at = 0, n; pread(fd, &n, sizeof n, at) == sizeof n; at += (int64_t)sizeof n + n) {
        if ((size_t)n > room || pread(fd, stored, (size_t)n, at + (int64_t)sizeof n) != (ssize_t)n) die(argv[1]);
        if (libdeflate_zlib_decompress(inflater, stored, (size_t)n, plain, bytes, &got)) die("inflate");
        take_chunk(&found, element, plain, values, bytes);
        all += (double)bytes;
    }
    fprintf(stderr, "min %.9g max %.9g\n", found.min, found.max);
    report(wall_now() - start, cpu_now() - cpu, all);
    return 0;
}
