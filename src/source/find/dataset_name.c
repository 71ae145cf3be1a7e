/* SPDX-License-Identifier: MIT */
/* The path of the dataset that a name given by the user means: a whole path, a group that holds `data` (or the values
   of a frame of pandas), or the last component of exactly one path. */
#include "base/utf8.h"
#include "find.h"

#include <stdio.h>
#include <string.h>

const char *nsr_last_component(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool nsr_take_path(char out[1024], const char *path, nsr_err *err) {
    if (snprintf(out, 1024, "%s", path) < 1024) return true;
    return nsr_fail(err, NSR_EDATA, "%.80s...: paths in a file may have up to 1023 bytes", path);
}

/* What a group may hold that its name means. */
static const char *const children[] = {"data", "block0_values"};

/* Does the group have this child? Its contents follow it in the list. */
static bool holds(const nsr_items *items, const nsr_item *group, const char *child) {
    size_t length = strlen(group->path);
    for (const nsr_item *item = group + 1; item < items->item + items->n; item++) {
        if (strncmp(item->path, group->path, length) != 0 || item->path[length] != '/') return false;
        if (strcmp(item->path + length + 1, child) == 0) return true;
    }
    return false;
}

/* The child that a group means; NULL: none. */
static const char *meant_child(const nsr_items *items, const nsr_item *item) {
    for (size_t i = 0; item->kind == H5O_TYPE_GROUP && i < NSR_COUNTOF(children); i++)
        if (holds(items, item, children[i])) return children[i];
    return NULL;
}

/* Is it a dataset of this name, or a group of this name that means one? */
static bool is_named(const nsr_items *items, const nsr_item *item, const char *name) {
    if (strcmp(nsr_last_component(item->path), name) != 0) return false;
    return item->kind == H5O_TYPE_DATASET || meant_child(items, item);
}

static bool resolve_last(char path[1024], const nsr_items *items, const char *file_name, const char *name,
                         nsr_err *err) {
    nsr_listing list = {0};
    const nsr_item *match = NULL;
    for (size_t i = 0; i < items->n; i++) {
        if (!is_named(items, &items->item[i], name)) continue;
        match = &items->item[i];
        nsr_listing_add(&list, match->path, "");
    }
    if (list.n == 0) return false;
    if (list.n > 1)
        return nsr_fail(err, NSR_EDATA, "%s: '%s' may mean %s; give the whole path", file_name, name, list.text);
    char whole[1100];
    const char *child = meant_child(items, match);
    snprintf(whole, sizeof whole, "%.1050s%s%s", match->path, child ? "/" : "", child ? child : "");
    return nsr_take_path(path, whole, err);
}

static bool resolve_group(char path[1024], hid_t file, const nsr_items *items, const char *file_name, const char *group,
                          nsr_err *err) {
    char data[1100];
    nsr_listing list = {0};
    for (size_t i = 0; i < NSR_COUNTOF(children); i++) {
        snprintf(data, sizeof data, "%s/%s", strcmp(group, "/") == 0 ? "" : group, children[i]);
        if (nsr_h5_kind(file, data) == H5I_DATASET) return nsr_take_path(path, data, err);
    }
    nsr_listing_children(&list, file, group, items);
    return nsr_fail(err, NSR_EDATA, "%s: %s: is a group, not a dataset; it holds: %s", file_name, group,
                    list.n ? list.text : "nothing");
}

static bool find_name(char path[1024], hid_t file, const char *file_name, const char *name, nsr_err *err) {
    char whole[1024];
    nsr_items items;
    size_t length = strlen(name);
    while (length > 1 && name[length - 1] == '/')
        length--;
    if (length == 0 || length + 2 > sizeof whole)
        return nsr_fail(err, NSR_EUSAGE, "'%.80s' is no name of a dataset", name);
    snprintf(whole, sizeof whole, "%s%.*s", name[0] == '/' ? "" : "/", (int)length, name);
    H5I_type_t kind = nsr_h5_kind(file, whole);
    nsr_take_path(path, whole, err);
    if (kind == H5I_DATASET) return true;
    if (!nsr_items_list(&items, file, file_name, err)) return false;
    bool good = kind == H5I_GROUP ? resolve_group(path, file, &items, file_name, whole, err)
                                  : !strchr(whole + 1, '/') && resolve_last(path, &items, file_name, whole + 1, err);
    nsr_items_free(&items);
    return good;
}

bool nsr_name_find(char path[1024], hid_t file, const char *file_name, const char *name, nsr_err *err) {
    char plain[1024], other[1024];
    if (find_name(path, file, file_name, name, err)) return true;
    return nsr_good(err) && nsr_text_unescape(plain, sizeof plain, name) &&
           find_name(other, file, file_name, plain, err) && nsr_take_path(path, other, err);
}

bool nsr_name_beside(char path[1024], hid_t file, const nsr_field *field, const char *name) {
    int folder = (int)(strrchr(field->path, '/') - field->path);
    return !strchr(name, '/') && snprintf(path, 1024, "%.*s/%s", folder, field->path, name) < 1024 &&
           nsr_h5_kind(file, path) == H5I_DATASET;
}
