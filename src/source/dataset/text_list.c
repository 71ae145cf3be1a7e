/* SPDX-License-Identifier: MIT */
/* All texts of a dataset. A small file may claim many long ones, or let many refer to one long one, so their bytes are
   bounded, and HDF5 gets the memory for them from us. */
#include "base/h5_bounds.h"
#include "dataset.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST = 4096, MOST = 1 << 22 };

/* Memory that HDF5 fills with texts of variable length. */
typedef struct pool {
    char *bytes;
    size_t used;
} pool;

static void *take_from_pool(size_t size, void *user) {
    pool *p = user;
    if (size > NSR_H5_WHOLE - p->used) return NULL;
    char *text = p->bytes + p->used;
    p->used += size;
    return text;
}

static void keep_in_pool(void *text, void *user) { (void)text, (void)user; }

/* The system provides the pages of the pool as they are used. */
static bool read_variable(nsr_text_list *list, hid_t dataset, hid_t type) {
    pool all = {.bytes = list->bytes = malloc(NSR_H5_WHOLE), .used = 1}; /* the first byte is the empty text */
    hid_t transfer = H5Pcreate(H5P_DATASET_XFER);
    bool good = list->bytes && transfer >= 0 &&
                H5Pset_vlen_mem_manager(transfer, take_from_pool, &all, keep_in_pool, NULL) >= 0 &&
                H5Dread(dataset, type, H5S_ALL, H5S_ALL, transfer, list->text) >= 0;
    for (int64_t i = 0; good && i < list->n; i++)
        if (!list->text[i]) list->text[i] = list->bytes;
    if (good) list->bytes[0] = 0;
    nsr_h5_close(transfer);
    return good;
}

/* Texts of `length` bytes each, one after the other, which get an end. */
static bool read_fixed(nsr_text_list *list, hid_t dataset, hid_t type, size_t length) {
    size_t n = (size_t)list->n;
    if (length > LONGEST || n * (length + 1) > NSR_H5_WHOLE || !(list->bytes = malloc(n * (length + 1)))) return false;
    char *stored = list->bytes + n; /* moved apart from the first one on */
    if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, stored) < 0) return false;
    for (size_t i = 0; i < n; i++) {
        list->text[i] = list->bytes + i * (length + 1);
        memmove(list->text[i], stored + i * length, length);
        list->text[i][length] = 0;
    }
    return true;
}

bool nsr_text_list_read(nsr_text_list *list, hid_t dataset, int64_t n, nsr_err *err) {
    hsize_t shape[2] = {0, 1};
    hid_t type = H5Dget_type(dataset);
    *list = (nsr_text_list){.n = n};
    bool good = type >= 0 && H5Tget_class(type) == H5T_STRING && nsr_h5_shape(dataset, 2, shape) >= 1 &&
                shape[0] == (hsize_t)n && shape[1] > 0 && shape[1] <= LONGEST && n > 0 && n <= MOST;
    bool variable = good && H5Tis_variable_str(type) > 0;
    good =
        good && nsr_h5_may_read(dataset, shape[0], err) && (!variable || shape[1] == 1) &&
        (list->text = calloc((size_t)n, sizeof *list->text)) &&
        (variable ? read_variable(list, dataset, type) : read_fixed(list, dataset, type, shape[1] * H5Tget_size(type)));
    nsr_h5_close(type);
    if (!good) nsr_text_list_free(list);
    return good ||
           nsr_fail(err, NSR_EDATA, "its texts cannot be read: %lld texts of at most %d bytes, %d MB in all, can",
                    (long long)MOST, LONGEST, NSR_H5_WHOLE >> 20);
}

void nsr_text_list_free(nsr_text_list *list) {
    free(list->text);
    free(list->bytes);
    *list = (nsr_text_list){0};
}
