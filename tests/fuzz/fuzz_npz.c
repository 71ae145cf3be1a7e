/* SPDX-License-Identifier: MIT */
/* A .npz archive, and the same bytes as one .npy array: an accepted array holds as many numbers as it states. */
#include "environment/npz.h"

#include <stdlib.h>

static void check_array(const nsr_npy *array) {
    int64_t count = 1;
    for (int i = 0; i < array->n_dims; i++)
        count *= array->shape[i];
    if (count != array->count) abort();
    double *values = malloc((size_t)count * sizeof *values + 1);
    if (!values) abort();
    nsr_npy_doubles(array, values);
    free(values);
}

static void check_error(const nsr_err *err) {
    if (nsr_good(err) || !err->msg[0]) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {"bin_centers", "active_mask", "grid_edges_0", "grid_edges_1", NULL};
    nsr_npy array;
    nsr_npz npz;
    nsr_err one = {0}, all = {0};
    if (nsr_npy_parse(&array, data, size, "input", &one))
        check_array(&array);
    else
        check_error(&one);
    if (nsr_npz_open_bytes(&npz, data, size, names, &all))
        for (int i = 0; i < npz.n; i++)
            check_array(&npz.member[i].array);
    else
        check_error(&all);
    nsr_npz_close(&npz);
    return 0;
}
