/* SPDX-License-Identifier: MIT */
/* What the limits share: clocks and the one line that they print, in the form that bench.py reads. */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static inline double wall_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline double cpu_now(void) { /* user + system */
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + 1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static inline void report(double wall, double cpu, double amount) {
    printf("{\"wall\": %.6f, \"cpu\": %.6f, \"amount\": %.0f}\n", wall, cpu, amount);
}

_Noreturn static inline void die(const char *what) {
    perror(what);
    exit(1);
}

#endif
