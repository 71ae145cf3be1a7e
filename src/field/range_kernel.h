/* SPDX-License-Identifier: MIT */
/* Included by range.c once for float and once for double (REAL, REAL_MAX, COUNTER, KERNEL). Arrays of lanes and plain
   compare-and-select let any compiler use its vectors without intrinsics and without relaxing IEEE rules; four rows are
   folded before the lanes are touched, which keeps the loop at the speed of memory. */

/* The common case: true when all n values (a multiple of 4*LANES) are finite. A NaN or an infinity, or a sum of four
   that overflows, makes `spoilt` NaN; then `lo` and `hi` mean nothing and the caller looks again. */
static bool KERNEL(scan_finite)(const REAL *x, size_t n, double *lo, double *hi) {
    REAL low[LANES], high[LANES], spoilt[LANES];
    for (int k = 0; k < LANES; k++) low[k] = high[k] = x[k], spoilt[k] = 0;
    for (size_t i = 0; i < n; i += 4 * LANES) {
        const REAL *row = x + i;
        for (int k = 0; k < LANES; k++) {
            REAL a = row[k], b = row[LANES + k], c = row[2 * LANES + k], d = row[3 * LANES + k];
            REAL sum = (a + b) + (c + d);
            low[k] = MIN(MIN(MIN(a, b), MIN(c, d)), low[k]);
            high[k] = MAX(MAX(MAX(a, b), MAX(c, d)), high[k]);
            spoilt[k] += sum - sum;
        }
    }
    REAL any = 0, least = low[0], most = high[0];
    for (int k = 0; k < LANES; k++) {
        least = MIN(low[k], least);
        most = MAX(high[k], most);
        any += spoilt[k];
    }
    *lo = least, *hi = most;
    return any == 0;
}

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
