/* SPDX-License-Identifier: MIT */
/* Virtual datasets of virtual datasets: a source is there, but sources of it are missing. Their boxes are carried from
   the source to the outer dataset, dimension by dimension, because a mapping fills its selection in the order of the
   indices. Where the two selections have unlike shapes, the whole box of the mapping counts as missing. */
#include "missing.h"

#include <stdlib.h>

enum {
    MOST_BLOCKS = 1 << 20 /* of a selection, along one dimension */,
    MOST_RUNS = 64 /* of an answer, along one dimension */,
    MOST_BOXES = 4096
};

/* Indices of the outer dataset along one dimension. */
typedef struct run_list {
    nsr_runs item[MOST_RUNS];
    int n;
    bool full; /* there are more */
} run_list;

static int64_t length_of(const nsr_runs *r) { return r->n * r->block; }

static void append(run_list *list, int64_t first, int64_t length) {
    nsr_runs *last = list->n ? &list->item[list->n - 1] : NULL;
    if (last && last->n == 1 && first == last->first + last->block) {
        last->block += length;
    } else if (last && length == last->block && (last->n == 1 || first == last->first + last->n * last->step)) {
        if (last->n == 1) last->step = first - last->first;
        last->n++;
    } else if (list->n == MOST_RUNS) {
        list->full = true;
    } else {
        list->item[list->n++] = (nsr_runs){first, length, 1, length};
    }
}

/* The lost indices among `length` from `source` on lie as far behind `filled`. */
static void append_lost(run_list *list, const nsr_runs *lost, int64_t source, int64_t filled, int64_t length) {
    int64_t from = source - lost->first - lost->block + 1, k = lost->n > 1 && from > 0 ? from / lost->step : 0;
    for (; k < lost->n && !list->full; k++) {
        int64_t first = lost->first + k * lost->step, end = first + lost->block;
        if (first >= source + length) break;
        if (first < source) first = source;
        if (end > source + length) end = source + length;
        if (first < end) append(list, filled + first - source, end - first);
    }
}

/* Fills the list with the indices of `filled` whose values come from lost indices of `taken`. */
static void carry(run_list *list, const nsr_runs *lost, const nsr_runs *taken, const nsr_runs *filled) {
    list->full = taken->n > MOST_BLOCKS || filled->n > MOST_BLOCKS || lost->n > MOST_BLOCKS;
    for (int64_t at = 0, n; at < length_of(filled) && !list->full; at += n) {
        int64_t in_taken = at % taken->block, in_filled = at % filled->block;
        n = taken->block - in_taken < filled->block - in_filled ? taken->block - in_taken : filled->block - in_filled;
        append_lost(list, lost, taken->first + at / taken->block * taken->step + in_taken,
                    filled->first + at / filled->block * filled->step + in_filled, n);
    }
    if (!list->full) return;
    list->item[0] = *filled;
    list->n = 1;
}

/* The dimension of `box` from `dim` on that has more than one index; n_dims: there is none. */
static int next_long(const nsr_missing *box, int dim) {
    while (dim < box->n_dims && length_of(&box->along[dim]) == 1)
        dim++;
    return dim;
}

/* Fills from[outer dim] with the dimension of the source, -1 for those of length 1. False: the shapes are unlike. */
static bool match_dims(int from[NSR_DIMS], const nsr_missing *filled, const nsr_missing *taken) {
    int source = next_long(taken, 0);
    for (int i = 0; i < filled->n_dims; i++) {
        from[i] = -1;
        if (length_of(&filled->along[i]) == 1) continue;
        if (source == taken->n_dims || length_of(&taken->along[source]) != length_of(&filled->along[i])) return false;
        from[i] = source;
        source = next_long(taken, source + 1);
    }
    return source == taken->n_dims;
}

/* Pushes the product of the lists. */
static bool push_product(nsr_missing_list *list, nsr_missing *box, const run_list along[NSR_DIMS], nsr_err *err) {
    int64_t n = 1;
    for (int i = 0; i < box->n_dims; i++)
        n *= along[i].n;
    for (int64_t k = 0; k < n; k++) {
        for (int64_t i = 0, rest = k; i < box->n_dims; rest /= along[i++].n)
            box->along[i] = along[i].item[rest % along[i].n];
        if (!nsr_missing_push(list, box, err)) return false;
    }
    return true;
}

static bool misses_single(const nsr_missing *lost, const nsr_missing *taken) {
    for (int i = 0; i < taken->n_dims; i++)
        if (length_of(&taken->along[i]) == 1 && !nsr_missing_covers(lost, i, taken->along[i].first)) return true;
    return false;
}

bool nsr_missing_nest(nsr_missing_list *list, const nsr_missing *filled, const nsr_missing *taken,
                      const nsr_missing *lost, nsr_err *err) {
    int from[NSR_DIMS], n = 1;
    nsr_missing box = *lost;
    bool alike = match_dims(from, filled, taken);
    run_list *along = calloc(NSR_DIMS, sizeof *along);
    if (!along) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the boxes of a virtual dataset");
    box.n_dims = filled->n_dims;
    for (int i = 0; i < filled->n_dims; i++) {
        if (alike && from[i] >= 0) carry(&along[i], &lost->along[from[i]], &taken->along[from[i]], &filled->along[i]);
        if (!alike || from[i] < 0 || n * along[i].n > MOST_BOXES)
            along[i] = (run_list){.item = {filled->along[i]}, .n = 1};
        n *= along[i].n;
    }
    if (!alike || !misses_single(lost, taken)) push_product(list, &box, along, err);
    free(along);
    return nsr_good(err);
}
