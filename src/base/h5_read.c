/* SPDX-License-Identifier: MIT */
/* Reading small datasets whole, after a look at what they may inflate to. */
#include "h5_bounds.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 64 << 20 }; /* bytes of one string in a file; enough for an environment of a million cells */

/* Selects the first `rows` rows of a dataset in its file space. */
static hid_t first_rows(hid_t dataset, hsize_t rows, nsr_err *err) {
    hid_t space = H5Dget_space(dataset);
    hsize_t shape[H5S_MAX_RANK], start[H5S_MAX_RANK] = {0};
    int dims = space >= 0 ? H5Sget_simple_extent_dims(space, shape, NULL) : -1;
    if (dims == 0 && rows == 1) return space;
    if (dims > 0 && rows <= shape[0]) {
        shape[0] = rows;
        if (H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, shape, NULL) >= 0) return space;
    }
    nsr_h5_fail(err, NSR_EDATA, "has fewer than %llu rows", (unsigned long long)rows);
    nsr_h5_close(space);
    return H5I_INVALID_HID;
}

static void *allocate_text(size_t size, void *user) {
    (void)user;
    return size <= MAX_TEXT ? malloc(size) : NULL;
}

static void free_text(void *text, void *user) {
    (void)user;
    free(text);
}

/* A string of variable length, in memory from malloc. */
static char *read_vlen(hid_t dataset, hid_t memory, hid_t space, hid_t type) {
    char *text = NULL;
    hid_t transfer = H5Pcreate(H5P_DATASET_XFER);
    bool good = transfer >= 0 && H5Pset_vlen_mem_manager(transfer, allocate_text, NULL, free_text, NULL) >= 0 &&
                H5Dread(dataset, type, memory, space, transfer, &text) >= 0;
    nsr_h5_close(transfer);
    if (good) return text ? text : strdup("");
    free(text);
    return NULL;
}

static char *read_fixed(hid_t dataset, hid_t memory, hid_t space, hid_t type) {
    size_t size = H5Tget_size(type);
    if (size == 0 || size > MAX_TEXT) return NULL;
    char *text = calloc(1, size + 1);
    if (text && H5Dread(dataset, type, memory, space, H5P_DEFAULT, text) >= 0) return text;
    free(text);
    return NULL;
}

static char *read_text(hid_t dataset, hid_t space, nsr_err *err) {
    hsize_t one = 1;
    hid_t type = H5Dget_type(dataset), memory = H5Screate_simple(1, &one, NULL);
    char *text = NULL;
    if (type >= 0 && memory >= 0 && H5Tget_class(type) == H5T_STRING && H5Sget_select_npoints(space) == 1 &&
        nsr_h5_may_read(dataset, 1, err))
        text = H5Tis_variable_str(type) > 0 ? read_vlen(dataset, memory, space, type)
                                            : read_fixed(dataset, memory, space, type);
    nsr_h5_close(memory);
    nsr_h5_close(type);
    return text;
}

char *nsr_h5_text(hid_t at, const char *path, nsr_err *err) {
    nsr_err why = {0};
    hid_t dataset = H5Dopen2(at, path, H5P_DEFAULT);
    hid_t space = dataset >= 0 ? first_rows(dataset, 1, &why) : H5I_INVALID_HID;
    char *text = space >= 0 ? read_text(dataset, space, &why) : NULL;
    if (!text) nsr_h5_fail(err, NSR_EDATA, "%s: no text can be read%s%s", path, why.msg[0] ? ": " : "", why.msg);
    nsr_h5_close(space);
    nsr_h5_close(dataset);
    return text;
}

static bool is_bounded(hsize_t n, hid_t type, nsr_err *err) {
    return n <= NSR_H5_WHOLE / H5Tget_size(type) ||
           nsr_fail(err, NSR_EDATA, "%llu numbers take more than the %d MB that are read at once",
                    (unsigned long long)n, NSR_H5_WHOLE >> 20);
}

bool nsr_h5_rows(hid_t at, const char *path, hid_t type, hsize_t rows, hsize_t columns, void *values, nsr_err *err) {
    nsr_err why = {0};
    hsize_t shape[2] = {0, 0}, want = rows * (columns ? columns : 1);
    hid_t dataset = H5Dopen2(at, path, H5P_DEFAULT);
    int dims = dataset >= 0 ? nsr_h5_shape(dataset, 2, shape) : -1;
    bool fits = dims == (columns ? 2 : 1) && (!columns || shape[1] == columns);
    bool bounded = fits && is_bounded(want, type, &why) && nsr_h5_may_read(dataset, rows, &why);
    hid_t space = bounded ? first_rows(dataset, rows, &why) : H5I_INVALID_HID;
    hid_t memory = space >= 0 ? H5Screate_simple(1, &want, NULL) : H5I_INVALID_HID;
    bool good = memory >= 0 && H5Dread(dataset, type, memory, space, H5P_DEFAULT, values) >= 0;
    if (!good)
        nsr_h5_fail(err, NSR_EDATA, "%s: cannot be read as %llu rows%s%s", path, (unsigned long long)rows,
                    why.msg[0] ? ": " : "", why.msg);
    nsr_h5_close(memory);
    nsr_h5_close(space);
    nsr_h5_close(dataset);
    return good;
}
