/* SPDX-License-Identifier: MIT */
/* The filter pipeline of a chunked dataset: its name for people, what the direct way makes of it, and whether this HDF5
   can undo it at all. */
#include "internal.h"

#include <stdio.h>
#include <string.h>

static const struct {
    H5Z_filter_t id;
    const char *name;
} names[] = {{H5Z_FILTER_DEFLATE, "gzip"},
             {H5Z_FILTER_SHUFFLE, "shuffle"},
             {H5Z_FILTER_FLETCHER32, "fletcher32"},
             {H5Z_FILTER_SZIP, "szip"},
             {H5Z_FILTER_NBIT, "nbit"},
             {H5Z_FILTER_SCALEOFFSET, "scaleoffset"},
             {307, "bzip2"},
             {32000, "lzf"},
             {32001, "blosc"},
             {32004, "lz4"},
             {32008, "bitshuffle"},
             {32013, "zfp"},
             {32015, "zstd"},
             {32026, "blosc2"}};

static const char *name_of(H5Z_filter_t id, char number[24]) {
    for (size_t i = 0; i < NSR_COUNTOF(names); i++)
        if (names[i].id == id) return names[i].name;
    snprintf(number, 24, "filter-%d", (int)id);
    return number;
}

/* What shuffle took for the size of a value; 0 when it cannot be known. */
static unsigned shuffle_size(hid_t dcpl, unsigned at) {
    unsigned flags, value[8] = {0}, config;
    size_t n = 8;
    char name[8];
    H5Z_filter_t id = H5Pget_filter2(dcpl, at, &flags, &n, value, sizeof name, name, &config);
    return id == H5Z_FILTER_SHUFFLE && n >= 1 ? value[0] : 0;
}

static H5Z_filter_t filter_at(hid_t dcpl, unsigned at) {
    unsigned flags, config;
    size_t n = 0;
    return H5Pget_filter2(dcpl, at, &flags, &n, NULL, 0, NULL, &config);
}

static void not_direct(nsr_storage *storage, const char *why) {
    if (!storage->not_direct[0]) snprintf(storage->not_direct, sizeof storage->not_direct, "%s", why);
}

static void take(nsr_storage *storage, hid_t dcpl, int at, H5Z_filter_t id, const char *name) {
    char why[NSR_REASON];
    if (id == H5Z_FILTER_DEFLATE && storage->deflate < 0) {
        storage->deflate = at;
    } else if (id == H5Z_FILTER_SHUFFLE && storage->shuffle < 0 && storage->deflate < 0) {
        storage->shuffle = at;
        if (shuffle_size(dcpl, (unsigned)at) != (unsigned)storage->element)
            not_direct(storage, "shuffled in another word size");
    } else {
        snprintf(why, sizeof why, "filter %s is left to HDF5", name);
        not_direct(storage, why);
    }
}

void nsr_filters_describe(nsr_found *found, hid_t dcpl) {
    char *text = found->field.filters, number[24];
    size_t size = sizeof found->field.filters;
    int n = H5Pget_nfilters(dcpl);
    found->storage.n_filters = n < 0 ? 0 : n;
    found->storage.shuffle = found->storage.deflate = -1;
    for (int i = 0; i < n; i++) {
        H5Z_filter_t id = filter_at(dcpl, (unsigned)i);
        const char *name = name_of(id, number);
        size_t used = strlen(text);
        snprintf(text + used, size - used, "%s%s", i ? "+" : "", name);
        take(&found->storage, dcpl, i, id, name);
    }
}

bool nsr_filters_known(const nsr_found *found, hid_t dcpl, nsr_err *err) {
    char number[24];
    for (int i = 0; i < found->storage.n_filters; i++) {
        H5Z_filter_t id = filter_at(dcpl, (unsigned)i);
        if (H5Zfilter_avail(id) > 0) continue;
        H5Eclear2(H5E_DEFAULT);
        return nsr_fail(
            err, NSR_EDATA,
            "%s: %s: chunks went through filter %d (%s), which this HDF5 does not have; install its plugin and "
            "set HDF5_PLUGIN_PATH, or rewrite the file with gzip",
            found->field.file, found->field.path, (int)id, name_of(id, number));
    }
    return true;
}
