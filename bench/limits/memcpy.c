/* SPDX-License-Identifier: MIT */
/* How fast this machine copies memory. `memcpy THREADS`: copies 1 GiB five times; the best is what the machine can do.
 */
#include "common.h"
#include <string.h>

enum { REPEATS = 5 };

int main(int argc, char **argv) {
    int threads = argc > 1 ? atoi(argv[1]) : 1;
    size_t part = ((size_t)1 << 30) / (size_t)threads, bytes = part * (size_t)threads;
    char *from = malloc(bytes), *to = malloc(bytes);
    if (!from || !to) die("malloc");
    memset(from, 1, bytes);
    memset(to, 2, bytes);
    double best = 1e9, cpu = cpu_now();
    for (int i = 0; i < REPEATS; i++) {
        double start = wall_now();
#pragma omp parallel for num_threads(threads)
        for (int k = 0; k < threads; k++)
            memcpy(to + part * (size_t)k, from + part * (size_t)k, part);
        double wall = wall_now() - start;
        best = wall < best ? wall : best;
    }
    if (to[bytes / 2] != 1) return 1;
    report(best, (cpu_now() - cpu) / REPEATS, (double)bytes);
    free(from);
    free(to);
    return 0;
}
