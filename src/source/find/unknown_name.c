/* SPDX-License-Identifier: MIT */
/* The error for a name that no dataset has: it lists the names that exist. */
#include "find.h"

#include <stdio.h>
#include <string.h>

/* A dataset whose last component is nearly `name`, or NULL. */
static const char *nearly(const nsr_items *items, const char *name) {
    for (size_t i = 0; i < items->n; i++) {
        const char *last = nsr_last_component(items->item[i].path);
        if (items->item[i].kind == H5O_TYPE_DATASET && nsr_nearest(name, &last, 1)) return items->item[i].path;
    }
    return NULL;
}

static void add_candidate(const nsr_found *found, void *list) { nsr_listing_add_field(list, &found->field, ""); }

/* A bare name may be the last component of any path, so the message lists the candidates of the whole file. */
static bool no_such_name(nsr_catalog *catalog, const nsr_items *items, const char *name, nsr_err *err) {
    nsr_listing all = {0};
    nsr_err ignored = {0};
    const char *near = nearly(items, name);
    int n = nsr_candidates(catalog, add_candidate, &all, &ignored);
    return nsr_fail(err, NSR_EDATA, "%s: /: no dataset '%s'%s%s%s; found: %s", catalog->name, name,
                    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "", n > 0 ? all.text : "no field");
}

/* Names the first component of the path that does not exist or cannot be opened. */
static bool explain(nsr_catalog *catalog, const nsr_items *items, const char *path, nsr_err *err) {
    hid_t file = catalog->file;
    const char *file_name = catalog->name;
    char head[1024], what[300];
    snprintf(head, sizeof head, "%s", path);
    for (char *slash = strchr(head + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash) *slash = 0;
        if (nsr_h5_kind(file, head) == H5I_BADID) break;
        if (!slash) break;
        *slash = '/';
    }
    if (H5Lexists(file, head, H5P_DEFAULT) > 0) {
        nsr_item_text(file, head, what, sizeof what);
        return nsr_fail(err, NSR_EDATA, "%s: %s: %s", file_name, head, what);
    }
    H5Eclear2(H5E_DEFAULT);
    nsr_listing list = {0};
    char *slash = strrchr(head, '/');
    const char *missing = slash + 1;
    *slash = 0;
    if (!head[0]) return no_such_name(catalog, items, missing, err);
    bool group = nsr_listing_children(&list, file, head, items);
    if (!group) return nsr_fail(err, NSR_EDATA, "%s: %s: is no group, so it holds no '%s'", file_name, head, missing);
    return nsr_fail(err, NSR_EDATA, "%s: %s: no dataset '%s'; found: %s", file_name, head, missing,
                    list.n ? list.text : "nothing");
}

bool nsr_resolve(char path[1024], nsr_catalog *catalog, const char *name, nsr_err *err) {
    nsr_items items;
    if (nsr_name_find(path, catalog->file, catalog->name, name, err)) return true;
    if (!nsr_good(err) || !nsr_items_list(&items, catalog->file, catalog->name, err)) return false;
    explain(catalog, &items, path, err);
    nsr_items_free(&items);
    return false;
}
