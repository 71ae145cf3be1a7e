/* SPDX-License-Identifier: MIT */
/* Included by summary_frame.c once for float and once for double (REAL, COUNTER, KERNEL). v + (v - v) is NaN where v is
   not finite, and NaN compares false: minimum and maximum ignore it. -0 becomes +0. */

typedef struct KERNEL(lanes) {
    REAL low[LANES], high[LANES];
} KERNEL(lanes);

/* n is a multiple of LANES, at most BLOCK. Each loop does one thing; gcc does not vectorise them when they are merged.
 */
NSR_CLONES static void KERNEL(gather)(frame_totals *t, KERNEL(lanes) * l, const REAL *x, int n) {
    REAL v[BLOCK], zero[BLOCK];
    COUNTER count[LANES] = {0};
    for (int i = 0; i < n; i++) v[i] = x[i] + (x[i] - x[i]);
    for (int i = 0; i < n; i++) zero[i] = v[i] == v[i] ? v[i] : 0;
    for (int i = 0; i < n; i += LANES)
        for (int k = 0; k < LANES; k++) {
            l->low[k] = MIN(v[i + k], l->low[k]);
            l->high[k] = MAX(v[i + k], l->high[k]);
            count[k] += v[i + k] == v[i + k];
        }
    for (int i = 0; i < n; i += LANES)
        for (int k = 0; k < LANES; k++) t->sum[k] += (double)zero[i + k];
    for (int k = 0; k < LANES; k++) t->n += count[k];
}

/* All n values: the last row of lanes is filled up with NaN. */
static void KERNEL(total)(frame_totals *t, const REAL *x, size_t n) {
    KERNEL(lanes) l;
    REAL last[LANES];
    const size_t whole = n / LANES * LANES;
    for (int k = 0; k < LANES; k++) last[k] = NAN, l.low[k] = (REAL)INFINITY, l.high[k] = (REAL)-INFINITY;
    memcpy(last, x + whole, (n - whole) * sizeof *x);
    for (size_t from = 0; from < whole; from += BLOCK)
        KERNEL(gather)(t, &l, x + from, whole - from < BLOCK ? (int)(whole - from) : BLOCK);
    KERNEL(gather)(t, &l, last, LANES);
    for (int k = 0; k < LANES; k++) t->min = MIN((double)l.low[k], t->min), t->max = MAX((double)l.high[k], t->max);
}

/* The first of n values that equals `value`, which is among them. */
NSR_CLONES static int64_t KERNEL(first)(const REAL *x, size_t n, double value) {
    const REAL sought = (REAL)value;
    size_t i = 0;
    for (COUNTER found = 0; i + LANES <= n; i += LANES) {
        for (int k = 0; k < LANES; k++) found |= x[i + k] == sought;
        if (found) break;
    }
    while (x[i] != sought) i++;
    return (int64_t)i;
}
