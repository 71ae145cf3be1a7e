/* SPDX-License-Identifier: MIT */
/* Which dataset is meant: the one that --field names, or the only one that can be a field. Where the answer is not
   clear the message lists what there is. */
#include "source/format_and_way.h"

#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LISTED = 12 };

/* A list for a message, cut after LISTED entries. */
typedef struct listing {
    char text[700];
    int n;
} listing;

static void list_add(listing *list, const char *path, const char *what) {
    size_t used = strlen(list->text);
    if (list->n++ < LISTED)
        snprintf(list->text + used, sizeof list->text - used, "%s%s%s%s", used ? ", " : "", path, *what ? " " : "",
                 what);
    else if (list->n == LISTED + 1)
        snprintf(list->text + used, sizeof list->text - used, ", ...");
}

static const char *last_component(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool take_path(char out[1024], const char *path, nsr_err *err) {
    if (snprintf(out, 1024, "%s", path) < 1024) return true;
    return nsr_fail(err, NSR_EDATA, "%.80s...: paths in a file may have up to 1023 bytes", path);
}

/* --- without a name --- */

static bool is_candidate(nsr_found *found, hid_t file, const char *name, const nsr_item *item,
                         const nsr_format *format) {
    nsr_err why = {0};
    if (item->kind != H5O_TYPE_DATASET || !item->hard || strlen(item->path) >= sizeof found->field.path) return false;
    found->quiet = true;
    return nsr_describe(found, file, name, item->path, &why) && format->offers(file, item->path, &found->field) &&
           nsr_orient(found, file, NULL, format, &why);
}

int nsr_candidates(hid_t file, const char *name, void (*each)(const nsr_found *found, void *user), void *user,
                   nsr_err *err) {
    const nsr_format *format = nsr_format_of(file);
    nsr_found *found = malloc(sizeof *found);
    nsr_items items;
    int n = -1;
    if (!found) nsr_fail(err, NSR_EINTERNAL, "out of memory for the description of a dataset");
    if (found && nsr_walk(&items, file, name, err)) {
        n = 0;
        for (size_t i = 0; i < items.n; i++) {
            if (!is_candidate(found, file, name, &items.item[i], format)) continue;
            each(found, user);
            n++;
        }
        if (items.full)
            nsr_warn("%s: only the first %zu names were looked at; --field NAME finds the others", name, items.n);
        nsr_items_free(&items);
    }
    free(found);
    return n;
}

typedef struct choice {
    char path[1024];
    listing list;
} choice;

static void choose(const nsr_found *found, void *user) {
    choice *chosen = user;
    char shape[80];
    const nsr_field *field = &found->field;
    int at = snprintf(shape, sizeof shape, "(%lld", (long long)field->shape[0]);
    for (int i = 1; i < field->n_dims && at < 70; i++)
        at += snprintf(shape + at, sizeof shape - (size_t)at, " x %lld", (long long)field->shape[i]);
    snprintf(shape + at, sizeof shape - (size_t)at, ")");
    if (chosen->list.n == 0) snprintf(chosen->path, sizeof chosen->path, "%s", field->path);
    list_add(&chosen->list, field->path, shape);
}

/* Objects that are there, but of a format that is newer than the library (or damaged). */
static void list_unopened(listing *list, hid_t file, const nsr_items *items) {
    for (size_t i = 0; i < items->n; i++) {
        const nsr_item *item = &items->item[i];
        if (!item->hard || (item->kind != H5O_TYPE_DATASET && item->kind != H5O_TYPE_UNKNOWN)) continue;
        if (nsr_h5_kind(file, item->path) == H5I_BADID) list_add(list, item->path, "");
    }
}

void nsr_unopened_say(hid_t file, const char *name) {
    listing list = {0};
    nsr_items items;
    nsr_err none = {0};
    char opener[200];
    if (!nsr_walk(&items, file, name, &none)) return;
    list_unopened(&list, file, &items);
    nsr_items_free(&items);
    nsr_opener_text(opener);
    if (list.n) nsr_warn("%s: passed over: %s cannot be opened by %s", name, list.text, opener);
}

static bool nothing_found(hid_t file, const char *name, nsr_err *err) {
    listing list = {0}, unopened = {0};
    nsr_items items;
    if (!nsr_walk(&items, file, name, err)) return false;
    list_unopened(&unopened, file, &items);
    for (size_t i = 0; i < items.n; i++) {
        char what[200], text[210];
        nsr_item_text(file, items.item[i].path, what, sizeof what);
        snprintf(text, sizeof text, "(%s)", what);
        if (items.item[i].kind != H5O_TYPE_GROUP || items.n <= LISTED) list_add(&list, items.item[i].path, text);
    }
    nsr_items_free(&items);
    char opener[200];
    nsr_opener_text(opener);
    if (unopened.n)
        return nsr_fail(err, NSR_EDATA, "%s: no field found; %s cannot be opened by %s", name, unopened.text, opener);
    return nsr_fail(err, NSR_EDATA, "%s: no field found (numbers, frames x bins or frames x rows x columns); found: %s",
                    name, list.n ? list.text : "nothing, the file is empty");
}

static bool discover_unnamed(char path[1024], hid_t file, const char *name, nsr_err *err) {
    choice chosen = {0};
    int n = nsr_candidates(file, name, choose, &chosen, err);
    if (n < 0) return false;
    if (n == 0) return nothing_found(file, name, err);
    if (n > 1)
        return nsr_fail(err, NSR_EDATA, "%s: %d datasets can be the field: %s; choose one with --field", name, n,
                        chosen.list.text);
    nsr_unopened_say(file, name);
    nsr_detail("%s: the only field is %s", name, chosen.path);
    return take_path(path, chosen.path, err);
}

/* --- with a name --- */

static bool holds(const nsr_items *items, const char *group, const char *child) {
    size_t length = strlen(group);
    for (size_t i = 0; i < items->n; i++)
        if (strncmp(items->item[i].path, group, length) == 0 && items->item[i].path[length] == '/' &&
            strcmp(items->item[i].path + length + 1, child) == 0)
            return true;
    return false;
}

/* A dataset of that name, or a series of that name, which means its data. */
static bool is_named(const nsr_items *items, const nsr_item *item, const char *name) {
    if (strcmp(last_component(item->path), name) != 0) return false;
    return item->kind == H5O_TYPE_DATASET || (item->kind == H5O_TYPE_GROUP && holds(items, item->path, "data"));
}

static bool resolve_last(char path[1024], const nsr_items *items, const char *file_name, const char *name,
                         nsr_err *err) {
    listing list = {0};
    const nsr_item *match = NULL;
    for (size_t i = 0; i < items->n; i++) {
        if (!is_named(items, &items->item[i], name)) continue;
        match = &items->item[i];
        list_add(&list, match->path, "");
    }
    if (list.n == 0) return false;
    if (list.n > 1)
        return nsr_fail(err, NSR_EDATA, "%s: '%s' may mean %s; give the whole path", file_name, name, list.text);
    char whole[1100];
    snprintf(whole, sizeof whole, "%.1050s%s", match->path, match->kind == H5O_TYPE_GROUP ? "/data" : "");
    return take_path(path, whole, err);
}

static bool list_children(hid_t file, const char *group, const nsr_items *items, listing *list) {
    size_t length = strcmp(group, "/") == 0 ? 0 : strlen(group);
    for (size_t i = 0; i < items->n; i++) {
        const char *path = items->item[i].path;
        if (strncmp(path, group, length) == 0 && path[length] == '/' && !strchr(path + length + 1, '/'))
            list_add(list, path + length + 1, "");
    }
    return nsr_h5_kind(file, group) == H5I_GROUP;
}

/* A dataset whose last component is nearly `name`, or NULL. */
static const char *nearly(const nsr_items *items, const char *name) {
    for (size_t i = 0; i < items->n; i++) {
        const char *last = last_component(items->item[i].path);
        if (items->item[i].kind == H5O_TYPE_DATASET && nsr_nearest(name, &last, 1)) return items->item[i].path;
    }
    return NULL;
}

/* A bare name stands for the last component of any path: what there is are the fields of the whole file. */
static bool no_such_name(hid_t file, const nsr_items *items, const char *file_name, const char *name, nsr_err *err) {
    choice all = {0};
    nsr_err ignored = {0};
    const char *near = nearly(items, name);
    int n = nsr_candidates(file, file_name, choose, &all, &ignored);
    return nsr_fail(err, NSR_EDATA, "%s: /: no dataset '%s'%s%s%s; found: %s", file_name, name,
                    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "",
                    n > 0 ? all.list.text : "no field");
}

/* Says at which step of the path the way ends. */
static bool explain(hid_t file, const nsr_items *items, const char *file_name, const char *path, nsr_err *err) {
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
    listing list = {0};
    char *slash = strrchr(head, '/');
    const char *missing = slash + 1;
    *slash = 0;
    if (!head[0]) return no_such_name(file, items, file_name, missing, err);
    bool group = list_children(file, head, items, &list);
    if (!group) return nsr_fail(err, NSR_EDATA, "%s: %s: is no group, so it holds no '%s'", file_name, head, missing);
    return nsr_fail(err, NSR_EDATA, "%s: %s: no dataset '%s'; found: %s", file_name, head, missing,
                    list.n ? list.text : "nothing");
}

static bool resolve_group(char path[1024], hid_t file, const nsr_items *items, const char *file_name, const char *group,
                          nsr_err *err) {
    char data[1100];
    listing list = {0};
    snprintf(data, sizeof data, "%s%sdata", group, strcmp(group, "/") == 0 ? "" : "/");
    if (nsr_h5_kind(file, data) == H5I_DATASET) return take_path(path, data, err);
    list_children(file, group, items, &list);
    return nsr_fail(err, NSR_EDATA, "%s: %s: is a group, not a dataset; it holds: %s", file_name, group,
                    list.n ? list.text : "nothing");
}

bool nsr_resolve(char path[1024], hid_t file, const char *file_name, const char *name, nsr_err *err) {
    char whole[1024];
    nsr_items items;
    size_t length = strlen(name);
    while (length > 1 && name[length - 1] == '/')
        length--;
    if (length == 0 || length + 2 > sizeof whole)
        return nsr_fail(err, NSR_EUSAGE, "'%.80s' is no name of a dataset", name);
    snprintf(whole, sizeof whole, "%s%.*s", name[0] == '/' ? "" : "/", (int)length, name);
    H5I_type_t kind = nsr_h5_kind(file, whole);
    if (kind == H5I_DATASET) return take_path(path, whole, err);
    if (!nsr_walk(&items, file, file_name, err)) return false;
    bool good = kind == H5I_GROUP ? resolve_group(path, file, &items, file_name, whole, err)
                                  : !strchr(whole + 1, '/') && resolve_last(path, &items, file_name, whole + 1, err);
    if (!good && nsr_good(err)) explain(file, &items, file_name, whole, err);
    nsr_items_free(&items);
    return good;
}

bool nsr_discover(char path[1024], hid_t file, const nsr_config *config, nsr_err *err) {
    const nsr_list *names = &config->input_as.field;
    const nsr_format *format = nsr_format_of(file);
    if (names->n == 0 && format->choose && (format->choose(path, file, config->input, err) || !nsr_good(err)))
        return nsr_good(err);
    if (names->n == 0) return discover_unnamed(path, file, config->input, err);
    if (names->n > 1)
        return nsr_fail(err, NSR_EUSAGE, "--field names %d fields (%s, %s, ...); this command takes one", names->n,
                        names->item[0], names->item[1]);
    return nsr_resolve(path, file, config->input, names->item[0], err);
}
