/* SPDX-License-Identifier: MIT */
/* HDF5 keeps every source file of a virtual dataset open that it has read from, with half a megabyte of memory each,
   until the dataset is closed. So readers count the sources, and open the dataset again after some. Sources are taken
   for equally long. */
#include "virtual_parts.h"

#include <stdlib.h>
#include <string.h>

/* Opening a dataset whose sources have numbers looks for all of them, so that is done less often. */
enum { MOST_NAMED = 32, MOST_NUMBERED = 128, PART_BYTES = 1 << 20 /* HDF5's caches for one */ };

/* Sources that a mapping names by number: one per block along the unlimited dimension. */
static int64_t count_numbered(hid_t space, int dims, const hsize_t *shape) {
    hsize_t start[H5S_MAX_RANK], stride[H5S_MAX_RANK], count[H5S_MAX_RANK], block[H5S_MAX_RANK];
    if (H5Sget_select_type(space) != H5S_SEL_HYPERSLABS || H5Sis_regular_hyperslab(space) <= 0 ||
        H5Sget_regular_hyperslab(space, start, stride, count, block) < 0)
        return 1;
    for (int i = 0; i < dims; i++)
        if (count[i] == H5S_UNLIMITED && start[i] < shape[i]) return (int64_t)((shape[i] - start[i]) / stride[i] + 1);
    return 1;
}

/* Fills n and most. */
static void count_sources(nsr_parts *parts, hid_t dataset, hid_t dcpl) {
    hsize_t shape[H5S_MAX_RANK];
    size_t mappings = 0;
    int dims = nsr_h5_shape(dataset, H5S_MAX_RANK, shape);
    if (H5Pget_layout(dcpl) != H5D_VIRTUAL || H5Pget_virtual_count(dcpl, &mappings) < 0) return;
    for (size_t i = 0; i < mappings; i++) {
        hid_t space = H5Pget_virtual_vspace(dcpl, i);
        if (space >= 0) parts->n += count_numbered(space, dims, shape);
        nsr_h5_close(space);
    }
    parts->most = parts->n > (int64_t)mappings ? MOST_NUMBERED : MOST_NAMED;
}

void nsr_parts_open(nsr_parts *parts, hid_t dataset, int64_t rows, int64_t *memory) {
    hid_t dcpl = H5Dget_create_plist(dataset);
    *parts = (nsr_parts){.rows = rows};
    if (dcpl >= 0) count_sources(parts, dataset, dcpl);
    int64_t n = parts->n;
    *memory += (n < parts->most ? n : parts->most) * PART_BYTES;
    nsr_h5_close(dcpl);
    H5Eclear2(H5E_DEFAULT);
    if (n <= parts->most || rows < 1 || !(parts->bit = calloc(1, (size_t)n / 8 + 1))) parts->n = 0;
}

void nsr_parts_close(nsr_parts *parts) {
    free(parts->bit);
    *parts = (nsr_parts){0};
}

void nsr_parts_forget(nsr_parts *parts) {
    if (parts->bit) memset(parts->bit, 0, (size_t)parts->n / 8 + 1);
    parts->open = 0;
}

int64_t nsr_parts_fit(nsr_parts *parts, int64_t first, int64_t step, int64_t n) {
    for (int64_t i = 0; parts->n > 0 && i < n; i++) {
        int64_t row = first + i * step, part = (int64_t)((double)row / (double)parts->rows * (double)parts->n);
        if (part >= parts->n) part = parts->n - 1;
        unsigned char *byte = &parts->bit[part / 8], bit = (unsigned char)(1 << part % 8);
        if (*byte & bit) continue;
        if (parts->open == parts->most) return i;
        *byte |= bit;
        parts->open++;
    }
    return n;
}
