/* SPDX-License-Identifier: MIT */
/* One frame through one fold, for values of type REAL; included by fold.c once a type. FOLD(name) makes the names. */

static void FOLD(pick)(REAL *restrict out, const REAL *restrict in, const nsr_fold *fold) {
    for (int64_t k = 0; k < fold->n_bins; k++)
        out[k] = fold->from[k] < 0 ? (REAL)NAN : in[fold->from[k]];
}

/* In double: the sum of float states is rounded once. */
static void FOLD(sum)(REAL *restrict out, const REAL *restrict in, const nsr_fold *fold) {
    const int32_t *from = fold->from;
    for (int64_t k = 0; k < fold->n_bins; k++) {
        double sum = 0;
        bool any = false;
        for (int32_t d = 0; d < fold->depth; d++, from++) {
            if (*from < 0 || isnan(in[*from])) continue;
            sum += (double)in[*from];
            any = true;
        }
        out[k] = any ? (REAL)sum : (REAL)NAN;
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

static void FOLD(row)(REAL *restrict out, const REAL *restrict in, const nsr_fold *fold) {
    if (fold->op == NSR_FOLD_PICK)
        FOLD(pick)(out, in, fold);
    else if (fold->op == NSR_FOLD_SUM)
        FOLD(sum)(out, in, fold);
    else
        FOLD(max)(out, in, fold);
}
