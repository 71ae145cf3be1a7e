/* SPDX-License-Identifier: MIT */
/* Every stored type, either byte order, frames first or last, packed or not, contiguous, in tiles and through every
   filter: the values are those of C's conversions, whatever the way of reading. */
#include "check.h"
#include "h5_make.h"

#include <blosc.h>
#include <lz4.h>
#include <nsrender/log.h>
#include <nsrender/source.h>
#include <zstd.h>

enum { FRAMES = 53, BINS = 42, N = FRAMES * BINS };
static double truth[N];
static nsr_comm *comm;

/* --- what is stored --- */

static hid_t half_type(void) {
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    H5Tset_fields(type, 15, 10, 5, 0, 10);
    H5Tset_size(type, 2);
    H5Tset_ebias(type, 15);
    return type;
}

static const struct {
    const char *name;
    double scale, first; /* value i is first + scale * i, as far as the type holds it */
} kinds[] = {{"i1", 1, -100},  {"u1", 1, 0},        {"i2", 31, -9000},       {"u2", 29, 3},
             {"i4", 9999, -7}, {"u4", 1900000, 11}, {"i8", 0x1p51, -0x1p60}, {"u8", 0x1p52, 0x1p63},
             {"f2", 0.25, -9}, {"f4", 0.1, -5},     {"f8", 0.1, 1e9}};

static hid_t stored_type(const char *name, bool big) {
    bool real = name[0] == 'f', sign = name[0] == 'i';
    hid_t type = H5I_INVALID_HID;
    switch (name[1]) {
    case '1': type = H5Tcopy(sign ? H5T_STD_I8LE : H5T_STD_U8LE); break;
    case '2': type = real ? half_type() : H5Tcopy(sign ? H5T_STD_I16LE : H5T_STD_U16LE); break;
    case '4': type = H5Tcopy(real ? H5T_IEEE_F32LE : sign ? H5T_STD_I32LE : H5T_STD_U32LE); break;
    default: type = H5Tcopy(real ? H5T_IEEE_F64LE : sign ? H5T_STD_I64LE : H5T_STD_U64LE);
    }
    if (big) H5Tset_order(type, H5T_ORDER_BE);
    return type;
}

/* Numbers of 8 bytes that no double holds are made as such; the others go through HDF5's own conversion. */
static void make_truth(const char *name, double scale, double first, void *exact) {
    int64_t *i8 = exact;
    uint64_t *u8 = exact;
    double *f8 = exact;
    for (int i = 0; i < N; i++) {
        int k = i * 37 % 201;
        double x = first + scale * k;
        if (name[0] == 'i') i8[i] = (int64_t)first + (int64_t)scale * k + k; /* for whole numbers of 8 bytes */
        if (name[0] == 'u') u8[i] = (uint64_t)first + (uint64_t)scale * (uint64_t)k + (uint64_t)k;
        if (strcmp(name, "i8") == 0)
            truth[i] = (double)i8[i];
        else if (strcmp(name, "u8") == 0)
            truth[i] = (double)u8[i];
        else
            f8[i] = truth[i] = name[0] == 'f' && name[1] == '4' ? (double)(float)x : x;
    }
    if (name[0] != 'f') return;
    f8[5] = truth[5] = NAN;
    f8[BINS + 1] = truth[BINS + 1] = INFINITY;
    f8[3 * BINS] = truth[3 * BINS] = -INFINITY;
    f8[7] = truth[7] = 0x1p-24; /* the least half */
}

static void turn(uint64_t *values) {
    static uint64_t kept[N];
    memcpy(kept, values, sizeof kept);
    for (int f = 0; f < FRAMES; f++)
        for (int b = 0; b < BINS; b++)
            values[b * FRAMES + f] = kept[f * BINS + b];
}

static const struct {
    bool last;
    hsize_t chunk[2];
    const char *filters;
} layouts[] = {{false, {0}, ""}, {false, {7, 5}, "szf"}, {false, {50, 40}, "fs"},
               {true, {0}, ""},  {true, {5, 7}, "szf"},  {true, {40, 50}, "z"}};

static void make(const char *path, size_t kind, bool big, size_t layout) {
    static uint64_t exact[N];
    const char *name = kinds[kind].name;
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), type = stored_type(name, big);
    make_truth(name, kinds[kind].scale, kinds[kind].first, exact);
    bool last = layouts[layout].last;
    if (last) turn(exact);
    make_data data = {.path = "f",
                      .type = type,
                      .memory = strcmp(name, "i8") == 0   ? H5T_NATIVE_INT64
                                : strcmp(name, "u8") == 0 ? H5T_NATIVE_UINT64
                                                          : H5T_NATIVE_DOUBLE,
                      .rank = 2,
                      .shape = {last ? BINS : FRAMES, last ? FRAMES : BINS},
                      .chunk = {layouts[layout].chunk[0], layouts[layout].chunk[1]},
                      .filters = layouts[layout].filters,
                      .values = exact};
    H5Dclose(make_dataset(file, &data));
    H5Tclose(type);
    H5Fclose(file);
}

/* --- what is read --- */

static double value_at(const nsr_field *field, const void *values, int64_t i) {
    return field->type == NSR_F32 ? (double)((const float *)values)[i] : ((const double *)values)[i];
}

static bool agrees(nsr_reader *reader, const nsr_field *field, int64_t first, int64_t step, int64_t piece) {
    static double values[N];
    int64_t n = (FRAMES - first + step - 1) / step;
    for (int64_t i = 0; i < n; i += piece) {
        nsr_err err = {0};
        int64_t m = n - i < piece ? n - i : piece;
        if (!nsr_read(reader, first + i * step, step, m, values, &err)) return fprintf(stderr, "%s\n", err.msg), false;
        for (int64_t k = 0; k < m * BINS; k++) {
            double got = value_at(field, values, k), want = truth[(first + (i + k / BINS) * step) * BINS + k % BINS];
            if (got == want || (isnan(got) && isnan(want))) continue;
            fprintf(stderr, "frame %d: %.17g instead of %.17g\n", (int)(first + (i + k / BINS) * step), got, want);
            return false;
        }
    }
    return true;
}

static bool check_read(const char *path, const char *axes, const char *io, nsr_type type) {
    nsr_err err = {0};
    nsr_source *source;
    nsr_config config = {.input = path};
    config.input_as.sampling_rate = NAN;
    config.input_as.io = io;
    config.input_as.axes = axes;
    config.input_as.field = (nsr_list){1, {"f"}};
    if (!CHECK(nsr_source_open(&source, comm, &config, &err))) return fprintf(stderr, "  %s\n", err.msg), false;
    const nsr_field *field = nsr_source_field(source);
    nsr_reader *reader = nsr_reader_open(source, &err);
    bool good = CHECK_EQ(field->n_frames, FRAMES) && CHECK_EQ(field->n_bins, BINS) && CHECK_EQ(field->type, type);
    good = CHECK_TEXT(nsr_source_io(source, NULL), io) && good;
    good = CHECK(good && agrees(reader, field, 0, 1, FRAMES) && agrees(reader, field, 0, 1, 4) &&
                 agrees(reader, field, 3, 2, 5) && agrees(reader, field, 1, 30, 1));
    nsr_reader_close(reader);
    nsr_source_close(source, comm);
    return good;
}

static void check_types(void) {
    char path[200];
    make_path(path, "numbers.h5");
    for (size_t kind = 0; kind < NSR_COUNTOF(kinds); kind++) {
        for (size_t layout = 0; layout < 2 * NSR_COUNTOF(layouts); layout++) {
            const char *name = kinds[kind].name, *axes = layouts[layout / 2].last ? "bt" : NULL;
            nsr_type type = name[1] <= '2' || strcmp(name, "f4") == 0 ? NSR_F32 : NSR_F64;
            make(path, kind, layout % 2, layout / 2);
            if (!check_read(path, axes, "direct", type) || !check_read(path, axes, "hdf5", type))
                fprintf(stderr, "  %s, layout %zu\n", name, layout);
        }
    }
}

/* --- all halves --- */

static void check_halves(void) {
    enum { ALL = 1 << 16 };
    static uint16_t halves[ALL];
    static float values[ALL];
    char path[200];
    nsr_err err = {0};
    nsr_source *source;
    hid_t file = H5Fcreate(make_path(path, "half.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), type = half_type();
    for (int i = 0; i < ALL; i++)
        halves[i] = (uint16_t)i;
    make_data data = {.path = "f", .type = type, .memory = type, .rank = 2, .shape = {256, 256}, .values = halves};
    H5Dclose(make_dataset(file, &data));
    H5Tclose(type);
    H5Fclose(file);
    nsr_config config = {.input = path, .input_as = {.sampling_rate = NAN}};
    if (!CHECK(nsr_source_open(&source, comm, &config, &err))) return;
    nsr_reader *reader = nsr_reader_open(source, &err);
    CHECK(nsr_read(reader, 0, 1, 256, values, &err));
    int wrong = 0;
    for (int i = 0; i < ALL; i++) {
        int exponent = i >> 10 & 31, mantissa = i & 1023;
        double x = exponent == 31  ? (mantissa ? NAN : INFINITY)
                   : exponent == 0 ? ldexp(mantissa, -24)
                                   : ldexp(1024 + mantissa, exponent - 25);
        if (i & 0x8000) x = -x;
        wrong += !(values[i] == x || (isnan(x) && isnan(values[i])));
    }
    CHECK_EQ(wrong, 0);
    nsr_reader_close(reader);
    nsr_source_close(source, comm);
}

/* --- packing --- */

static void number_attr(hid_t dataset, const char *name, hid_t type, double value) {
    hid_t space = H5Screate(H5S_SCALAR), attr = H5Acreate2(dataset, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attr, H5T_NATIVE_DOUBLE, &value);
    H5Aclose(attr);
    H5Sclose(space);
}

static void check_packing(hid_t attr_type, bool add, nsr_type type, const hsize_t chunk[2]) {
    char path[200];
    double scale = attr_type == H5T_IEEE_F32LE ? (double)0.01f : 0.01, stored[N];
    hid_t file = H5Fcreate(make_path(path, "packed.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    for (int i = 0; i < N; i++) {
        stored[i] = i * 37 % 201 - 100;
        truth[i] = type == NSR_F32 ? (double)((float)stored[i] * (float)scale + (add ? 1.5f : 0))
                                   : stored[i] * scale + (add ? 1.5 : 0);
        if (stored[i] == -99 || stored[i] == 7) truth[i] = NAN;
    }
    make_data data = {.path = "f",
                      .type = H5T_STD_I16BE,
                      .memory = H5T_NATIVE_DOUBLE,
                      .rank = 2,
                      .shape = {FRAMES, BINS},
                      .chunk = {chunk[0], chunk[1]},
                      .filters = chunk[0] ? "sz" : "",
                      .values = stored};
    hid_t dataset = make_dataset(file, &data);
    number_attr(dataset, "scale_factor", attr_type, scale);
    if (add) number_attr(dataset, "add_offset", attr_type, 1.5);
    number_attr(dataset, "_FillValue", H5T_STD_I16LE, -99);
    number_attr(dataset, "missing_value", H5T_STD_I16LE, 7);
    H5Dclose(dataset);
    H5Fclose(file);
    check_read(path, NULL, "direct", type);
    check_read(path, NULL, "hdf5", type);
}

/* --- filters that this HDF5 has not: chunks are written as they are --- */

static size_t lzf(const float *values, size_t bytes, unsigned char *to) { /* literals, and one run at the end */
    const unsigned char *from = (const unsigned char *)values;
    size_t at = 0, i = 0;
    for (size_t n; i < bytes; i += n) {
        n = bytes - i < 32 ? bytes - i : 32;
        to[at++] = (unsigned char)(n - 1);
        memcpy(to + at, from + i, n);
        at += n;
    }
    return at;
}

static size_t lz4(const float *values, size_t bytes, unsigned char *to) {
    enum { BLOCK = 1000 };
    size_t at = 12;
    memset(to, 0, 12);
    for (int i = 0; i < 4; i++) {
        to[4 + i] = (unsigned char)(bytes >> (24 - 8 * i));
        to[8 + i] = (unsigned char)(BLOCK >> (24 - 8 * i));
    }
    for (size_t i = 0; i < bytes; i += BLOCK) {
        int n = bytes - i < BLOCK ? (int)(bytes - i) : BLOCK;
        int stored = LZ4_compress_default((const char *)values + i, (char *)to + at + 4, n, n - 1);
        if (stored == 0) memcpy(to + at + 4, (const char *)values + i, (size_t)(stored = n));
        for (int k = 0; k < 4; k++)
            to[at + (size_t)k] = (unsigned char)(stored >> (24 - 8 * k));
        at += 4 + (size_t)stored;
    }
    return at;
}

static size_t zstd(const float *values, size_t bytes, unsigned char *to) {
    return ZSTD_compress(to, 2 * bytes, values, bytes, 3);
}

static size_t blosc(const float *values, size_t bytes, unsigned char *to) {
    return (size_t)blosc_compress_ctx(5, BLOSC_SHUFFLE, 4, bytes, values, to, 2 * bytes, "lz4", 0, 1);
}

static size_t ignored(unsigned flags, size_t n, const unsigned values[], size_t bytes, size_t *room, void **buffer) {
    (void)flags, (void)n, (void)values, (void)room, (void)buffer;
    return bytes;
}

static void check_filter(int id, const char *name, size_t (*squeeze)(const float *, size_t, unsigned char *)) {
    enum { ROWS = 10 };
    char path[200];
    static float values[ROWS * BINS];
    static unsigned char stored[2 * sizeof values + 100];
    hsize_t shape[2] = {FRAMES, BINS}, chunk[2] = {ROWS, BINS};
    H5Z_class2_t filter = {H5Z_CLASS_T_VERS, id, 1, 1, name, NULL, NULL, ignored};
    H5Zregister(&filter);
    hid_t file = H5Fcreate(make_path(path, name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(2, shape, NULL), dcpl = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(dcpl, 2, chunk);
    H5Pset_filter(dcpl, id, H5Z_FLAG_MANDATORY, 0, NULL);
    hid_t dataset = H5Dcreate2(file, "f", H5T_IEEE_F32LE, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    for (hsize_t first = 0; first < FRAMES; first += ROWS) {
        hsize_t at[2] = {first, 0};
        memset(values, 0, sizeof values);
        for (int i = 0; i < ROWS * BINS && (int)first * BINS + i < N; i++)
            truth[(int)first * BINS + i] = values[i] = (float)((i * 37 % 201) / 8);
        size_t bytes = squeeze(values, sizeof values, stored);
        H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, at, bytes, stored);
    }
    H5Dclose(dataset);
    H5Pclose(dcpl);
    H5Sclose(space);
    H5Fclose(file);
    check_read(path, NULL, "direct", NSR_F32);
    check_read(path, NULL, "hdf5", NSR_F32);
}

int main(void) {
    if (!mkdtemp(make_folder)) return 1;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    nsr_log_open(NSR_LOG_ERROR, true);
    comm = nsr_comm_open_alone();
    check_types();
    check_halves();
    hsize_t none[2] = {0, 0}, tiles[2] = {7, 5};
    check_packing(H5T_IEEE_F64LE, true, NSR_F64, none);
    check_packing(H5T_IEEE_F64LE, false, NSR_F64, tiles);
    check_packing(H5T_IEEE_F32LE, true, NSR_F32, tiles);
    check_packing(H5T_IEEE_F32LE, false, NSR_F32, none);
    check_filter(32000, "lzf", lzf);
    check_filter(32001, "blosc", blosc);
    check_filter(32004, "lz4", lz4);
    check_filter(32015, "zstd", zstd);
    nsr_comm_close(comm);
    make_clean();
    return check_done();
}
