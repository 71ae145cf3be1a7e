/* SPDX-License-Identifier: MIT */
/* A deflate stream is at most 1032 times as long when it is inflated. Only where that is too much, the chunk is
   inflated here, into memory of the length that it claims. */
#include "h5_bounds.h"

#include <libdeflate.h>
#include <stdlib.h>

enum { GROWS = 1032, MOST_BITS = 1 << 27, MB = 1 << 20 };

static bool compresses(H5Z_filter_t id) {
    return id != H5Z_FILTER_SHUFFLE && id != H5Z_FILTER_FLETCHER32 && id != H5Z_FILTER_NBIT;
}

/* Fills the places of the filters. Returns the number of compressions. */
static int read_filters(nsr_h5_bounds *bounds, hid_t dcpl) {
    int n = H5Pget_nfilters(dcpl), compressions = 0;
    bounds->deflate = -1;
    for (int i = 0; i < n; i++) {
        unsigned flags, config;
        size_t none = 0;
        H5Z_filter_t id = H5Pget_filter2(dcpl, (unsigned)i, &flags, &none, NULL, 0, NULL, &config);
        compressions += compresses(id);
        if (id == H5Z_FILTER_DEFLATE) bounds->deflate = i;
        if (id == H5Z_FILTER_FLETCHER32) bounds->checksum = bounds->deflate >= 0;
    }
    return compressions;
}

bool nsr_h5_chunks(nsr_h5_bounds *bounds, hid_t dcpl) {
    hsize_t shape[H5S_MAX_RANK];
    int dims = nsr_h5_shape(bounds->dataset, H5S_MAX_RANK, shape);
    if (dims < 1 || H5Pget_layout(dcpl) != H5D_CHUNKED || H5Pget_chunk(dcpl, dims, bounds->chunk) != dims) return false;
    hid_t type = H5Dget_type(bounds->dataset);
    bounds->bytes = type >= 0 ? H5Tget_size(type) : 8;
    nsr_h5_close(type);
    for (int i = 0; i < dims; i++) {
        if (__builtin_mul_overflow(bounds->bytes, bounds->chunk[i], &bounds->bytes)) bounds->bytes = SIZE_MAX;
        bounds->across[i] = shape[i] / bounds->chunk[i] + (shape[i] % bounds->chunk[i] != 0);
    }
    bounds->n_dims = dims;
    return true;
}

static bool too_large(const nsr_h5_bounds *bounds, size_t most, nsr_err *err) {
    char path[200] = "";
    if (H5Iget_name(bounds->dataset, path, sizeof path) <= 0) path[0] = 0;
    return nsr_fail(err, NSR_EDATA,
                    "its chunks of %zu MB are more than the %zu MB that are read at once; make smaller ones: "
                    "h5repack -l %s:CHUNK=...",
                    bounds->bytes / MB, most / MB, path);
}

size_t nsr_h5_list_chunk(int64_t n, size_t most) {
    const size_t own = n > 0 && n < INT64_MAX / 8 ? 8 * (size_t)n : 0, less = own < most ? own : most;
    return less > NSR_H5_CHUNK ? less : NSR_H5_CHUNK;
}

/* Fills `bounds`. *compressions: filters that make chunks smaller. */
static bool look_at_chunks(nsr_h5_bounds *bounds, hid_t dataset, size_t most, int *compressions, nsr_err *err) {
    *bounds = (nsr_h5_bounds){.dataset = dataset, .harmless = 256 * MB};
    hid_t dcpl = H5Dget_create_plist(dataset);
    bool chunked = dcpl >= 0 && nsr_h5_chunks(bounds, dcpl);
    *compressions = chunked ? read_filters(bounds, dcpl) : 0;
    nsr_h5_close(dcpl);
    return *compressions == 0 || bounds->bytes <= most || too_large(bounds, most, err);
}

bool nsr_h5_chunks_fit(hid_t dataset, size_t most, nsr_err *err) {
    nsr_h5_bounds bounds;
    int compressions;
    return look_at_chunks(&bounds, dataset, most, &compressions, err);
}

bool nsr_h5_bounds_open(nsr_h5_bounds *bounds, hid_t dataset, size_t most, nsr_err *err) {
    int compressions;
    if (!look_at_chunks(bounds, dataset, most, &compressions, err)) return false;
    if (compressions > 1 && bounds->deflate >= 0)
        return nsr_fail(err, NSR_EDATA, "its chunks are compressed twice; write them again with one compression");
    if (compressions == 0 || bounds->deflate < 0) bounds->n_dims = 0;
    return true;
}

void nsr_h5_bounds_close(nsr_h5_bounds *bounds) {
    free(bounds->bit);
    *bounds = (nsr_h5_bounds){0};
}

/* --- one chunk --- */

static bool inflates_to_more(const nsr_h5_bounds *bounds, const void *stored, size_t bytes) {
    size_t got = 0;
    struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
    void *plain = malloc(bounds->bytes);
    enum libdeflate_result result = LIBDEFLATE_INSUFFICIENT_SPACE; /* out of memory: HDF5 would be, too */
    if (inflater && plain)
        result = libdeflate_zlib_decompress(inflater, stored, bytes - (bounds->checksum ? 4 : 0), plain, bounds->bytes,
                                            &got);
    free(plain);
    if (inflater) libdeflate_free_decompressor(inflater);
    return result == LIBDEFLATE_INSUFFICIENT_SPACE;
}

/* A chunk with so many stored bytes is read, and inflated where the mask says that it was deflated. */
static bool is_longer(const nsr_h5_bounds *bounds, const hsize_t *at, hsize_t bytes) {
    uint32_t mask = 0;
    if (bytes > bounds->bytes + bounds->bytes / 16 + 4096) return true;
    void *stored = malloc(bytes);
    bool longer = !stored;
    if (stored && H5Dread_chunk(bounds->dataset, H5P_DEFAULT, at, &mask, stored) >= 0 && !(mask >> bounds->deflate & 1))
        longer = inflates_to_more(bounds, stored, bytes);
    free(stored);
    return longer;
}

static bool is_harmless(const nsr_h5_bounds *bounds, hsize_t bytes) {
    return bytes <= bounds->harmless / GROWS || bytes / 4 <= bounds->bytes / GROWS;
}

/* The number of a chunk; MOST_BITS where there are more. */
static hsize_t number_of(const nsr_h5_bounds *bounds, const hsize_t *at) {
    hsize_t number = 0, all = 1;
    for (int i = 0; i < bounds->n_dims; i++) {
        if (__builtin_mul_overflow(all, bounds->across[i], &all) || all > MOST_BITS) return MOST_BITS;
        number = number * bounds->across[i] + at[i] / bounds->chunk[i];
    }
    return number;
}

static void note_good(nsr_h5_bounds *bounds, hsize_t number) {
    if (!bounds->bit && number < MOST_BITS) bounds->bit = calloc(1, MOST_BITS / 8);
    if (bounds->bit && number < MOST_BITS) bounds->bit[number / 8] |= (unsigned char)(1 << number % 8);
}

static bool check_chunk(nsr_h5_bounds *bounds, const hsize_t *at, nsr_err *err) {
    hsize_t bytes = 0, number = number_of(bounds, at);
    if (H5Dget_chunk_storage_size(bounds->dataset, at, &bytes) < 0 || is_harmless(bounds, bytes)) return true;
    if (bounds->bit && number < MOST_BITS && bounds->bit[number / 8] >> number % 8 & 1) return true;
    if (is_longer(bounds, at, bytes))
        return nsr_fail(err, NSR_EDATA,
                        "a chunk of %llu bytes inflates to more than the %zu bytes that it has: the "
                        "file is damaged",
                        (unsigned long long)bytes, bounds->bytes);
    note_good(bounds, number);
    return true;
}

bool nsr_h5_bounds_check(nsr_h5_bounds *bounds, const hsize_t *start, const hsize_t *stride, const hsize_t *count,
                         nsr_err *err) {
    hsize_t at[H5S_MAX_RANK], end[H5S_MAX_RANK];
    int n = bounds->n_dims, k = n - 1;
    for (int i = 0; i < n; i++) {
        if (count[i] == 0) return true;
        at[i] = start[i] / bounds->chunk[i] * bounds->chunk[i];
        end[i] = start[i] + (count[i] - 1) * (stride ? stride[i] : 1) + 1;
    }
    while (n > 0 && k >= 0) {
        if (!check_chunk(bounds, at, err)) return false;
        for (k = n - 1; k >= 0; k--) { /* the next one, the last dimension first */
            at[k] += bounds->chunk[k];
            if (at[k] < end[k]) break;
            at[k] = start[k] / bounds->chunk[k] * bounds->chunk[k];
        }
    }
    H5Eclear2(H5E_DEFAULT);
    return true;
}

bool nsr_h5_may_read(hid_t dataset, hsize_t rows, nsr_err *err) {
    nsr_h5_bounds bounds;
    hsize_t start[H5S_MAX_RANK] = {0}, count[H5S_MAX_RANK];
    bool good = nsr_h5_bounds_open(&bounds, dataset, NSR_H5_CHUNK, err);
    if (good && bounds.n_dims > 0 && nsr_h5_shape(dataset, H5S_MAX_RANK, count) == bounds.n_dims) {
        if (rows < count[0]) count[0] = rows;
        good = nsr_h5_bounds_check(&bounds, start, NULL, count, err);
    }
    nsr_h5_bounds_close(&bounds);
    return good;
}

/* The stored bytes and the inflated ones, or those before and after another filter. */
int64_t nsr_h5_chunk_memory(hid_t dataset) {
    nsr_h5_bounds bounds = {.dataset = dataset};
    hid_t dcpl = H5Dget_create_plist(dataset);
    bool filtered = dcpl >= 0 && nsr_h5_chunks(&bounds, dcpl) && H5Pget_nfilters(dcpl) > 0;
    nsr_h5_close(dcpl);
    return filtered && bounds.bytes < INT64_MAX / 2 ? 2 * (int64_t)bounds.bytes : 0;
}
