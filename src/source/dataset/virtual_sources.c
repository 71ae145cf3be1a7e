/* SPDX-License-Identifier: MIT */
/* Are the sources of a virtual dataset there? A mapping fills a box of the virtual dataset from a box of a source.
   Where it is unlimited and its names contain %b, the b-th block of the box comes from the source of that number. */
#include "missing.h"
#include "raw_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEEPEST = 8,            /* virtual datasets of virtual datasets */
    MOST_SOURCES = 1 << 20, /* that are opened */
    AHEAD = 256,            /* numbers behind the last block, among which a later source may be */
    NAME = 4096
};

typedef struct mapping mapping;
typedef struct source_search source_search;
struct source_search {
    bool (*visit)(source_search *s, const mapping *m, nsr_err *err); /* each mapping */
    nsr_missing_list *list;                                          /* of the result */
    nsr_stamps *stamps;                                              /* of the files that are there; NULL: none */
    int gap;                                                         /* of the result: numbers to pass over */
    char from[NAME]; /* the file of the virtual dataset */
    char open_name[NAME];
    hid_t open; /* the source file that was opened last */
    bool there; /* it exists, though it may not be open */
    int n_dims;
    hsize_t shape[H5S_MAX_RANK];
    int depth;
    int64_t *left; /* sources that may still be opened */
};

/* One mapping of a virtual dataset. */
struct mapping {
    char file[NAME], dataset[NAME];
    hid_t filled, taken; /* selections in the virtual dataset and in the source */
    int unlimited;       /* the dimension of `filled` that is; -1: none */
};

static bool find_missing(nsr_missing_list *list, hid_t dataset, const source_search *outer, nsr_err *err);

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

/* Does a source of this shape hold the selection that a mapping takes? */
static bool large_enough(const hsize_t *shape, int dims, const mapping *m) {
    hsize_t low[H5S_MAX_RANK], high[H5S_MAX_RANK];
    if (dims < 0) return false;
    if (H5Sget_select_type(m->taken) == H5S_SEL_ALL) return m->unlimited >= 0 || has_as_many(m->filled, shape, dims);
    if (dims != H5Sget_simple_extent_ndims(m->taken)) return false;
    if (H5Sget_select_bounds(m->taken, low, high) < 0) return true; /* unlimited */
    for (int i = 0; i < dims; i++)
        if (high[i] != H5S_UNLIMITED && high[i] >= shape[i]) return false;
    return true;
}

/* The shape that HDF5 reads through another virtual dataset: it looks for further sources of an unlimited one only when
   it is opened by itself. */
static int shape_as_source(hid_t dataset, hsize_t *shape) {
    hid_t dcpl = H5Dget_create_plist(dataset), space = H5I_INVALID_HID;
    size_t n = 0;
    int dims;
    if (dcpl >= 0 && H5Pget_layout(dcpl) == H5D_VIRTUAL && H5Pget_virtual_count(dcpl, &n) >= 0 && n > 0)
        space = H5Pget_virtual_vspace(dcpl, 0);
    dims = space >= 0 ? H5Sget_simple_extent_dims(space, shape, NULL) : nsr_h5_shape(dataset, H5S_MAX_RANK, shape);
    nsr_h5_close(space);
    nsr_h5_close(dcpl);
    return dims;
}

/* What a look at a source has found. */
typedef struct finding {
    nsr_missing missing;    /* `why` "": the source is there */
    nsr_missing_list inner; /* sources of the source that are missing */
    hsize_t shape[H5S_MAX_RANK];
    int n_dims;
} finding;

/* Why the values that a mapping takes are not in a source that is there; "": they are. */
static const char *size_problem(finding *found, hid_t dataset, const mapping *m) {
    hsize_t alone[H5S_MAX_RANK];
    found->n_dims = shape_as_source(dataset, found->shape);
    if (large_enough(found->shape, found->n_dims, m)) return "";
    return large_enough(alone, nsr_h5_shape(dataset, H5S_MAX_RANK, alone), m)
               ? "has more sources than HDF5 finds through another virtual dataset; open it once with h5py in mode r+"
               : "has another size than the virtual dataset takes from it";
}

static bool raw_file_unusable(hid_t dataset) {
    char file[NAME] = "", raw[NSR_PATH] = "";
    nsr_err none = {0};
    return H5Fget_name(dataset, file, sizeof file) <= 0 || !nsr_raw_unusable(raw, file, dataset, &none) || raw[0];
}

static bool stamp_source(const source_search *s, hid_t dataset, nsr_err *err) {
    char name[NAME];
    return !s->stamps || (H5Fget_name(s->open, name, sizeof name) > 0 && nsr_stamps_add(s->stamps, name, err) &&
                          nsr_stamp_dataset(s->stamps, dataset, err));
}

/* Fills `found`, whose list is freed by the caller, also after a failure. */
static bool look_at(source_search *s, finding *found, const char *file, const char *path, const mapping *m,
                    nsr_err *err) {
    hid_t open = open_source_file(s, file), dataset = open >= 0 ? H5Dopen2(open, path, H5P_DEFAULT) : H5I_INVALID_HID;
    *found = (finding){.missing.n_dims = s->n_dims};
    const char *why = open < 0                     ? s->there ? "cannot be opened as HDF5" : "is missing"
                      : dataset < 0                ? "is missing in its file"
                      : raw_file_unusable(dataset) ? "lies in an external raw file that is missing or cut short"
                                                   : size_problem(found, dataset, m);
    if (!*why && (s->depth == DEEPEST || --*s->left < 0)) why = "is not checked: too many virtual datasets";
    snprintf(found->missing.source, sizeof found->missing.source, "%.240s%s%.50s", file, open >= 0 ? ":" : "",
             open >= 0 ? path : "");
    snprintf(found->missing.why, sizeof found->missing.why, "%s", why);
    if (!*why && stamp_source(s, dataset, err)) find_missing(&found->inner, dataset, s, err);
    nsr_h5_close(dataset);
    H5Eclear2(H5E_DEFAULT);
    return nsr_good(err);
}

/* The box that a mapping takes from a source. False: its selection is irregular. */
static bool taken_box(nsr_missing *taken, const finding *found, const mapping *m, nsr_err *err) {
    nsr_missing_list boxes = {0};
    bool whole = H5Sget_select_type(m->taken) == H5S_SEL_ALL;
    *taken = (nsr_missing){.n_dims = found->n_dims};
    for (int i = 0; i < found->n_dims; i++)
        taken->along[i] = (nsr_runs){0, (int64_t)found->shape[i], 1, (int64_t)found->shape[i]};
    if (whole || !nsr_missing_add(&boxes, taken, m->taken, found->shape, err)) return whole;
    bool regular = boxes.n == 1;
    if (regular) *taken = boxes.item[0];
    nsr_missing_free(&boxes);
    return regular;
}

/* Appends what the missing sources of a source leave of a box of the virtual dataset. */
static bool add_inner(source_search *s, const finding *found, const nsr_missing *filled, const mapping *m,
                      nsr_err *err) {
    nsr_missing taken;
    if (!taken_box(&taken, found, m, err)) taken.n_dims = 0; /* the shape of nothing else */
    for (int64_t i = 0; nsr_good(err) && i < found->inner.n; i++)
        nsr_missing_nest(s->list, filled, &taken, &found->inner.item[i], err);
    return nsr_good(err);
}

/* Lists the box of the virtual dataset that a source fills, or the parts of it that are not there. */
static bool check_source(source_search *s, const char *file, const char *path, const mapping *m,
                         const nsr_missing_list *filled, nsr_err *err) {
    finding found;
    bool good = look_at(s, &found, file, path, m, err);
    for (int64_t i = 0; good && i < filled->n; i++) {
        memcpy(found.missing.along, filled->item[i].along, sizeof found.missing.along);
        good = *found.missing.why ? nsr_missing_push(s->list, &found.missing, err)
                                  : found.inner.n == 0 || add_inner(s, &found, &found.missing, m, err);
    }
    nsr_missing_free(&found.inner);
    return good;
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

/* Whether HDF5 finds the source of this number. */
static bool number_there(source_search *s, const mapping *m, int64_t number) {
    char file[NAME], path[NAME];
    put_number(file, sizeof file, m->file, number);
    put_number(path, sizeof path, m->dataset, number);
    hid_t open = open_source_file(s, file), dataset = open >= 0 ? H5Dopen2(open, path, H5P_DEFAULT) : H5I_INVALID_HID;
    bool there = dataset >= 0;
    nsr_h5_close(dataset);
    H5Eclear2(H5E_DEFAULT);
    return there;
}

/* The most numbers from `first` on that are missing before one that is there. */
static int gap_after(source_search *s, const mapping *m, int64_t first) {
    int missing = 0, gap = 0;
    for (int64_t i = first; missing < AHEAD && --*s->left >= 0; i++) {
        bool there = number_there(s, m, i);
        if (there && missing > gap) gap = missing;
        missing = there ? 0 : missing + 1;
    }
    return gap;
}

/* The blocks of a numbered mapping, one for each source. */
static bool blocks_of(source_search *s, const mapping *m, nsr_missing *block, nsr_runs *runs, nsr_err *err) {
    nsr_missing_list whole = {0};
    *block = (nsr_missing){.n_dims = s->n_dims};
    bool good = nsr_missing_add(&whole, block, m->filled, s->shape, err);
    if (good) *block = whole.item[0];
    *runs = block->along[m->unlimited];
    nsr_missing_free(&whole);
    return good;
}

static bool check_numbered(source_search *s, const mapping *m, nsr_err *err) {
    nsr_missing block;
    nsr_runs runs;
    if (!blocks_of(s, m, &block, &runs, err)) return false;
    for (int64_t i = 0; i < runs.n && nsr_good(err); i++) {
        char file[NAME], path[NAME];
        put_number(file, sizeof file, m->file, i);
        put_number(path, sizeof path, m->dataset, i);
        block.along[m->unlimited] = (nsr_runs){runs.first + i * runs.step, runs.block, 1, runs.block};
        check_source(s, file, path, m, &(nsr_missing_list){&block, 1, 1}, err);
    }
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

/* Lists what is missing of a mapping. */
static bool list_missing(source_search *s, const mapping *m, nsr_err *err) {
    nsr_missing missing = {.n_dims = s->n_dims};
    nsr_missing_list filled = {0};
    if (m->unlimited >= 0) return check_numbered(s, m, err);
    bool good = nsr_missing_add(&filled, &missing, m->filled, s->shape, err) &&
                check_source(s, m->file, m->dataset, m, &filled, err);
    nsr_missing_free(&filled);
    return good;
}

static bool find_gap(source_search *s, const mapping *m, nsr_err *err) {
    nsr_missing block;
    nsr_runs runs;
    if (m->unlimited < 0) return true;
    if (!blocks_of(s, m, &block, &runs, err)) return false;
    int gap = gap_after(s, m, runs.n);
    if (gap > s->gap) s->gap = gap;
    return true;
}

static bool visit_mapping(source_search *s, hid_t dcpl, size_t i, nsr_err *err) {
    mapping *m = malloc(sizeof *m);
    if (!m) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the sources of a virtual dataset");
    m->filled = m->taken = H5I_INVALID_HID;
    bool good = read_mapping(m, dcpl, i, s->n_dims, err) && s->visit(s, m, err);
    nsr_h5_close(m->filled);
    nsr_h5_close(m->taken);
    free(m);
    return good;
}

static bool visit_mappings(source_search *s, hid_t dataset, hid_t dcpl, nsr_err *err) {
    size_t n = 0;
    s->open = H5I_INVALID_HID;
    s->n_dims = nsr_h5_shape(dataset, NSR_DIMS, s->shape);
    bool good =
        s->n_dims > 0 && H5Pget_virtual_count(dcpl, &n) >= 0 && H5Fget_name(dataset, s->from, sizeof s->from) > 0;
    if (!good) return nsr_h5_fail(err, NSR_EDATA, "the sources of a virtual dataset cannot be listed");
    for (size_t i = 0; good && i < n; i++)
        good = visit_mapping(s, dcpl, i, err);
    nsr_h5_close(s->open);
    return good;
}

/* Storage that is not virtual has no mappings. */
static bool visit_sources(source_search *s, hid_t dataset, nsr_err *err) {
    hid_t dcpl = H5Dget_create_plist(dataset);
    bool good = dcpl < 0 || H5Pget_layout(dcpl) != H5D_VIRTUAL || visit_mappings(s, dataset, dcpl, err);
    nsr_h5_close(dcpl);
    return good;
}

/* A dataset of the search `outer`. */
static bool find_missing(nsr_missing_list *list, hid_t dataset, const source_search *outer, nsr_err *err) {
    source_search *s = calloc(1, sizeof *s);
    if (!s) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the sources of a virtual dataset");
    s->visit = list_missing;
    s->list = list;
    s->stamps = outer->stamps;
    s->depth = outer->depth + 1;
    s->left = outer->left;
    bool good = visit_sources(s, dataset, err);
    free(s);
    return good;
}

bool nsr_missing_find(nsr_missing_list *list, hid_t dataset, nsr_stamps *stamps, nsr_err *err) {
    int64_t left = MOST_SOURCES;
    source_search *outer = calloc(1, sizeof *outer);
    if (!outer) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the sources of a virtual dataset");
    outer->stamps = stamps;
    outer->depth = -1;
    outer->left = &left;
    bool good = find_missing(list, dataset, outer, err);
    free(outer);
    return good;
}

static int gap_in(hid_t dataset) {
    int64_t left = MOST_SOURCES;
    nsr_err none = {0};
    source_search *s = calloc(1, sizeof *s);
    if (!s) return 0;
    s->visit = find_gap;
    s->left = &left;
    visit_sources(s, dataset, &none);
    int gap = s->gap;
    free(s);
    return gap;
}

hid_t nsr_virtual_open(hid_t file, const char *path, int *gap) {
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    *gap = dataset >= 0 ? gap_in(dataset) : 0;
    hid_t access = *gap > 0 ? H5Pcreate(H5P_DATASET_ACCESS) : H5I_INVALID_HID;
    if (access < 0 || H5Pset_virtual_printf_gap(access, (hsize_t)*gap) < 0) return dataset;
    nsr_h5_close(dataset); /* an access list is ignored while the dataset is open */
    dataset = H5Dopen2(file, path, access);
    nsr_h5_close(access);
    return dataset;
}
