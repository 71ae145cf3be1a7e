/* SPDX-License-Identifier: MIT */
/* Plain HDF5 has no conventions: fields and their times are recognised by shape and name. */
#include "pandas.h"
#include "source/dataset/dataset.h"

#include <stdio.h>
#include <string.h>

static bool accept_every(hid_t file) {
    (void)file;
    return true;
}

static bool any_of(const char *name, const char *const *words, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, words[i]) == 0) return true;
    return false;
}

/* Do the numbers increase? Then a single row of a matrix holds times or coordinates. */
static bool grows(hid_t file, const char *path, int64_t length) {
    enum { COMPARED = 256 };
    double value[COMPARED];
    int64_t n = length < COMPARED ? length : COMPARED, i = 1;
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    bool read = dataset >= 0 && nsr_list_read(dataset, (nsr_slab){0, 1, n}, value);
    nsr_h5_close(dataset);
    H5Eclear2(H5E_DEFAULT);
    while (read && i < n && value[i] > value[i - 1])
        i++;
    return read && i == n;
}

/* MATLAB stores texts as numbers, and the contents of cells in the group /#refs#. */
static bool is_matlab_text(hid_t file, const char *path) {
    char class[16];
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    bool text =
        dataset >= 0 && nsr_h5_text_attr(dataset, "MATLAB_class", class, sizeof class) && strcmp(class, "char") == 0;
    nsr_h5_close(dataset);
    return text || strncmp(path, "/#", 2) == 0;
}

/* Narrow tables of numbers are mostly coordinates; a dataset that is called `field` is one at any width. */
static bool offers(nsr_catalog *catalog, const char *path, const nsr_field *field) {
    static const char *const others[] = {"bin_centers", "bin_edges", "edges",      "position",    "positions",
                                         "timestamps",  "time",      "times",      "x_position",  "y_position",
                                         "grid_edges",  "regions",   "trajectory", "active_mask", "frame_times",
                                         "timestamp",   "t"};
    const char *name = strrchr(path, '/') + 1;
    if (any_of(name, others, NSR_COUNTOF(others)) || is_matlab_text(catalog->file, path) || nsr_pandas_is_index(path))
        return false;
    if (field->n_dims == 3 || strcmp(name, "field") == 0) return true;
    return field->shape[1] > 3 && !(field->shape[0] == 1 && grows(catalog->file, path, field->shape[1]));
}

static bool by_scale(nsr_found *found, hid_t file) {
    const char *path = found->storage.scale[0];
    return path[0] && nsr_times_take(found, file, path, true);
}

static bool by_name(nsr_found *found, hid_t file, const char *folder, int length) {
    static const char *const names[] = {"time", "times", "timestamp", "timestamps", "frame_times", "t"};
    char path[1100];
    for (size_t i = 0; i < NSR_COUNTOF(names); i++) {
        snprintf(path, sizeof path, "%.*s/%s", length, folder, names[i]);
        if (nsr_times_take(found, file, path, true)) return true;
    }
    return false;
}

static bool find_times(nsr_found *found, hid_t file, nsr_err *err) {
    (void)err;
    const char *path = found->field.path;
    int folder = (int)(strrchr(path, '/') - path);
    if (!by_scale(found, file) && !nsr_pandas_times(found, file) && !by_name(found, file, path, folder) && folder > 0)
        by_name(found, file, "", 0);
    return true;
}

const nsr_format nsr_format_hdf5 = {.name = "hdf5",
                                    .hints = NSR_HINT_LENGTHS,
                                    .probe = accept_every,
                                    .offers = offers,
                                    .times = find_times,
                                    .advise = nsr_pandas_advise};
