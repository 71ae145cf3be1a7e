/* SPDX-License-Identifier: MIT */
/* Folds make shown bins of stored ones while values are read: a selection, a sum or a maximum. Successive folds are
   joined into one table where the result is the same, so that each frame is processed once. */
#include "shown.h"

#include <math.h>
#include <nsrender/clones.h>
#include <nsrender/hash.h>
#include <stdlib.h>
#include <string.h>

/* The scratch of a reader holds whole chunk rows, of at most PIECE_MOST bytes. */
enum { PIECE_BYTES = 1 << 19, PIECE_MOST = 256 << 20 };
enum { SIDE = 256 }; /* bins whose sums stay in the first-level cache */

#define REAL float
#define FOLD(name) name##_f32
#include "fold_kernel.h"
#undef REAL
#undef FOLD
#define REAL double
#define FOLD(name) name##_f64
#include "fold_kernel.h"
#undef REAL
#undef FOLD

/* --- tables --- */

static bool is_sane(const nsr_fold *fold, int64_t n_bins) {
    if (!fold->from || fold->n_bins < 1 || fold->n_bins > INT32_MAX || fold->depth < 1 ||
        (fold->op == NSR_FOLD_SELECT && fold->depth != 1))
        return false;
    for (int64_t i = 0; i < fold->n_bins * fold->depth; i++)
        if (fold->from[i] < -1 || fold->from[i] >= n_bins) return false;
    return true;
}

static bool is_identity(const nsr_fold *fold, int64_t n_bins) {
    if (fold->depth != 1 || fold->n_bins != n_bins) return false;
    for (int64_t k = 0; k < n_bins; k++)
        if (fold->from[k] != k) return false;
    return true;
}

/* A selection joins with any fold before or after it, a sum with a sum, a maximum with a maximum. */
static bool can_join(const nsr_fold *first, const nsr_fold *next) {
    return first->op == NSR_FOLD_SELECT || next->op == NSR_FOLD_SELECT || first->op == next->op;
}

/* Replaces `first` by the fold that applies `first`, then `next`. False: out of memory. */
static bool join_folds(nsr_fold *first, const nsr_fold *next) {
    int64_t n = 0, depth = first->depth;
    if (__builtin_mul_overflow(depth, (int64_t)next->depth, &n) || n > INT32_MAX ||
        __builtin_mul_overflow(n, next->n_bins, &n) || n > INT64_MAX / (int64_t)sizeof *next->from)
        return false;
    int32_t *from = malloc((size_t)n * sizeof *from), *at = from;
    if (!from) return false;
    for (int64_t i = 0; i < next->n_bins * next->depth; i++)
        for (int64_t d = 0; d < depth; d++)
            *at++ = next->from[i] < 0 ? -1 : first->from[next->from[i] * depth + d];
    free(first->from);
    first->from = from;
    if (first->op == NSR_FOLD_SELECT) first->op = next->op;
    first->depth *= next->depth;
    first->n_bins = next->n_bins;
    return true;
}

static bool side_by_side(const int32_t *from, int32_t depth) {
    for (int32_t d = 0; d < depth; d++)
        if (from[d] < 0 || from[depth + d] != from[d] + 1) return false;
    return true;
}

/* Finds runs of bins of the last fold whose stored bins are adjacent. */
static bool find_together(nsr_source *source, nsr_err *err) {
    int last = source->n_folds - 1;
    if (last < 0) return true;
    const nsr_fold *fold = &source->fold[last];
    free(source->together[last]);
    int32_t *together = source->together[last] = malloc((size_t)fold->n_bins * sizeof *together);
    if (!together) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the choice of bins");
    for (int64_t k = fold->n_bins - 1; k >= 0; k--)
        together[k] =
            k + 1 < fold->n_bins && side_by_side(fold->from + k * fold->depth, fold->depth) ? together[k + 1] + 1 : 1;
    return true;
}

static bool take_fold(nsr_source *source, nsr_fold *fold, nsr_err *err) {
    nsr_fold *last = source->n_folds ? &source->fold[source->n_folds - 1] : NULL;
    bool joined = last && can_join(last, fold);
    if (!is_sane(fold, source->shown.n_bins)) return nsr_fail(err, NSR_EINTERNAL, "a fold of bins that are not there");
    if (!joined && source->n_folds == NSR_FOLDS) return nsr_fail(err, NSR_EINTERNAL, "too many folds");
    if (joined && !join_folds(last, fold)) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the choice of bins");
    bool identity = !last && is_identity(fold, source->shown.n_bins);
    source->shown.n_bins = source->shown.shape[1] = fold->n_bins;
    source->shown.n_dims = 2;
    if (joined || identity) return true;
    source->fold[source->n_folds++] = *fold;
    fold->from = NULL;
    return true;
}

bool nsr_source_fold(nsr_source *source, nsr_fold *fold, nsr_err *err) {
    bool good = take_fold(source, fold, err) && find_together(source, err);
    free(fold->from);
    fold->from = NULL;
    return good;
}

bool nsr_source_bins(const nsr_source *source, char text[NSR_HASH_CHARS], nsr_err *err) {
    nsr_hash *hash = nsr_hash_open();
    if (!hash) return nsr_fail(err, NSR_EINTERNAL, "out of memory for a hash");
    for (int i = 0; i < source->n_folds; i++) {
        const nsr_fold *fold = &source->fold[i];
        const int64_t form[] = {fold->op, fold->depth, fold->n_bins};
        nsr_hash_add(hash, form, sizeof form);
        nsr_hash_add(hash, fold->from, (size_t)(fold->n_bins * fold->depth) * sizeof *fold->from);
    }
    nsr_hash_text(hash, text);
    if (!source->n_folds) text[0] = 0;
    nsr_hash_close(hash);
    return true;
}

/* --- frames --- */

static size_t row_bytes(const nsr_source *source) {
    return (size_t)source->found.field.n_bins * nsr_type_size(source->found.field.type);
}

/* The widest row between two folds. */
static size_t between_bytes(const nsr_source *source) {
    int64_t most = 0;
    for (int i = 0; i + 1 < source->n_folds; i++)
        if (source->fold[i].n_bins > most) most = source->fold[i].n_bins;
    return (size_t)most * nsr_type_size(source->shown.type);
}

int64_t nsr_fold_piece(const nsr_source *source) {
    if (!source->n_folds) return 0;
    int64_t row = (int64_t)row_bytes(source), chunk = source->found.field.chunk[source->found.storage.by_interval];
    int64_t few = PIECE_BYTES / row > 1 ? PIECE_BYTES / row : 1, most = PIECE_MOST / row;
    if (chunk < 1) chunk = 1;
    int64_t piece = chunk * (few / chunk > 1 ? few / chunk : 1);
    return piece <= most ? piece : most > 1 ? most : 1;
}

int64_t nsr_fold_memory(const nsr_source *source) {
    return nsr_fold_piece(source) * (int64_t)row_bytes(source) + 2 * (int64_t)between_bytes(source);
}

bool nsr_fold_open(nsr_reader *reader, nsr_err *err) {
    const nsr_source *source = reader->source;
    reader->piece = nsr_fold_piece(source);
    if (!reader->stored) reader->stored = malloc((size_t)reader->piece * row_bytes(source));
    if (!reader->between) reader->between = malloc(2 * between_bytes(source) + 1);
    return (reader->stored && reader->between) ||
           nsr_fail(err, NSR_EINTERNAL, "out of memory for %lld stored frames", (long long)reader->piece);
}

void nsr_fold_close(nsr_reader *reader) {
    free(reader->stored);
    free(reader->between);
}

static void fold_row(const nsr_source *source, unsigned char *between, void *out, const void *in) {
    size_t half = between_bytes(source);
    for (int i = 0; i < source->n_folds; i++) {
        void *to = i + 1 == source->n_folds ? out : between + (i % 2 ? half : 0);
        if (source->shown.type == NSR_F32)
            row_f32(to, in, &source->fold[i], source->together[i]);
        else
            row_f64(to, in, &source->fold[i], source->together[i]);
        in = to;
    }
}

void nsr_fold_apply(const nsr_reader *reader, int64_t n, void *values) {
    const nsr_source *source = reader->source;
    size_t row = row_bytes(source), shown = (size_t)source->shown.n_bins * nsr_type_size(source->shown.type);
    for (int64_t i = 0; i < n; i++)
        fold_row(source, reader->between, (unsigned char *)values + (size_t)i * shown,
                 (unsigned char *)reader->stored + (size_t)i * row);
}
