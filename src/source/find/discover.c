/* SPDX-License-Identifier: MIT */
/* Finds the dataset that is the field: the one that --field names, the one that the format prefers, or the only
   candidate. Where none of these decides, the message lists the datasets of the file. */
#include "find.h"
#include "source/format/pandas.h"

#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lists objects that exist but cannot be opened: their format is newer than the library, or they are damaged. */
static void list_unopened(nsr_listing *list, hid_t file, const nsr_items *items) {
    for (size_t i = 0; i < items->n; i++) {
        const nsr_item *item = &items->item[i];
        if (!item->hard || (item->kind != H5O_TYPE_DATASET && item->kind != H5O_TYPE_UNKNOWN)) continue;
        if (nsr_h5_kind(file, item->path) == H5I_BADID) nsr_listing_add(list, item->path, "");
    }
}

void nsr_warn_unopened(hid_t file, const char *name) {
    nsr_listing list = {0};
    nsr_items items;
    nsr_err none = {0};
    char opener[200];
    if (!nsr_items_list(&items, file, name, &none)) return;
    list_unopened(&list, file, &items);
    nsr_items_free(&items);
    nsr_opener_text(opener);
    if (list.n) nsr_warn("%s: passed over: %s cannot be opened by %s", name, list.text, opener);
}

/* What the datasets of a file without candidates say. */
typedef struct refusals {
    nsr_err first; /* why the first dataset of four or more dimensions is refused */
    int n;         /* such datasets */
} refusals;

/* Describes a dataset for nsr_format.advise. */
static void look_at(nsr_found *found, nsr_catalog *catalog, const char *path, refusals *refused) {
    nsr_err why = {0};
    if (nsr_describe(found, catalog, path, &why)) return;
    if (found->field.n_dims > 3 && refused->n++ == 0) refused->first = why;
    found->field.n_dims = 0;
}

/* Datasets that the format shows only with options. False with an error that names the first one and its options. */
static bool advise(nsr_catalog *catalog, const nsr_format *format, const nsr_items *items, refusals *refused,
                   nsr_err *err) {
    nsr_found *found = calloc(1, sizeof *found);
    bool good = true;
    for (size_t i = 0; found && good && i < items->n; i++) {
        const nsr_item *item = &items->item[i];
        if (item->kind != H5O_TYPE_DATASET || strlen(item->path) >= sizeof found->field.path) continue;
        look_at(found, catalog, item->path, refused);
        good = !format->advise || format->advise(found, catalog->file, err);
    }
    free(found);
    return good;
}

/* The reason is worth more than a list of everything in the file. */
static bool fail_refused(const refusals *refused, nsr_err *err) {
    const char *plural = refused->n > 2 ? "s" : "";
    if (refused->n == 1) return nsr_fail(err, NSR_EDATA, "%s; no other dataset can be a field", refused->first.msg);
    return nsr_fail(err, NSR_EDATA, "%s; %d other dataset%s of four or more dimensions cannot be shown, either",
                    refused->first.msg, refused->n - 1, plural);
}

static bool nothing_found(nsr_catalog *catalog, const nsr_format *format, nsr_err *err) {
    hid_t file = catalog->file;
    const char *name = catalog->name;
    nsr_listing list = {0}, unopened = {0};
    nsr_items items;
    refusals refused = {.n = 0};
    if (!nsr_items_list(&items, file, name, err)) return false;
    if (!advise(catalog, format, &items, &refused, err)) {
        nsr_items_free(&items);
        return false;
    }
    list_unopened(&unopened, file, &items);
    for (size_t i = 0; i < items.n; i++) {
        char what[200], text[210];
        nsr_item_text(file, items.item[i].path, what, sizeof what);
        snprintf(text, sizeof text, "(%s)", what);
        if (items.item[i].kind != H5O_TYPE_GROUP || items.n <= NSR_LISTED)
            nsr_listing_add(&list, items.item[i].path, text);
    }
    nsr_items_free(&items);
    char opener[200];
    nsr_opener_text(opener);
    if (unopened.n)
        return nsr_fail(err, NSR_EDATA, "%s: no field found; %s cannot be opened by %s", name, unopened.text, opener);
    if (refused.n) return fail_refused(&refused, err);
    return nsr_fail(err, NSR_EDATA, "%s: no field found (numbers, frames x bins or frames x rows x columns); found: %s",
                    name, list.n ? list.text : "nothing, the file is empty");
}

/* The candidates that are found so far. */
typedef struct candidates {
    hid_t file;
    const nsr_format *format;
    nsr_listing list;
    char first[1024], preferred[1024], only_named[1024];
    nsr_preference best;
    int with_best; /* candidates of the best rank */
} candidates;

static void consider(const nsr_found *found, void *user) {
    candidates *all = user;
    char columns[NSR_PANDAS_COLUMNS];
    const char *path = found->field.path;
    nsr_preference this = all->format->prefer ? all->format->prefer(found, all->file) : (nsr_preference){0, NULL};
    if (all->list.n == 0) snprintf(all->first, sizeof all->first, "%s", path);
    nsr_pandas_columns(all->file, path, columns);
    nsr_listing_add_field(&all->list, &found->field, columns);
    if (this.rank == NSR_ONLY_NAMED) snprintf(all->only_named, sizeof all->only_named, "%s", path);
    if (this.rank == all->best.rank) all->with_best++;
    if (this.rank >= all->best.rank) return;
    all->best = this;
    all->with_best = 1;
    snprintf(all->preferred, sizeof all->preferred, "%s", path);
}

static bool discover_unnamed(char path[1024], nsr_catalog *catalog, nsr_err *err) {
    hid_t file = catalog->file;
    const char *name = catalog->name;
    candidates all = {.file = file, .format = nsr_format_of(file), .best.rank = NSR_ONLY_NAMED};
    int n = nsr_candidates(catalog, consider, &all, err);
    if (n < 0) return false;
    if (n == 0) return nothing_found(catalog, all.format, err);
    if (all.best.rank == NSR_ONLY_NAMED)
        return nsr_fail(err, NSR_EDATA, "%s: no posterior is found; %s is shown with --field %s", name, all.only_named,
                        all.only_named);
    if (all.best.rule && all.with_best == 1) {
        if (n > 1)
            nsr_note("%s: of %d variables %s is shown%s; --field shows another", name, n, all.preferred, all.best.rule);
        return nsr_take_path(path, all.preferred, err);
    }
    if (n > 1)
        return nsr_fail(err, NSR_EDATA, "%s: %d datasets can be the field: %s; choose one with --field", name, n,
                        all.list.text);
    nsr_warn_unopened(file, name);
    nsr_detail("%s: the only field is %s", name, all.first);
    return nsr_take_path(path, all.first, err);
}

bool nsr_discover(char path[1024], nsr_catalog *catalog, const nsr_config *config, nsr_err *err) {
    const nsr_list *names = &config->input_as.field;
    if (names->n == 0) return discover_unnamed(path, catalog, err);
    if (names->n > 1)
        return nsr_fail(err, NSR_EUSAGE, "--field names %d fields (%s, %s, ...); this command takes one", names->n,
                        names->item[0], names->item[1]);
    if (!nsr_resolve(path, catalog, names->item[0], err)) return false;
    bool whole = strcmp(nsr_last_component(path), nsr_last_component(names->item[0])) == 0;
    return whole || nsr_pandas_single(catalog->file, catalog->name, path, err); /* a group stands for its only block */
}
