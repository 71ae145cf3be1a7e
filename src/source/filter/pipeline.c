/* SPDX-License-Identifier: MIT */
/* The filter pipeline of a chunked dataset: names of the filters, and which of them the direct way or HDF5 can undo. */
#include "pipeline.h"

#include <stdio.h>
#include <string.h>

typedef struct known {
    H5Z_filter_t id;
    const char *name, *package; /* what to install where HDF5 does not have it */
} known;

#define HDF5PLUGIN "its plugin (pip install hdf5plugin; python -c 'import hdf5plugin; print(hdf5plugin.PLUGIN_PATH)')"
#define SZIP "an HDF5 that is built with szip (libaec)"

static const known names[] = {{H5Z_FILTER_DEFLATE, "gzip", "an HDF5 that is built with zlib"},
                              {H5Z_FILTER_SHUFFLE, "shuffle", NULL},
                              {H5Z_FILTER_FLETCHER32, "fletcher32", NULL},
                              {H5Z_FILTER_SZIP, "szip", SZIP},
                              {H5Z_FILTER_NBIT, "nbit", NULL},
                              {H5Z_FILTER_SCALEOFFSET, "scaleoffset", NULL},
                              {307, "bzip2", HDF5PLUGIN},
                              {32000, "lzf", NULL},
                              {32001, "blosc", HDF5PLUGIN},
                              {32004, "lz4", HDF5PLUGIN},
                              {32008, "bitshuffle", HDF5PLUGIN},
                              {32013, "zfp", HDF5PLUGIN},
                              {32015, "zstd", HDF5PLUGIN},
                              {32017, "sz", HDF5PLUGIN},
                              {32018, "fcidecomp", HDF5PLUGIN},
                              {32024, "sz3", HDF5PLUGIN},
                              {32026, "blosc2", HDF5PLUGIN},
                              {32028, "sperr", HDF5PLUGIN}};

static const known *find_filter(H5Z_filter_t id) {
    for (size_t i = 0; i < NSR_COUNTOF(names); i++)
        if (names[i].id == id) return &names[i];
    return NULL;
}

static const char *name_of(H5Z_filter_t id, char number[24]) {
    const known *filter = find_filter(id);
    snprintf(number, 24, "filter-%d", (int)id);
    return filter ? filter->name : number;
}

static void add_name(char *text, size_t size, const char *name) {
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%s%s", used ? "+" : "", name);
}

static H5Z_filter_t filter_at(hid_t dcpl, int at, uint32_t *word) {
    unsigned flags, config, value[20] = {0};
    size_t n = NSR_COUNTOF(value);
    char name[8];
    H5Z_filter_t id = H5Pget_filter2(dcpl, (unsigned)at, &flags, &n, value, sizeof name, name, &config);
    *word = n >= 1 ? value[0] : 0;
    return id;
}

static void not_direct(nsr_storage *storage, const char *why) {
    if (!storage->not_direct[0]) snprintf(storage->not_direct, sizeof storage->not_direct, "%s", why);
}

void nsr_filters_describe(nsr_found *found, hid_t dcpl) {
    nsr_pipeline *filters = &found->storage.filters;
    char number[24], why[NSR_REASON];
    int n = H5Pget_nfilters(dcpl);
    for (int i = 0; i < n; i++) {
        nsr_filter filter = {0};
        filter.id = filter_at(dcpl, i, &filter.word);
        const char *name = name_of(filter.id, number);
        add_name(found->field.filters, sizeof found->field.filters, name);
        snprintf(why, sizeof why, "filter %s is left to HDF5", name);
        if (!nsr_codec_known(filter.id)) not_direct(&found->storage, why);
        if (filters->n < NSR_MAX_FILTERS)
            filters->filter[filters->n++] = filter;
        else
            not_direct(&found->storage, "so many filters are left to HDF5");
    }
}

/* The h5repack of this machine does not help: it has the same filters as this HDF5. */
static bool refuse_filter(const nsr_found *found, hid_t dcpl, int at, nsr_err *err) {
    unsigned flags, config;
    size_t none = 0;
    char stored[64] = "";
    H5Z_filter_t id = H5Pget_filter2(dcpl, (unsigned)at, &flags, &none, NULL, sizeof stored, stored, &config);
    const known *filter = find_filter(id);
    const char *package = filter && filter->package ? filter->package : "the plugin of this filter";
    stored[sizeof stored - 1] = 0;
    stored[strcspn(stored, ";\n")] = 0;
    return nsr_fail(
        err, NSR_EDATA,
        "%s: %s: chunks went through filter %d (%s), which neither this program nor the HDF5 here has; "
        "install %s, and set HDF5_PLUGIN_PATH to its folder; or write the file again with gzip where it was "
        "written (h5repack needs the filter too)",
        found->field.file, found->field.path, (int)id,
        filter    ? filter->name
        : *stored ? stored
                  : "without a name",
        package);
}

bool nsr_filters_known(const nsr_found *found, hid_t dcpl, nsr_err *err) {
    uint32_t word;
    int n = H5Pget_layout(dcpl) == H5D_CHUNKED ? H5Pget_nfilters(dcpl) : 0;
    for (int i = 0; i < n; i++) {
        H5Z_filter_t id = filter_at(dcpl, i, &word);
        if (H5Zfilter_avail(id) > 0) continue;
        H5Eclear2(H5E_DEFAULT);
        return refuse_filter(found, dcpl, i, err);
    }
    return true;
}

/* --- filters that HDF5 lacks are registered with it, for --io hdf5 and for datasets of times --- */

/* Tries larger buffers until one suffices: not every format states its size, and stored sizes may be damaged. Few bytes
   may grow to so many, many bytes sixteenfold. */
static void *undo_in_room(int id, const void *stored, size_t bytes, size_t *got, size_t *room) {
    nsr_undoer *undoer = nsr_undoer_open();
    nsr_filter filter = {.id = id};
    void *plain = NULL;
    const size_t few = 256 << 20, many = 16 * bytes < UINT32_MAX ? 16 * bytes : UINT32_MAX;
    const size_t most = many > few ? many : few;
    *got = 0;
    *room = 1024 + bytes;
    while (undoer && *got == 0 && *room < most) {
        *room = *room < most / 4 ? *room * 4 : most;
        H5free_memory(plain);
        if (!(plain = H5allocate_memory(*room, false))) break;
        *got = nsr_codec_undo(undoer, &filter, stored, bytes, plain, *room);
    }
    nsr_undoer_close(undoer);
    if (*got) return plain;
    H5free_memory(plain);
    return NULL;
}

static size_t undo_for_hdf5(int id, unsigned flags, size_t bytes, size_t *room, void **buffer) {
    size_t got, new_room;
    if (!(flags & H5Z_FLAG_REVERSE)) return 0; /* this program does not compress */
    void *plain = undo_in_room(id, *buffer, bytes, &got, &new_room);
    if (!plain) return 0;
    H5free_memory(*buffer);
    *buffer = plain;
    *room = new_room;
    return got;
}

#define RUN(name, id)                                                                                                  \
    static size_t name(unsigned flags, size_t n, const unsigned values[], size_t bytes, size_t *room, void **buffer) { \
        (void)n;                                                                                                       \
        (void)values;                                                                                                  \
        return undo_for_hdf5(id, flags, bytes, room, buffer);                                                          \
    }

RUN(run_lzf, NSR_FILTER_LZF)
RUN(run_blosc, NSR_FILTER_BLOSC)
RUN(run_lz4, NSR_FILTER_LZ4)
RUN(run_zstd, NSR_FILTER_ZSTD)

void nsr_filters_register(void) {
    static const H5Z_class2_t classes[] = {
        {H5Z_CLASS_T_VERS, NSR_FILTER_LZF, 0, 1, "lzf", NULL, NULL, run_lzf},
        {H5Z_CLASS_T_VERS, NSR_FILTER_BLOSC, 0, 1, "blosc", NULL, NULL, run_blosc},
        {H5Z_CLASS_T_VERS, NSR_FILTER_LZ4, 0, 1, "lz4", NULL, NULL, run_lz4},
        {H5Z_CLASS_T_VERS, NSR_FILTER_ZSTD, 0, 1, "zstd", NULL, NULL, run_zstd},
    };
    for (size_t i = 0; i < NSR_COUNTOF(classes); i++)
        if (H5Zregister(&classes[i]) < 0) H5Eclear2(H5E_DEFAULT); /* reading then fails with the filter's name */
}
