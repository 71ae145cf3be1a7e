/* SPDX-License-Identifier: MIT */
/* Applies one fold to one frame, for values of type REAL; fold.c includes it once per type. FOLD(name) makes the names.
 */

static void FOLD(select)(REAL *restrict out, const REAL *restrict in, const nsr_fold *fold) {
    for (int64_t k = 0; k < fold->n_bins; k++)
        out[k] = fold->from[k] < 0 ? (REAL)NAN : in[fold->from[k]];
}

static REAL FOLD(sum_one)(const REAL *in, const int32_t *from, int32_t depth) {
    double sum = 0;
    bool any = false;
    for (int32_t d = 0; d < depth; d++) {
        if (from[d] < 0 || isnan(in[from[d]])) continue;
        sum += (double)in[from[d]];
        any = true;
    }
    return any ? (REAL)sum : (REAL)NAN;
}

/* n sums, at most SIDE, over adjacent bins with finite values; false when a value is not finite. Two floats are added
   in float, because a sum in double would be rounded to the same float. */
NSR_CLONES static bool FOLD(sum_plain)(REAL *restrict out, const REAL *restrict in, const int32_t *from, int32_t depth,
                                       int32_t n) {
    REAL odd = 0;
    if (depth == 2) {
        const REAL *x = in + from[0], *y = in + from[1];
        for (int32_t k = 0; k < n; k++)
            out[k] = x[k] + y[k] + 0;
    } else {
        double sum[SIDE] = {0};
        for (int32_t d = 0; d < depth; d++)
            for (int32_t k = 0; k < n; k++)
                sum[k] += (double)in[from[d] + k];
        for (int32_t k = 0; k < n; k++)
            out[k] = (REAL)sum[k];
    }
    REAL lane[8] = {0};
    for (int32_t k = 0; k + 8 <= n; k += 8)
        for (int32_t i = 0; i < 8; i++)
            lane[i] += out[k + i] - out[k + i];
    for (int32_t k = n / 8 * 8; k < n; k++)
        odd += out[k] - out[k];
    for (int32_t i = 0; i < 8; i++)
        odd += lane[i];
    return odd == 0;
}

/* As sum_plain, for any values. Each loop has one operation, otherwise gcc does not vectorise it. */
NSR_CLONES static void FOLD(sum_side)(REAL *restrict out, const REAL *restrict in, const int32_t *from, int32_t depth,
                                      int32_t n) {
    REAL value[SIDE], none[SIDE];
    double sum[SIDE];
    for (int32_t k = 0; k < n; k++)
        sum[k] = 0, none[k] = (REAL)NAN;
    for (int32_t d = 0; d < depth; d++) {
        const REAL *x = in + from[d];
        for (int32_t k = 0; k < n; k++)
            value[k] = x[k] == x[k] ? x[k] : 0;
        for (int32_t k = 0; k < n; k++)
            none[k] = x[k] == x[k] ? 0 : none[k];
        for (int32_t k = 0; k < n; k++)
            sum[k] += (double)value[k];
    }
    for (int32_t k = 0; k < n; k++)
        out[k] = (REAL)sum[k] + none[k];
}

/* Adds in double, so that a sum of floats is rounded only once. */
static void FOLD(sum)(REAL *restrict out, const REAL *restrict in, const nsr_fold *fold, const int32_t *together) {
    for (int64_t k = 0, n; k < fold->n_bins; k += n) {
        const int32_t *from = fold->from + k * fold->depth;
        n = together[k] < SIDE ? together[k] : SIDE;
        if (n == 1)
            out[k] = FOLD(sum_one)(in, from, fold->depth);
        else if (!FOLD(sum_plain)(out + k, in, from, fold->depth, (int32_t)n))
            FOLD(sum_side)(out + k, in, from, fold->depth, (int32_t)n);
    }
}

static void FOLD(max)(REAL *restrict out, const REAL *restrict in, const nsr_fold *fold) {
    const int32_t *from = fold->from;
    for (int64_t k = 0; k < fold->n_bins; k++) {
        REAL most = (REAL)NAN;
        for (int32_t d = 0; d < fold->depth; d++, from++)
            if (*from >= 0 && !(in[*from] <= most) && !isnan(in[*from])) most = in[*from];
        out[k] = most;
    }
}

static void FOLD(row)(REAL *restrict out, const REAL *restrict in, const nsr_fold *fold, const int32_t *together) {
    if (fold->op == NSR_FOLD_SELECT)
        FOLD(select)(out, in, fold);
    else if (fold->op == NSR_FOLD_SUM)
        FOLD(sum)(out, in, fold, together);
    else
        FOLD(max)(out, in, fold);
}
