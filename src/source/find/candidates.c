/* SPDX-License-Identifier: MIT */
/* The datasets that may be the field when none is named. */
#include "find.h"

#include <nsrender/log.h>
#include <stdlib.h>
#include <string.h>

static bool is_candidate(nsr_found *found, nsr_catalog *catalog, const nsr_item *item, const nsr_format *format) {
    nsr_err why = {0};
    if (item->kind != H5O_TYPE_DATASET || !item->hard || strlen(item->path) >= sizeof found->field.path) return false;
    found->quiet = true;
    return nsr_describe(found, catalog, item->path, &why) && format->offers(catalog, item->path, &found->field) &&
           nsr_orient(found, catalog->file, NULL, format, &why);
}

int nsr_candidates(nsr_catalog *catalog, void (*each)(const nsr_found *found, void *user), void *user, nsr_err *err) {
    const nsr_format *format = nsr_format_of(catalog->file);
    nsr_found *found = malloc(sizeof *found);
    nsr_items items;
    int n = -1;
    if (!found) nsr_fail(err, NSR_EINTERNAL, "out of memory for the description of a dataset");
    if (found && nsr_items_list(&items, catalog->file, catalog->name, err)) {
        n = 0;
        for (size_t i = 0; i < items.n; i++) {
            if (!is_candidate(found, catalog, &items.item[i], format)) continue;
            each(found, user);
            n++;
        }
        if (items.full)
            nsr_warn("%s: only the first %zu names were searched; --field NAME finds the others", catalog->name,
                     items.n);
        nsr_items_free(&items);
    }
    free(found);
    return n;
}
