/* SPDX-License-Identifier: MIT */
/* A list of numbers, which programs that know matrices only (MATLAB) store as 1 x n or n x 1. */
#include "dataset.h"
#include "marks.h"

enum { FOR_A_LOOK = 256 << 20 }; /* bytes of a chunk from which a few numbers are read */

/* The dimension along which a list runs; -1: the dataset is no list. */
static int list_axis(hid_t dataset, hsize_t shape[2]) {
    int dims = nsr_h5_shape(dataset, 2, shape);
    return dims == 1 ? 0 : dims == 2 && shape[0] == 1 ? 1 : dims == 2 && shape[1] == 1 ? 0 : -1;
}

/* An empty array of MATLAB is stored as the list of its sizes. */
static bool is_matlab_empty(hid_t dataset) { return nsr_h5_real_attr(dataset, "MATLAB_empty", 0) != 0; }

int64_t nsr_list_length(hid_t dataset) {
    hsize_t shape[2] = {0, 0};
    hid_t type = H5Dget_type(dataset);
    int axis = type >= 0 && nsr_is_numeric(type) && !is_matlab_empty(dataset) ? list_axis(dataset, shape) : -1;
    nsr_h5_close(type);
    return axis >= 0 && shape[axis] <= INT64_MAX ? (int64_t)shape[axis] : -1;
}

static bool read_stored_list(hid_t dataset, nsr_h5_bounds *bounds, nsr_slab slab, double *values, nsr_err *err) {
    hsize_t shape[2] = {0, 0}, start[2] = {0, 0}, stride[2] = {1, 1}, count[2] = {1, 1}, n = (hsize_t)slab.n;
    int axis = list_axis(dataset, shape);
    if (axis < 0) return nsr_fail(err, NSR_EDATA, "it is no list of numbers");
    start[axis] = (hsize_t)slab.first;
    stride[axis] = slab.n == 1 ? 1 : (hsize_t)slab.step;
    count[axis] = n;
    if (!nsr_h5_bounds_check(bounds, start, stride, count, err)) return false;
    hid_t space = H5Dget_space(dataset), memory = H5Screate_simple(1, &n, NULL);
    bool good = space >= 0 && memory >= 0 &&
                H5Sselect_hyperslab(space, H5S_SELECT_SET, start, stride, count, NULL) >= 0 &&
                H5Dread(dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, values) >= 0;
    if (!good) nsr_h5_fail(err, NSR_EDATA, "its numbers cannot be read");
    nsr_h5_close(memory);
    nsr_h5_close(space);
    return good;
}

bool nsr_list_open(nsr_list_reading *list, hid_t dataset, size_t most, nsr_err *err) {
    *list = (nsr_list_reading){.dataset = dataset};
    nsr_marks_of_list(&list->marks, dataset);
    return nsr_h5_bounds_open(&list->bounds, dataset, nsr_h5_list_chunk(nsr_list_length(dataset), most), err);
}

void nsr_list_close(nsr_list_reading *list) { nsr_h5_bounds_close(&list->bounds); }

bool nsr_list_get(nsr_list_reading *list, nsr_slab slab, double *values, nsr_err *err) {
    if (!read_stored_list(list->dataset, &list->bounds, slab, values, err)) return false;
    nsr_marks_apply(&list->marks, values, slab.n);
    return true;
}

bool nsr_list_read(hid_t dataset, nsr_slab slab, double *values) {
    nsr_list_reading list;
    nsr_err none = {0};
    bool good = nsr_list_open(&list, dataset, FOR_A_LOOK, &none) && nsr_list_get(&list, slab, values, &none);
    nsr_list_close(&list);
    return good;
}
