/* SPDX-License-Identifier: MIT */
/* Included by range.c once for float and once for double (REAL, REAL_MAX, COUNTER, KERNEL). */
#include "finite_kernel.h"

/* Classifies every value; n is a multiple of LANES and at most BLOCK. */
static void KERNEL(scan_mixed)(nsr_range *range, const REAL *x, size_t n) {
    REAL low[LANES], high[LANES];
    COUNTER nan[LANES] = {0}, up[LANES] = {0}, down[LANES] = {0};
    for (int k = 0; k < LANES; k++) low[k] = (REAL)INFINITY, high[k] = (REAL)-INFINITY;
    for (size_t i = 0; i < n; i += LANES)
        for (int k = 0; k < LANES; k++) {
            REAL v = x[i + k];
            REAL floor = v < -REAL_MAX ? (REAL)INFINITY : v, ceiling = v > REAL_MAX ? (REAL)-INFINITY : v;
            low[k] = MIN(floor, low[k]); /* NaN compares false: the lane stays */
            high[k] = MAX(ceiling, high[k]);
            nan[k] += v != v;
            up[k] += v > REAL_MAX;
            down[k] += v < -REAL_MAX;
        }
    for (int k = 0; k < LANES; k++) {
        add_bounds(range, low[k], high[k]);
        range->n_nan += nan[k];
        range->n_posinf += up[k];
        range->n_neginf += down[k];
    }
}

static void KERNEL(scan)(nsr_range *range, const REAL *x, size_t n) {
    size_t done = 0;
    while (n - done >= 4 * LANES) {
        size_t block = n - done < BLOCK ? (n - done) / (4 * LANES) * (4 * LANES) : BLOCK;
        double lo, hi;
        if (KERNEL(scan_finite)(x + done, block, &lo, &hi)) add_bounds(range, lo, hi);
        else KERNEL(scan_mixed)(range, x + done, block);
        done += block;
    }
    for (; done < n; done++) add_one(range, (double)x[done]);
}
