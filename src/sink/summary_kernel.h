/* SPDX-License-Identifier: MIT */
/* Included by summary_frame.c once for float and once for double (REAL, COUNTER, KERNEL). v + (v - v) is NaN where v is
   not finite, and NaN compares false: minimum and maximum pass it by. -0 comes out as +0. */

/* Whole rows of lanes. */
NSR_CLONES static void KERNEL(gather)(totals *t, const REAL *x, size_t n) {
    REAL low[LANES], high[LANES];
    double sum[LANES] = {0};
    COUNTER count[LANES] = {0};
    for (int k = 0; k < LANES; k++) low[k] = (REAL)INFINITY, high[k] = (REAL)-INFINITY;
    for (size_t i = 0; i < n; i += LANES)
        for (int k = 0; k < LANES; k++) {
            REAL v = x[i + k] + (x[i + k] - x[i + k]);
            low[k] = MIN(v, low[k]);
            high[k] = MAX(v, high[k]);
            sum[k] += v == v ? (double)v : 0.0;
            count[k] += v == v;
        }
    for (int k = 0; k < LANES; k++) {
        t->min = MIN((double)low[k], t->min), t->max = MAX((double)high[k], t->max);
        t->sum[k] += sum[k], t->n += count[k];
    }
}

/* All n values: the last row of lanes is filled up with NaN. */
static void KERNEL(total)(totals *t, const REAL *x, size_t n) {
    REAL last[LANES];
    const size_t whole = n / LANES * LANES;
    for (int k = 0; k < LANES; k++) last[k] = NAN;
    memcpy(last, x + whole, (n - whole) * sizeof *x);
    KERNEL(gather)(t, x, whole);
    KERNEL(gather)(t, last, LANES);
}

/* The first of n values that equals `value`, which is among them. */
static int64_t KERNEL(first)(const REAL *x, double value) {
    int64_t i = 0;
    while ((double)x[i] != value) i++;
    return i;
}
