/* SPDX-License-Identifier: MIT */
/* Opening datasets with a chunk cache of the right size, and what HDF5 needs to read them. */
#include "hdf5.h"
#include "source/filter/pipeline.h"

/* HDF5 removes chunks from its cache that were read to their ends, and, for a weight below 1, also others when the
   cache is full. Chunks at an edge are never read to their ends, and with weight 1 would stay. */
static const double WEIGHT = 0.75;
enum { CACHE_LEAST = 1 << 20, CACHE_ROW = 64 << 20, CACHE_MOST = 512 << 20 };

static size_t clamp(double bytes, size_t most) {
    return bytes < CACHE_LEAST ? CACHE_LEAST : bytes > (double)most ? most : (size_t)bytes;
}

/* The size of a chunk row, or of one chunk where a row is larger than `most`. In double: sizes from the file may
   overflow. */
static size_t cache_bytes(hid_t dataset, hid_t dcpl, size_t most) {
    nsr_h5_bounds chunks = {.dataset = dataset};
    if (!nsr_h5_chunks(&chunks, dcpl)) return CACHE_LEAST;
    double one = (double)chunks.bytes, row = 1;
    for (int i = 1; i < chunks.n_dims; i++)
        row *= (double)chunks.across[i];
    return one * row <= (double)most ? clamp(one * row, most) : clamp(one, CACHE_MOST);
}

static hid_t access_list(size_t cache, int gap) {
    hid_t dapl = H5Pcreate(H5P_DATASET_ACCESS);
    if (dapl >= 0 && H5Pset_chunk_cache(dapl, 12421, cache, WEIGHT) >= 0 &&
        (gap == 0 || H5Pset_virtual_printf_gap(dapl, (hsize_t)gap) >= 0))
        return dapl;
    nsr_h5_close(dapl);
    return H5I_INVALID_HID;
}

hid_t nsr_dataset_open(const nsr_source *source, const char *path, int gap, nsr_err *err) {
    const hid_t file = source->file;
    nsr_filters_register();
    hid_t first = H5Dopen2(file, path, H5P_DEFAULT), dcpl = first >= 0 ? H5Dget_create_plist(first) : H5I_INVALID_HID;
    size_t most = source->granted / 8 < CACHE_ROW ? (size_t)source->granted / 8 : CACHE_ROW;
    size_t cache = dcpl >= 0 ? cache_bytes(first, dcpl, most) : CACHE_LEAST;
    nsr_h5_close(dcpl);
    nsr_h5_close(first); /* an access list is ignored while the dataset is open elsewhere */
    hid_t dapl = access_list(cache, gap), dataset = dapl >= 0 ? H5Dopen2(file, path, dapl) : H5I_INVALID_HID;
    nsr_h5_close(dapl);
    char name[512] = "";
    if (dataset < 0 && H5Fget_name(file, name, sizeof name) < 0) name[0] = 0;
    if (dataset < 0) nsr_h5_fail(err, NSR_EDATA, "%s: %s: cannot be opened", name, path);
    return dataset;
}

bool nsr_dataset_reopen(const nsr_source *source, hid_t *dataset, const char *path, int gap, nsr_parts *parts,
                        nsr_err *err) {
    nsr_h5_close(*dataset);
    nsr_parts_forget(parts);
    *dataset = nsr_dataset_open(source, path, gap, err);
    return *dataset >= 0;
}

/* A chunk's buffer is doubled until the inflated chunk fits, so cached chunks take up to twice their bytes. */
int64_t nsr_dataset_memory(hid_t dataset) {
    hid_t dcpl = H5Dget_create_plist(dataset), dapl = H5Dget_access_plist(dataset);
    size_t slots, cache = 0;
    double evict;
    if (dcpl >= 0 && dapl >= 0 && H5Pget_layout(dcpl) == H5D_CHUNKED) H5Pget_chunk_cache(dapl, &slots, &cache, &evict);
    nsr_h5_close(dapl);
    nsr_h5_close(dcpl);
    const int64_t inflated = nsr_h5_chunk_memory(dataset);
    return (inflated ? 2 : 1) * (int64_t)cache + inflated;
}

bool nsr_field_fits(const nsr_source *source, nsr_err *err) {
    const size_t half = (size_t)source->granted / 2, least = 32 << 20;
    nsr_err why = {0};
    return nsr_h5_chunks_fit(source->dataset, half > least ? half : least, &why) ||
           nsr_fail(err, NSR_EDATA, "%s: %s: %.400s; or give more --memory", source->found.field.file,
                    source->found.field.path, why.msg);
}
