/* SPDX-License-Identifier: MIT */
/* The limit of a range pass: read a file and find the smallest and largest finite float in it, nothing else.
   `range FILE OFFSET BYTES THREADS` */
#include "common.h"
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <unistd.h>

enum { BLOCK = 1 << 18, LANES = 64 };

typedef struct range {
    float min, max;
} range;

static void scan(range *all, const float *x, size_t n) {
    float low[LANES], high[LANES];
    for (int k = 0; k < LANES; k++)
        low[k] = all->min, high[k] = all->max;
    for (size_t i = 0; i < n - n % LANES; i += LANES)
        for (int k = 0; k < LANES; k++) {
            float v = x[i + (size_t)k];
            int finite = fabsf(v) < INFINITY;
            float a = finite ? v : INFINITY, b = finite ? v : -INFINITY;
            low[k] = a < low[k] ? a : low[k];
            high[k] = b > high[k] ? b : high[k];
        }
    for (int k = 0; k < LANES; k++) {
        all->min = low[k] < all->min ? low[k] : all->min;
        all->max = high[k] > all->max ? high[k] : all->max;
    }
    for (size_t i = n - n % LANES; i < n; i++)
        if (fabsf(x[i]) < INFINITY) {
            all->min = x[i] < all->min ? x[i] : all->min;
            all->max = x[i] > all->max ? x[i] : all->max;
        }
}

int main(int argc, char **argv) {
    if (argc != 5) return 64;
    int64_t offset = atoll(argv[2]), bytes = atoll(argv[3]);
    int threads = atoi(argv[4]), fd = open(argv[1], O_RDONLY);
    if (fd < 0) die(argv[1]);
    double start = wall_now(), cpu = cpu_now();
    float min = INFINITY, max = -INFINITY;
#pragma omp parallel num_threads(threads) reduction(min : min) reduction(max : max)
    {
        float *block = aligned_alloc(4096, BLOCK);
        range own = {INFINITY, -INFINITY};
        if (!block) die("aligned_alloc");
#pragma omp for schedule(dynamic, 4)
        for (int64_t at = 0; at < bytes; at += BLOCK) {
            size_t n = bytes - at < BLOCK ? (size_t)(bytes - at) : BLOCK;
            if (pread(fd, block, n, offset + at) != (ssize_t)n) die(argv[1]);
            scan(&own, block, n / sizeof *block);
        }
        min = own.min, max = own.max;
        free(block);
    }
    fprintf(stderr, "min %.9g max %.9g\n", (double)min, (double)max);
    report(wall_now() - start, cpu_now() - cpu, (double)bytes);
    return 0;
}
