/* SPDX-License-Identifier: MIT */
/* The kernels of the range over memory, against a plain sum of it. `bench-kernels WHAT` reads 1 GiB of floats five
   times and prints the best. WHAT: sum, range (minimum, maximum, counts), digits (first pass of percentiles over all
   values), bracketed (their only pass, where brackets are known). */
#include "limits/common.h"

#include <math.h>
#include <nsrender/field.h>
#include <string.h>

enum { REPEATS = 5, SLICE = 1 << 16, LANES = 32 };
static const size_t N = (size_t)1 << 28;

static uint64_t state = 88172645463325252;
static double next_random(void) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (double)(state >> 11) * 0x1p-53;
}

/* Like a posterior: most values tiny, some per cent missing. */
static void fill(float *x) {
    enum { POOL = 1 << 20 };
    for (size_t i = 0; i < POOL; i++) x[i] = next_random() < 0.05 ? NAN : (float)exp(-30 * next_random());
    for (size_t i = POOL; i < N; i += POOL) memcpy(x + i, x, POOL * sizeof *x);
}

static double sum(const float *x) {
    float lane[LANES] = {0};
    double all = 0;
    for (size_t i = 0; i < N; i += LANES)
        for (int k = 0; k < LANES; k++) lane[k] += x[i + (size_t)k];
    for (int k = 0; k < LANES; k++) all += (double)lane[k];
    return all;
}

static double range(const float *x) {
    nsr_range found;
    nsr_range_init(&found);
    for (size_t i = 0; i < N; i += SLICE) nsr_range_scan(&found, NSR_F32, x + i, SLICE);
    return found.max;
}

static const double percent[] = {1, 99};

static double digits(const float *x) {
    nsr_err err = {0};
    nsr_key_counts order;
    nsr_tally tally;
    if (!nsr_key_counts_open(&order, NSR_F32, percent, 2, &err) || !nsr_tally_open(&tally, &order, &err)) die("memory");
    for (size_t i = 0; i < N; i += SLICE) nsr_tally_add(&tally, NSR_F32, x + i, SLICE);
    nsr_tally_hand_in(&tally, &order);
    double some = (double)order.count[0x8000];
    nsr_tally_close(&tally);
    nsr_key_counts_close(&order);
    return some;
}

static double bracketed(const float *x) {
    enum { ROWS = 1024, VALUES = 128 };
    double *sample = malloc(ROWS * VALUES * sizeof *sample);
    nsr_bracketed_counts found = {.type = NSR_F32, .room = 1 << 30};
    nsr_sifter sifter;
    if (!sample) die("memory");
    for (size_t i = 0; i < ROWS * VALUES; i++) sample[i] = (double)x[i];
    nsr_bracketed_make(&found, sample, ROWS, VALUES, percent, 2, 1);
    nsr_sifter_open(&sifter, &found);
    for (size_t i = 0; i < N; i += SLICE) nsr_sifter_add(&sifter, x + i, SLICE);
    nsr_sifter_hand_in(&sifter, &found);
    double kept = (double)found.found[0].inside;
    nsr_bracketed_close(&found);
    free(sample);
    return kept;
}

static const struct {
    const char *name;
    double (*run)(const float *x);
} kernels[] = {{"sum", sum}, {"range", range}, {"digits", digits}, {"bracketed", bracketed}};

int main(int argc, char **argv) {
    float *x = aligned_alloc(64, N * sizeof *x);
    double best = 1e9, cpu = 0, result = 0;
    if (argc != 2) return 64;
    if (!x) die("memory");
    fill(x);
    for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++)
        for (int i = 0; i < REPEATS && !strcmp(argv[1], kernels[k].name); i++) {
            double start = wall_now(), before = cpu_now();
            result += kernels[k].run(x);
            double wall = wall_now() - start;
            if (wall < best) best = wall, cpu = cpu_now() - before;
        }
    fprintf(stderr, "%s: %g\n", argv[1], result); /* or nothing would have to be worked out */
    report(best, cpu, (double)(N * sizeof *x));
    free(x);
    return best < 1e9 ? 0 : 64;
}
