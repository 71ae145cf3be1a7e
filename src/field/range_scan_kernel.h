/* SPDX-License-Identifier: MIT */
/* Included by range_scan.c once for float and once for double (REAL, REAL_MAX, COUNTER, KERNEL). Arrays of lanes with
   compare-and-select let any compiler vectorise the loop, without intrinsics and without relaxed IEEE rules. NaN are
   counted in the same loop, because inactive bins make them common; infinities are rare and visible in the bounds. */

/* Adds bounds and NaN of n values (a multiple of WIDE, at most BLOCK). Returns false, without adding, when there are
   infinities among them. */
static bool KERNEL(scan_block)(nsr_range *range, const REAL *x, size_t n) {
    REAL low[WIDE], high[WIDE];
    COUNTER nan[WIDE] = {0};
    for (int k = 0; k < WIDE; k++) low[k] = (REAL)INFINITY, high[k] = (REAL)-INFINITY;
    for (size_t i = 0; i < n; i += WIDE)
        for (int k = 0; k < WIDE; k++) {
            REAL v = x[i + k];
            low[k] = MIN(v, low[k]); /* NaN leaves the lane unchanged */
            high[k] = MAX(v, high[k]);
            nan[k] += v != v;
        }
    REAL least = low[0], most = high[0];
    COUNTER n_nan = 0;
    for (int k = 0; k < WIDE; k++) least = MIN(low[k], least), most = MAX(high[k], most), n_nan += nan[k];
    if (least < -REAL_MAX || most > REAL_MAX) return false;
    add_bounds(range, least, most);
    range->n_nan += n_nan;
    return true;
}

/* The same value by value, also for infinities. */
static void KERNEL(classify)(nsr_range *range, const REAL *x, size_t n) {
    for (size_t i = 0; i < n; i++) add_one(range, (double)x[i]);
}

static void KERNEL(scan)(nsr_range *range, const REAL *x, size_t n) {
    size_t done = 0;
    for (size_t block; (block = n - done < BLOCK ? (n - done) / WIDE * WIDE : BLOCK) > 0; done += block)
        if (!KERNEL(scan_block)(range, x + done, block)) KERNEL(classify)(range, x + done, block);
    KERNEL(classify)(range, x + done, n - done);
}

/* The least value above 0; infinity when there is none. */
static double KERNEL(least)(const REAL *x, size_t n) {
    REAL low[WIDE], least = (REAL)INFINITY;
    size_t i = 0;
    for (int k = 0; k < WIDE; k++) low[k] = (REAL)INFINITY;
    for (; i + WIDE <= n; i += WIDE)
        for (int k = 0; k < WIDE; k++) {
            REAL v = x[i + k] > 0 ? x[i + k] : (REAL)INFINITY;
            low[k] = MIN(v, low[k]);
        }
    for (; i < n; i++) least = x[i] > 0 && x[i] < least ? x[i] : least;
    for (int k = 0; k < WIDE; k++) least = MIN(low[k], least);
    return (double)least;
}
