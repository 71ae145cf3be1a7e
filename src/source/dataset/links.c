/* SPDX-License-Identifier: MIT */
/* The links of a file. Soft and external links are listed but not followed, so that a loop of links ends; the number of
   links is bounded, so that a file with millions of them does not fill the memory. */
#include "dataset.h"

#include "base/grow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ITEMS = 100000 };

static herr_t add_link(hid_t root, const char *name, const H5L_info_t *link, void *user) {
    nsr_items *items = user;
    if (items->n == MAX_ITEMS) {
        items->full = true;
        return 1;
    }
    nsr_item item = {.kind = H5O_TYPE_UNKNOWN, .hard = link->type == H5L_TYPE_HARD, .address = HADDR_UNDEF};
    H5O_info_t object;
    if (link->type != H5L_TYPE_EXTERNAL &&
        H5Oget_info_by_name2(root, name, &object, H5O_INFO_BASIC, H5P_DEFAULT) >= 0) {
        item.kind = object.type;
        item.file_number = object.fileno;
        item.address = object.addr;
    }
    nsr_item *list = nsr_grow(items->item, items->n, &items->room, sizeof *list);
    if (list) items->item = list;
    if (!list || asprintf(&item.path, "/%s", name) < 0) return -1;
    list[items->n++] = item;
    return 0;
}

bool nsr_items_list(nsr_items *items, hid_t file, const char *name, nsr_err *err) {
    *items = (nsr_items){0};
    if (H5Lvisit(file, H5_INDEX_NAME, H5_ITER_INC, add_link, items) < 0)
        return nsr_h5_fail(err, NSR_EDATA, "%s: its groups cannot be listed", name);
    H5Eclear2(H5E_DEFAULT);
    return true;
}

void nsr_items_free(nsr_items *items) {
    for (size_t i = 0; i < items->n; i++)
        free(items->item[i].path);
    free(items->item);
    *items = (nsr_items){0};
}

static void link_text(hid_t file, const char *path, const H5L_info_t *link, char *text, size_t size) {
    char value[2048] = "";
    const char *target = NULL, *object = NULL;
    unsigned flags;
    bool read = link->u.val_size < sizeof value && H5Lget_val(file, path, value, sizeof value, H5P_DEFAULT) >= 0;
    if (link->type == H5L_TYPE_SOFT)
        snprintf(text, size, "is a soft link to '%s', which is not there or is a loop", read ? value : "?");
    else if (read && H5Lunpack_elink_val(value, link->u.val_size, &flags, &target, &object) >= 0)
        snprintf(text, size, "is an external link to '%s' in file %s, which cannot be opened", object, target);
    else
        snprintf(text, size, "is a link that cannot be followed");
}

/* "2-D: 48 x 149, float" */
static void shape_text(hid_t dataset, char *text, size_t size) {
    hsize_t shape[H5S_MAX_RANK];
    int dims = nsr_h5_shape(dataset, H5S_MAX_RANK, shape), at = 0;
    hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset);
    bool null = H5Sget_simple_extent_type(space) == H5S_NULL, empty = false;
    at = null        ? snprintf(text, size, "null")
         : dims == 0 ? snprintf(text, size, "scalar")
                     : snprintf(text, size, "%d-D: ", dims);
    for (int i = 0; i < dims && at < (int)size; i++) {
        at += snprintf(text + at, size - (size_t)at, i ? " x %llu" : "%llu", (unsigned long long)shape[i]);
        empty = empty || shape[i] == 0;
    }
    if (at < (int)size) snprintf(text + at, size - (size_t)at, ", %s%s", nsr_type_word(type), empty ? ", empty" : "");
    nsr_h5_close(type);
    nsr_h5_close(space);
}

void nsr_item_text(hid_t file, const char *path, char *text, size_t size) {
    H5L_info_t link;
    hid_t object = H5Oopen(file, path, H5P_DEFAULT);
    snprintf(text, size, "is not there");
    if (object >= 0 && H5Iget_type(object) == H5I_DATASET)
        shape_text(object, text, size);
    else if (object >= 0)
        snprintf(text, size, H5Iget_type(object) == H5I_GROUP ? "is a group" : "is a named type");
    else if (H5Lget_info(file, path, &link, H5P_DEFAULT) >= 0 && link.type != H5L_TYPE_HARD)
        link_text(file, path, &link, text, size);
    nsr_h5_close(object);
    H5Eclear2(H5E_DEFAULT);
}
