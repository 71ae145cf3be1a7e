/* SPDX-License-Identifier: MIT */
/* The blocks of a frame of pandas: blockN_values holds all columns of one type, blockN_items their names. */
#include "pandas.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMED = 3 /* columns */, NAME = 64, BLOCKS = 10 };

/* The name of column `i`. False: pandas has pickled the names. */
static bool name_column(hid_t items, hsize_t i, char name[NAME]) {
    hsize_t one = 1;
    char text[NAME * 4] = "";
    double number = 0;
    hid_t type = H5Dget_type(items), space = H5Dget_space(items), memory = H5Screate_simple(1, &one, NULL);
    bool string = H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0 && H5Tget_size(type) < sizeof text;
    bool good = string && H5Sselect_hyperslab(space, H5S_SELECT_SET, &i, NULL, &one, NULL) >= 0 &&
                H5Dread(items, type, memory, space, H5P_DEFAULT, text) >= 0;
    nsr_text_escape(name, NAME, text);
    if (!string && (good = nsr_list_read(items, (nsr_slab){(int64_t)i, 1, 1}, &number)))
        snprintf(name, NAME, "%.10g", number);
    nsr_h5_close(memory);
    nsr_h5_close(space);
    nsr_h5_close(type);
    return good;
}

static bool name_columns(hid_t items, char *text, size_t size) {
    hsize_t n;
    size_t used = (size_t)snprintf(text, size, "column");
    if (nsr_h5_shape(items, 1, &n) != 1 || n == 0) return false;
    for (hsize_t i = 0; i < n && i < NAMED; i++) {
        char name[NAME];
        if (!name_column(items, i, name)) return false;
        used += (size_t)snprintf(text + used, size - used, "%s %s", i ? "," : n > 1 ? "s" : "", name);
    }
    if (n > NAMED) snprintf(text + used, size - used, " and %llu more", (unsigned long long)(n - NAMED));
    return true;
}

/* The number of the block whose values are at `path`, and the length of the path before it; -1: it is none. */
static int block_of(const char *path, int *length) {
    static const char begin[] = "/block", end[] = "_values";
    const char *name = strrchr(path, '/');
    *length = (int)(name - path);
    if (strncmp(name, begin, sizeof begin - 1) != 0) return -1;
    const char *digit = name + sizeof begin - 1;
    return *digit >= '0' && *digit <= '9' && strcmp(digit + 1, end) == 0 ? *digit - '0' : -1;
}

bool nsr_pandas_columns(hid_t file, const char *path, char text[NSR_PANDAS_COLUMNS]) {
    char items[1100];
    nsr_err none = {0};
    int length, block = block_of(path, &length);
    text[0] = 0;
    if (block < 0) return false;
    snprintf(items, sizeof items, "%.*s/block%d_items", length, path, block);
    hid_t dataset = nsr_h5_kind(file, items) == H5I_DATASET ? H5Dopen2(file, items, H5P_DEFAULT) : H5I_INVALID_HID;
    bool good =
        dataset >= 0 && nsr_h5_may_read(dataset, NAMED, &none) && name_columns(dataset, text, NSR_PANDAS_COLUMNS);
    nsr_h5_close(dataset);
    H5Eclear2(H5E_DEFAULT);
    if (!good) text[0] = 0;
    return good;
}

/* Texts and other objects are pickled into blocks of another form. */
static bool holds_numbers(hid_t file, const char *path) {
    hsize_t shape[2];
    hid_t dataset = nsr_h5_kind(file, path) == H5I_DATASET ? H5Dopen2(file, path, H5P_DEFAULT) : H5I_INVALID_HID;
    hid_t type = dataset >= 0 ? H5Dget_type(dataset) : H5I_INVALID_HID;
    bool numbers = type >= 0 && nsr_is_numeric(type) && nsr_h5_shape(dataset, 2, shape) == 2;
    nsr_h5_close(type);
    nsr_h5_close(dataset);
    return numbers;
}

bool nsr_pandas_single(hid_t file, const char *file_name, const char *path, nsr_err *err) {
    char list[900] = "", columns[NSR_PANDAS_COLUMNS];
    size_t used = 0;
    int length, n = 0;
    for (int i = 0; block_of(path, &length) >= 0 && i < BLOCKS; i++) {
        char block[1100];
        snprintf(block, sizeof block, "%.*s/block%d_values", length, path, i);
        if (!holds_numbers(file, block)) continue;
        bool named = nsr_pandas_columns(file, block, columns);
        if (used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s%s%s%s", n ? ", " : "", block,
                                     named ? " (" : "", columns, named ? ")" : "");
        n++;
    }
    return n < 2 || nsr_fail(err, NSR_EDATA,
                             "%s: %.*s: a frame of pandas with columns of %d types, in %s; choose one with --field",
                             file_name, length, path, n, list);
}
