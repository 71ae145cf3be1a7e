/* SPDX-License-Identifier: MIT */
/* Are the sources of a virtual dataset there? A mapping fills a box of the virtual dataset from a box of a source.
   Where it is unlimited and its names contain %b, the b-th block of the box comes from the source of that number. */
#include "missing.h"

#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEEPEST = 8,            /* virtual datasets of virtual datasets */
    MOST_SOURCES = 1 << 20, /* that are opened */
    AHEAD = 256,            /* numbers behind the last block, among which a later source may be */
    NAME = 4096
};

typedef struct source_search {
    nsr_missing_list *list;
    char from[NAME]; /* the file of the virtual dataset */
    char open_name[NAME];
    hid_t open; /* the source file that was opened last */
    bool there; /* it exists, though it may not be open */
    int n_dims;
    hsize_t shape[H5S_MAX_RANK];
    int depth;
    int64_t *left; /* sources that may still be opened */
} source_search;

/* One mapping of a virtual dataset. */
typedef struct mapping {
    char file[NAME], dataset[NAME];
    hid_t filled, taken; /* selections in the virtual dataset and in the source */
    int unlimited;       /* the dimension of `filled` that is; -1: none */
} mapping;

static bool find_missing(nsr_missing_list *list, hid_t dataset, int depth, int64_t *left, nsr_err *err);

/* --- one source --- */

/* Keeps the last file open, because many sources may lie in one file. */
static hid_t open_source_file(source_search *s, const char *name) {
    if (strcmp(name, s->open_name) == 0) return s->open;
    nsr_h5_close(s->open);
    snprintf(s->open_name, sizeof s->open_name, "%s", name);
    s->there = true;
    if (strcmp(name, ".") == 0)
        s->open = nsr_h5_open(s->from, H5P_DEFAULT, &(nsr_err){0});
    else
        s->open = nsr_virtual_file_open(s->from, name, &s->there);
    H5Eclear2(H5E_DEFAULT);
    return s->open;
}

/* A whole source fills a selection of as many values. HDF5 does not keep its shape in the mapping. */
static bool has_as_many(hid_t filled, const hsize_t *shape, int dims) {
    hssize_t wanted = H5Sget_select_npoints(filled);
    hsize_t n = 1;
    for (int i = 0; i < dims; i++)
        n *= shape[i];
    return wanted < 0 || (hsize_t)wanted == n; /* unlimited: it takes what there is */
}

/* Does the source hold the selection that a mapping takes? */
static bool large_enough(hid_t dataset, const mapping *m) {
    hsize_t shape[H5S_MAX_RANK], low[H5S_MAX_RANK], high[H5S_MAX_RANK];
    int dims = nsr_h5_shape(dataset, H5S_MAX_RANK, shape);
    if (dims < 0) return false;
    if (H5Sget_select_type(m->taken) == H5S_SEL_ALL) return m->unlimited >= 0 || has_as_many(m->filled, shape, dims);
    if (dims != H5Sget_simple_extent_ndims(m->taken)) return false;
    if (H5Sget_select_bounds(m->taken, low, high) < 0) return true; /* unlimited */
    for (int i = 0; i < dims; i++)
        if (high[i] != H5S_UNLIMITED && high[i] >= shape[i]) return false;
    return true;
}

/* Describes in `missing` why a source is not there. False: it is there, or an error. */
static bool is_missing(source_search *s, nsr_missing *missing, const char *file, const char *path, const mapping *m,
                       nsr_err *err) {
    nsr_missing_list inner = {0};
    const char *why = NULL;
    hid_t open = open_source_file(s, file), dataset = open >= 0 ? H5Dopen2(open, path, H5P_DEFAULT) : H5I_INVALID_HID;
    snprintf(missing->source, sizeof missing->source, "%.240s%s%.50s", file, open >= 0 ? ":" : "",
             open >= 0 ? path : "");
    if (open < 0)
        why = s->there ? "cannot be opened as HDF5" : "is missing";
    else if (dataset < 0)
        why = "is missing in its file";
    else if (!large_enough(dataset, m))
        why = "has another size than the virtual dataset takes from it";
    else if (s->depth == DEEPEST || --*s->left < 0)
        why = "is not checked: too many virtual datasets";
    else if (find_missing(&inner, dataset, s->depth + 1, s->left, err) && inner.n > 0) {
        snprintf(missing->source, sizeof missing->source, "%s", inner.item[0].source);
        why = inner.item[0].why;
    }
    snprintf(missing->why, sizeof missing->why, "%s", why ? why : "");
    nsr_missing_free(&inner);
    nsr_h5_close(dataset);
    H5Eclear2(H5E_DEFAULT);
    return why != NULL;
}

/* --- numbered sources --- */

/* "part%b.h5" and 7: "part7.h5"; "%%" is a percent sign. */
static void put_number(char *name, size_t size, const char *pattern, int64_t number) {
    size_t used = 0;
    name[0] = 0;
    for (; *pattern && used + 1 < size; pattern++) {
        bool number_here = pattern[0] == '%' && pattern[1] == 'b';
        if (*pattern == '%' && (pattern[1] == 'b' || pattern[1] == '%')) pattern++;
        used += (size_t)(number_here ? snprintf(name + used, size - used, "%lld", (long long)number)
                                     : snprintf(name + used, size - used, "%c", *pattern));
    }
}

static bool numbered_is_missing(source_search *s, nsr_missing *missing, const mapping *m, int64_t number,
                                nsr_err *err) {
    char file[NAME], path[NAME];
    put_number(file, sizeof file, m->file, number);
    put_number(path, sizeof path, m->dataset, number);
    return is_missing(s, missing, file, path, m, err);
}

/* HDF5 ends such a dataset before the first source that is missing, without an error. */
static void warn_of_later(source_search *s, const mapping *m, int64_t n) {
    nsr_missing first = {0}, later = {0};
    nsr_err none = {0};
    if (!numbered_is_missing(s, &first, m, n, &none)) return;
    for (int64_t i = n + 1; i <= n + AHEAD; i++)
        if (!numbered_is_missing(s, &later, m, i, &none) && nsr_good(&none)) {
            nsr_warn("%s: %s of a virtual dataset %s, but %s is there: HDF5 ends the dataset before the first source "
                     "that is missing; put it back",
                     s->from, first.source, first.why, later.source);
            return;
        }
}

static bool check_numbered(source_search *s, const mapping *m, nsr_err *err) {
    nsr_missing missing = {.n_dims = s->n_dims};
    nsr_missing_list whole = {0};
    if (!nsr_missing_add(&whole, &missing, m->filled, s->shape, err)) return false;
    missing = whole.item[0];
    nsr_runs runs = missing.along[m->unlimited];
    nsr_missing_free(&whole);
    for (int64_t i = 0; i < runs.n && nsr_good(err); i++) {
        missing.along[m->unlimited] = (nsr_runs){runs.first + i * runs.step, runs.block, 1, runs.block};
        if (numbered_is_missing(s, &missing, m, i, err)) nsr_missing_push(s->list, &missing, err);
    }
    if (nsr_good(err)) warn_of_later(s, m, runs.n);
    return nsr_good(err);
}

/* --- all mappings --- */

static int unlimited_dim(hid_t space, int n_dims) {
    hsize_t start[H5S_MAX_RANK], stride[H5S_MAX_RANK], count[H5S_MAX_RANK], block[H5S_MAX_RANK];
    bool regular = H5Sget_select_type(space) == H5S_SEL_HYPERSLABS && H5Sis_regular_hyperslab(space) > 0 &&
                   H5Sget_regular_hyperslab(space, start, stride, count, block) >= 0;
    for (int i = 0; regular && i < n_dims; i++)
        if (count[i] == H5S_UNLIMITED) return i;
    return -1;
}

static bool read_mapping(mapping *m, hid_t dcpl, size_t i, int n_dims, nsr_err *err) {
    ssize_t file = H5Pget_virtual_filename(dcpl, i, m->file, sizeof m->file);
    ssize_t dataset = H5Pget_virtual_dsetname(dcpl, i, m->dataset, sizeof m->dataset);
    m->filled = H5Pget_virtual_vspace(dcpl, i);
    m->taken = H5Pget_virtual_srcspace(dcpl, i);
    if (file < 0 || dataset < 0 || file >= NAME || dataset >= NAME || m->filled < 0 || m->taken < 0)
        return nsr_h5_fail(err, NSR_EDATA, "source %zu of a virtual dataset cannot be read", i);
    m->unlimited = strchr(m->file, '%') || strchr(m->dataset, '%') ? unlimited_dim(m->filled, n_dims) : -1;
    return true;
}

static bool check_mapping(source_search *s, hid_t dcpl, size_t i, nsr_err *err) {
    mapping *m = malloc(sizeof *m);
    nsr_missing missing = {.n_dims = s->n_dims};
    if (!m) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the sources of a virtual dataset");
    m->filled = m->taken = H5I_INVALID_HID;
    bool good = read_mapping(m, dcpl, i, s->n_dims, err);
    if (good && m->unlimited >= 0)
        good = check_numbered(s, m, err);
    else if (good && is_missing(s, &missing, m->file, m->dataset, m, err))
        good = nsr_missing_add(s->list, &missing, m->filled, s->shape, err);
    nsr_h5_close(m->filled);
    nsr_h5_close(m->taken);
    free(m);
    return good && nsr_good(err);
}

static bool check_mappings(source_search *s, hid_t dataset, hid_t dcpl, nsr_err *err) {
    size_t n = 0;
    s->n_dims = nsr_h5_shape(dataset, NSR_DIMS, s->shape);
    bool good =
        s->n_dims > 0 && H5Pget_virtual_count(dcpl, &n) >= 0 && H5Fget_name(dataset, s->from, sizeof s->from) > 0;
    if (!good) return nsr_h5_fail(err, NSR_EDATA, "the sources of a virtual dataset cannot be listed");
    for (size_t i = 0; good && i < n; i++)
        good = check_mapping(s, dcpl, i, err);
    nsr_h5_close(s->open);
    return good;
}

static bool find_missing(nsr_missing_list *list, hid_t dataset, int depth, int64_t *left, nsr_err *err) {
    hid_t dcpl = H5Dget_create_plist(dataset);
    source_search *s = NULL;
    bool is_virtual = dcpl >= 0 && H5Pget_layout(dcpl) == H5D_VIRTUAL;
    if (is_virtual && !(s = calloc(1, sizeof *s)))
        nsr_fail(err, NSR_EINTERNAL, "out of memory for the sources of a virtual dataset");
    if (s) {
        s->list = list;
        s->open = H5I_INVALID_HID;
        s->depth = depth;
        s->left = left;
        check_mappings(s, dataset, dcpl, err);
    }
    free(s);
    nsr_h5_close(dcpl);
    return nsr_good(err);
}

bool nsr_missing_find(nsr_missing_list *list, hid_t dataset, nsr_err *err) {
    int64_t left = MOST_SOURCES;
    return find_missing(list, dataset, 0, &left, err);
}
