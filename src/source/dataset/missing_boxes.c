/* SPDX-License-Identifier: MIT */
/* The boxes of a virtual dataset that missing sources leave without values. */
#include "missing.h"

#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_BLOCKS = 4096 /* of an irregular selection */, SHOWN = 3 /* sources in a warning */ };

void nsr_missing_free(nsr_missing_list *list) {
    free(list->item);
    *list = (nsr_missing_list){0};
}

bool nsr_missing_covers(const nsr_missing *missing, int dim, int64_t index) {
    const nsr_runs *r = &missing->along[dim];
    if (index < r->first) return false;
    int64_t from = index - r->first;
    return r->n > 1 ? from / r->step < r->n && from % r->step < r->block : from < r->block;
}

bool nsr_missing_covers_item(const nsr_missing_list *list, int64_t index) {
    for (int64_t i = 0; i < list->n; i++) {
        const nsr_missing *missing = &list->item[i];
        bool first = nsr_missing_covers(missing, 0, index),
             second = missing->n_dims > 1 && nsr_missing_covers(missing, 1, index);
        if (missing->n_dims == 1
                ? first
                : (first && nsr_missing_covers(missing, 1, 0)) || (second && nsr_missing_covers(missing, 0, 0)))
            return true;
    }
    return false;
}

static nsr_runs one_run(hsize_t first, hsize_t end) {
    return (nsr_runs){(int64_t)first, (int64_t)(end - first), 1, (int64_t)(end - first)};
}

bool nsr_missing_push(nsr_missing_list *list, const nsr_missing *missing, nsr_err *err) {
    if (list->n == list->room) {
        int64_t room = list->room ? 2 * list->room : 16;
        nsr_missing *item = realloc(list->item, (size_t)room * sizeof *item);
        if (!item) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the missing sources of a virtual dataset");
        list->item = item;
        list->room = room;
    }
    list->item[list->n++] = *missing;
    return true;
}

/* A regular selection; an unlimited count ends where the virtual dataset ends. */
static bool add_regular(nsr_missing_list *list, const hsize_t *shape, nsr_missing *missing, hid_t filled,
                        nsr_err *err) {
    hsize_t start[H5S_MAX_RANK], stride[H5S_MAX_RANK], count[H5S_MAX_RANK], block[H5S_MAX_RANK];
    if (H5Sget_regular_hyperslab(filled, start, stride, count, block) < 0)
        return nsr_h5_fail(err, NSR_EDATA, "a mapping of a virtual dataset cannot be read");
    for (int i = 0; i < missing->n_dims; i++) {
        bool endless = count[i] == H5S_UNLIMITED || block[i] == H5S_UNLIMITED;
        hsize_t rest = shape[i] > start[i] ? shape[i] - start[i] : 0;
        if (block[i] == H5S_UNLIMITED) block[i] = rest;
        if (endless) count[i] = stride[i] ? rest / stride[i] + (rest % stride[i] > 0) : 1;
        missing->along[i] = (nsr_runs){(int64_t)start[i], (int64_t)stride[i], (int64_t)count[i], (int64_t)block[i]};
    }
    return nsr_missing_push(list, missing, err);
}

static bool add_bounds(nsr_missing_list *list, nsr_missing *missing, hid_t filled, nsr_err *err) {
    hsize_t first[H5S_MAX_RANK], last[H5S_MAX_RANK];
    if (H5Sget_select_bounds(filled, first, last) < 0)
        return nsr_h5_fail(err, NSR_EDATA, "a mapping of a virtual dataset cannot be read");
    for (int i = 0; i < missing->n_dims; i++)
        missing->along[i] = one_run(first[i], last[i] + 1);
    return nsr_missing_push(list, missing, err);
}

static bool add_blocks(nsr_missing_list *list, nsr_missing *missing, hid_t filled, hsize_t n, nsr_err *err) {
    size_t row = 2 * (size_t)missing->n_dims;
    hsize_t *corner = malloc((size_t)n * row * sizeof *corner);
    if (!corner) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the boxes of a virtual dataset");
    bool good = H5Sget_select_hyper_blocklist(filled, 0, n, corner) >= 0 ||
                nsr_h5_fail(err, NSR_EDATA, "a mapping of a virtual dataset cannot be read");
    for (hsize_t k = 0; good && k < n; k++) {
        const hsize_t *low = corner + k * row, *high = low + missing->n_dims;
        for (int i = 0; i < missing->n_dims; i++)
            missing->along[i] = one_run(low[i], high[i] + 1);
        good = nsr_missing_push(list, missing, err);
    }
    free(corner);
    return good;
}

bool nsr_missing_add(nsr_missing_list *list, nsr_missing *missing, hid_t filled, const hsize_t *shape, nsr_err *err) {
    bool slab = H5Sget_select_type(filled) == H5S_SEL_HYPERSLABS;
    if (slab && H5Sis_regular_hyperslab(filled) > 0) return add_regular(list, shape, missing, filled, err);
    hssize_t n = slab ? H5Sget_select_hyper_nblocks(filled) : 0;
    return n > 0 && n <= MOST_BLOCKS ? add_blocks(list, missing, filled, (hsize_t)n, err)
                                     : add_bounds(list, missing, filled, err);
}

void nsr_missing_warn(const nsr_missing_list *list, const char *file, const char *path) {
    char text[1300] = "";
    size_t used = 0;
    for (int64_t i = 0; i < list->n && i < SHOWN; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %s", i ? "; " : "", list->item[i].source,
                                 list->item[i].why);
    if (list->n > SHOWN) snprintf(text + used, sizeof text - used, "; and %lld more", (long long)(list->n - SHOWN));
    if (list->n > 0)
        nsr_warn("%s: %s: its frames are not all there: %s (sources of this virtual dataset; put them back)", file,
                 path, text);
}
