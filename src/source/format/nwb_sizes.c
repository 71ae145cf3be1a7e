/* SPDX-License-Identifier: MIT */
/* The numbers of bins of the environments that an NWB file keeps in /scratch. */
#include "base/grow.h"
#include "base/json_parse.h"
#include "nwb_fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool add_size(nsr_catalog *catalog, int64_t size) {
    int64_t *list = nsr_grow(catalog->size, catalog->n_sizes, &catalog->sizes_room, sizeof *list);
    if (!list) return false;
    catalog->size = list;
    list[catalog->n_sizes++] = size;
    return true;
}

static herr_t read_size(hid_t scratch, const char *name, const H5L_info_t *link, void *user) {
    (void)link;
    nsr_err none = {0};
    char path[1024];
    snprintf(path, sizeof path, "%s/metadata", name);
    if (nsr_h5_kind(scratch, path) != H5I_DATASET) return 0;
    char *text = nsr_h5_text(scratch, path, &none);
    json_t *metadata = text ? nsr_json_parse(text, strlen(text), 0, NSR_JSON_STORED, NULL) : NULL;
    json_t *n = json_object_get(metadata, "n_bins");
    bool good = !json_is_integer(n) || add_size(user, json_integer_value(n));
    json_decref(metadata);
    free(text);
    return good ? 0 : 1;
}

static int by_size(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

bool nsr_nwb_sizes_allow(nsr_catalog *catalog, int64_t n_bins) {
    if (!catalog->sized && nsr_h5_kind(catalog->file, "/scratch") == H5I_GROUP &&
        H5Literate_by_name(catalog->file, "/scratch", H5_INDEX_NAME, H5_ITER_INC, NULL, read_size, catalog,
                           H5P_DEFAULT) < 0)
        H5Eclear2(H5E_DEFAULT);
    if (!catalog->sized && catalog->n_sizes) qsort(catalog->size, catalog->n_sizes, sizeof *catalog->size, by_size);
    catalog->sized = true;
    return catalog->n_sizes == 0 || bsearch(&n_bins, catalog->size, catalog->n_sizes, sizeof n_bins, by_size);
}
