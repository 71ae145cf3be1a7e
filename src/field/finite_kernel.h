/* SPDX-License-Identifier: MIT */
/* Included by levels_kernel.h for float and for double (REAL, KERNEL): are all values of a block finite, and what are
   their bounds? Arrays of lanes with compare-and-select let any compiler vectorise the loop, without intrinsics and
   without relaxed IEEE rules; four rows are combined per update of the lanes, which keeps the loop at the speed of
   memory. */

/* True when all n values (a multiple of 4*LANES, not 0) are finite, with their bounds in `lo` and `hi`. Also false when
   a sum of four values overflows; the caller then classifies each value. */
static bool KERNEL(scan_finite)(const REAL *x, size_t n, double *lo, double *hi) {
    REAL low[LANES], high[LANES], spoilt[LANES];
    for (int k = 0; k < LANES; k++)
        low[k] = high[k] = x[k], spoilt[k] = 0;
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
