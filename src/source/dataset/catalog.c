/* SPDX-License-Identifier: MIT */
/* Paths of objects by their addresses: all links of the file are visited once, and sorted. */
#include "catalog.h"

#include "base/grow.h"

#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PLACES = 1 << 20, MAX_PATH = 1024 };

static void forget_places(nsr_catalog *catalog) {
    for (size_t i = 0; i < catalog->n_places; i++)
        free(catalog->place[i].path);
    free(catalog->place);
    catalog->place = NULL;
    catalog->n_places = catalog->room = 0;
}

static herr_t add_place(hid_t root, const char *name, const H5L_info_t *link, void *user) {
    nsr_catalog *catalog = user;
    (void)root;
    if (link->type != H5L_TYPE_HARD || strlen(name) + 2 > MAX_PATH) return 0;
    if (catalog->n_places == MAX_PLACES) return 1;
    nsr_place place = {link->u.address, catalog->n_places, NULL};
    nsr_place *list = nsr_grow(catalog->place, catalog->n_places, &catalog->room, sizeof *list);
    if (list) catalog->place = list;
    if (!list || asprintf(&place.path, "/%s", name) < 0) return 1;
    list[catalog->n_places++] = place;
    return 0;
}

static int by_address(const void *a, const void *b) {
    const nsr_place *x = a, *y = b;
    if (x->address != y->address) return x->address < y->address ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/* An external link may have led to another file than the last one. */
static void walk(nsr_catalog *catalog, hid_t object, unsigned long number) {
    forget_places(catalog);
    hid_t file = H5Iget_file_id(object);
    if (file >= 0 && H5Lvisit(file, H5_INDEX_NAME, H5_ITER_INC, add_place, catalog) > 0)
        nsr_warn("%s: has more than %zu links: dimensions whose names are behind these have none", catalog->name,
                 catalog->n_places);
    nsr_h5_close(file);
    if (catalog->n_places) qsort(catalog->place, catalog->n_places, sizeof *catalog->place, by_address);
    catalog->number = number;
    catalog->walked = true;
}

const char *nsr_catalog_path(nsr_catalog *catalog, hid_t object) {
    H5O_info_t info;
    if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) return NULL;
    if (!catalog->walked || catalog->number != info.fileno) walk(catalog, object, info.fileno);
    size_t low = 0, high = catalog->n_places;
    while (low < high) { /* the first of this address */
        size_t middle = low + (high - low) / 2;
        if (catalog->place[middle].address < info.addr)
            low = middle + 1;
        else
            high = middle;
    }
    return low < catalog->n_places && catalog->place[low].address == info.addr ? catalog->place[low].path : NULL;
}

void nsr_catalog_free(nsr_catalog *catalog) {
    forget_places(catalog);
    catalog->walked = false;
    free(catalog->size);
    catalog->size = NULL;
    catalog->n_sizes = 0;
}
