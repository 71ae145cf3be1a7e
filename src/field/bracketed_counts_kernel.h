/* SPDX-License-Identifier: MIT */
/* Included by bracketed_counts.c once for float and once for double (REAL, COUNTER, KERNEL). NaN compares false
   everywhere; -infinity is counted below each bracket and subtracted later. A mark is -1 or 0, as in vector
   comparisons. */

/* Compares n values, a multiple of WIDE, with one bracket. */
NSR_CLONES static void KERNEL(compare)(nsr_sifted *s, COUNTER mark[BLOCK], const REAL *x, int n, REAL low, REAL high) {
    COUNTER below[WIDE] = {0}, inside[WIDE] = {0};
    for (int i = 0; i < n; i += WIDE)
        for (int k = 0; k < WIDE; k++) {
            COUNTER from = x[i + k] >= low ? -1 : 0, to = x[i + k] <= high ? -1 : 0, in = from & to;
            below[k] += x[i + k] < low;
            inside[k] -= in;
            mark[i + k] |= in;
        }
    for (int k = 0; k < WIDE; k++) s->below += below[k], s->inside += inside[k];
}

/* Collects the marked values, skipping rows without marks. `to` has room for one more row. Returns their number. */
static size_t KERNEL(gather)(REAL *to, const REAL *x, const COUNTER *mark, int n) {
    size_t kept = 0;
    for (int i = 0; i < n; i += ROW) {
        uint64_t any = 0, word[sizeof(COUNTER[ROW]) / (sizeof any)];
        memcpy(word, mark + i, sizeof word);
        for (size_t w = 0; w < NSR_COUNTOF(word); w++) any |= word[w];
        for (int k = 0; any && k < ROW; k++) to[kept] = x[i + k], kept -= (size_t)mark[i + k];
    }
    return kept;
}

/* Counts n values, a multiple of WIDE, at most BLOCK. */
static void KERNEL(sift_block)(nsr_sifter *s, const REAL *x, int n) {
    const nsr_bracketed_counts *bracketed = s->bracketed;
    COUNTER mark[BLOCK] = {0}, ignored[BLOCK]; /* marks of brackets of one value, which are not used */
    REAL kept[BLOCK + ROW];
    for (int b = 0; b < bracketed->n; b++) {
        const REAL low = (REAL)bracketed->bracket[b].low, high = (REAL)bracketed->bracket[b].high;
        KERNEL(compare)(&s->found[b], low < high ? mark : ignored, x, n, low, high);
    }
    keep(s, kept, KERNEL(gather)(kept, x, mark, n) * sizeof *kept);
}

static void KERNEL(sift)(nsr_sifter *s, const REAL *x, size_t n) {
    REAL last[WIDE];
    const size_t whole = n / WIDE * WIDE;
    for (size_t from = 0; from < whole; from += BLOCK)
        KERNEL(sift_block)(s, x + from, whole - from < BLOCK ? (int)(whole - from) : BLOCK);
    for (int k = 0; k < WIDE; k++) last[k] = (REAL)NAN;
    memcpy(last, x + whole, (n - whole) * sizeof *x);
    if (n > whole) KERNEL(sift_block)(s, last, WIDE);
}
