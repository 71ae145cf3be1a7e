/* SPDX-License-Identifier: MIT */
/* Reading: every storage by every way gives the numbers that were written, for any stride; what is no field, is damaged
   or is ambiguous is refused with the right error code and message. */
#include "check.h"
#include "h5_make.h"

#include <fcntl.h>
#include <nsrender/log.h>
#include <nsrender/source.h>
#include <pthread.h>

enum { FRAMES = 53, A = 6, B = 7, BINS = A * B };
static double truth[FRAMES * BINS];
static nsr_comm *comm;

static nsr_config config_of(const char *input, const char *field, const char *io) {
    nsr_config config = {.input = input};
    config.input_as.sampling_rate = NAN;
    config.input_as.io = io;
    if (field) config.input_as.field = (nsr_list){1, {field}};
    return config;
}

/* --- the same numbers --- */

typedef struct storage {
    const char *name;
    make_data data;
    bool direct;
} storage;

static void fill_truth(void) {
    for (int i = 0; i < FRAMES * BINS; i++)
        truth[i] = (i * 37 % 251) / 4.0; /* exact in every type but the whole numbers */
    truth[5] = NAN;
    truth[BINS + 1] = INFINITY;
    truth[3 * BINS] = -INFINITY;
}

#define CUBE .rank = 3, .shape = {FRAMES, A, B}
#define FLAT .rank = 2, .shape = {FRAMES, BINS}

static storage storages[] = {
    {"f4", {.path = "f4", FLAT}, true},
    {"f4be", {.path = "f4be", FLAT}, true},
    {"f8", {.path = "f8", FLAT}, true},
    {"f8be", {.path = "f8be", FLAT}, true},
    {"f4-frames", {.path = "f4-frames", FLAT, .chunk = {1, BINS}}, true},
    {"f4-tiles", {.path = "f4-tiles", FLAT, .chunk = {7, 5}, .filters = "sz"}, true},
    {"f4-shuffled", {.path = "f4-shuffled", FLAT, .chunk = {7, 5}, .filters = "s"}, true},
    {"f4-gzip", {.path = "f4-gzip", FLAT, .chunk = {50, 40}, .filters = "z"}, true},
    {"f8be-tiles", {.path = "f8be-tiles", FLAT, .chunk = {8, 11}, .filters = "sz"}, true},
    {"f4be-gzip", {.path = "f4be-gzip", FLAT, .chunk = {8, 11}, .filters = "z"}, true},
    {"f8-past-end", {.path = "f8-past-end", FLAT, .chunk = {50, BINS}, .filters = "sz"}, true},
    {"f4-cube", {.path = "f4-cube", CUBE}, true},
    {"f4-cube-tiles", {.path = "f4-cube-tiles", CUBE, .chunk = {5, 4, 3}, .filters = "sz"}, true},
    {"f8-cube-rows", {.path = "f8-cube-rows", CUBE, .chunk = {5, 4, B}, .filters = "sz"}, true},
    {"f4-checked", {.path = "f4-checked", FLAT, .chunk = {7, 5}, .filters = "szf"}, true},
    {"f4-nbit", {.path = "f4-nbit", FLAT, .chunk = {7, 5}, .filters = "n"}, false},
};

static hid_t type_of(const char *name) {
    bool four = name[1] == '4', big = strstr(name, "be") != NULL;
    return four ? (big ? H5T_IEEE_F32BE : H5T_IEEE_F32LE) : (big ? H5T_IEEE_F64BE : H5T_IEEE_F64LE);
}

static void make_storages(const char *path) {
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    for (size_t i = 0; i < NSR_COUNTOF(storages); i++) {
        make_data data = storages[i].data;
        data.type = type_of(storages[i].name);
        data.memory = H5T_NATIVE_DOUBLE;
        data.values = truth;
        H5Dclose(make_dataset(file, &data));
    }
    H5Fclose(file);
}

static double value_at(const nsr_field *field, const void *values, int64_t i) {
    return field->type == NSR_F32 ? (double)((const float *)values)[i] : ((const double *)values)[i];
}

static bool same(double a, double b) { return a == b || (isnan(a) && isnan(b)); }

/* All frames of the selection, read in pieces. */
static bool agrees(nsr_reader *reader, const nsr_field *field, int64_t first, int64_t step, int64_t piece) {
    double values[FRAMES * BINS];
    int64_t n = (FRAMES - first + step - 1) / step, wrong = 0;
    for (int64_t i = 0; i < n; i += piece) {
        nsr_err err = {0};
        int64_t m = n - i < piece ? n - i : piece;
        if (!nsr_read(reader, first + i * step, step, m, values, &err)) return false;
        for (int64_t k = 0; k < m * BINS; k++)
            wrong += !same(value_at(field, values, k), truth[(first + (i + k / BINS) * step) * BINS + k % BINS]);
    }
    return wrong == 0;
}

static void check_way(const char *path, const storage *s, const char *io) {
    nsr_err err = {0};
    nsr_source *source;
    nsr_config config = config_of(path, s->name, io);
    if (!CHECK(nsr_source_open(&source, comm, &config, &err))) {
        fprintf(stderr, "%s: %s\n", s->name, err.msg);
        return;
    }
    const nsr_field *field = nsr_source_field(source);
    nsr_reader *reader = nsr_reader_open(source, &err);
    const char *reason;
    CHECK_EQ(field->n_frames, FRAMES);
    CHECK_EQ(field->n_bins, BINS);
    CHECK_TEXT(nsr_source_io(source, &reason), strcmp(io, "auto") ? io : s->direct ? "direct" : "hdf5");
    CHECK(agrees(reader, field, 0, 1, FRAMES));
    /* once through: no byte is read twice */
    CHECK_EQ(nsr_source_bytes_read(source), field->bytes);
    CHECK(agrees(reader, field, 0, 1, 4));
    CHECK(agrees(reader, field, 3, 2, 5));
    CHECK(agrees(reader, field, 2, 9, 3));
    CHECK(agrees(reader, field, 1, 30, 1));
    CHECK(nsr_source_unchanged(source, &err));
    nsr_reader_close(reader);
    nsr_source_close(source, comm);
}

static void check_storages(void) {
    char path[200];
    make_storages(make_path(path, "storage.h5"));
    for (size_t i = 0; i < NSR_COUNTOF(storages); i++) {
        check_way(path, &storages[i], "auto");
        check_way(path, &storages[i], "hdf5");
    }
    nsr_err err = {0};
    nsr_source *source;
    nsr_config config = config_of(path, "f4-nbit", "direct");
    CHECK(!nsr_source_open(&source, comm, &config, &err));
    CHECK_EQ(err.code, NSR_EUSAGE);
    CHECK_HAS(err.msg, "nbit");
    CHECK(source == NULL);
}

/* --- many threads, one source --- */

static void *read_all_of(void *source) {
    nsr_err err = {0};
    nsr_reader *reader = nsr_reader_open(source, &err);
    bool good = reader != NULL;
    for (int i = 0; i < 20 && good; i++)
        good = agrees(reader, nsr_source_field(source), i % 5, 1 + i % 3, 1 + i % 11);
    nsr_reader_close(reader);
    return good ? source : NULL;
}

static void check_threads(const char *io) {
    enum { N = 4 };
    char path[200];
    nsr_err err = {0};
    nsr_source *source;
    nsr_config config = config_of(make_path(path, "storage.h5"), "f4-tiles", io);
    if (!CHECK(nsr_source_open(&source, comm, &config, &err))) return;
    pthread_t thread[N];
    for (int i = 0; i < N; i++)
        CHECK_EQ(pthread_create(&thread[i], NULL, read_all_of, source), 0);
    for (int i = 0; i < N; i++) {
        void *good = NULL;
        pthread_join(thread[i], &good);
        CHECK(good != NULL);
    }
    nsr_source_close(source, comm);
}

/* --- what is refused --- */

static void check_refused(const char *path, const char *field, int code, const char *words) {
    nsr_err err = {0};
    nsr_source *source = (nsr_source *)&err;
    nsr_config config = config_of(path, field, "auto");
    CHECK(!nsr_source_open(&source, comm, &config, &err));
    CHECK(source == NULL);
    CHECK_EQ(err.code, code);
    if (!CHECK_HAS(err.msg, words)) fprintf(stderr, "  %s\n", err.msg);
}

/* --- chunks that are missing, raw or damaged --- */

static void make_chunks(const char *path) {
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    make_data data = {
        .path = "f", .type = H5T_IEEE_F32LE, .memory = H5T_NATIVE_DOUBLE, FLAT, .chunk = {10, BINS}, .filters = "sz"};
    hid_t dataset = make_dataset(file, &data);
    static float plain[10 * BINS];
    for (int i = 0; i < 10 * BINS; i++)
        plain[i] = (float)i;
    hsize_t raw[2] = {10, 0}, short_one[2] = {20, 0}, garbage[2] = {30, 0};
    H5Dwrite_chunk(dataset, H5P_DEFAULT, 3, raw, sizeof plain, plain); /* neither shuffled nor deflated */
    H5Dwrite_chunk(dataset, H5P_DEFAULT, 3, short_one, 100, plain);
    H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, garbage, 300, plain);
    H5Dclose(dataset);
    data.path = "empty";
    H5Dclose(make_dataset(file, &data));
    data.path = "flat";
    data.chunk[0] = 0;
    data.filters = "";
    H5Dclose(make_dataset(file, &data));
    H5Fclose(file);
}

static void check_fill(const char *path, const char *name) {
    nsr_err err = {0};
    nsr_source *source;
    float values[BINS * 10];
    nsr_config config = config_of(path, name, "direct");
    if (!CHECK(nsr_source_open(&source, comm, &config, &err))) return;
    nsr_reader *reader = nsr_reader_open(source, &err);
    CHECK(nsr_read(reader, FRAMES - 9, 1, 9, values, &err));
    CHECK(values[0] == -7 && values[BINS * 9 - 1] == -7);
    CHECK_EQ(nsr_source_bytes_read(source), 0);
    nsr_reader_close(reader);
    nsr_source_close(source, comm);
}

static void check_bad_frames(nsr_reader *reader, int64_t first, const char *words) {
    float values[BINS * 10];
    nsr_err err = {0};
    CHECK(!nsr_read(reader, first, 1, 10, values, &err));
    CHECK_EQ(err.code, NSR_EDATA);
    CHECK_HAS(err.msg, words);
}

static void check_chunks(void) {
    char path[200];
    make_chunks(make_path(path, "chunks.h5"));
    check_fill(path, "f");
    check_fill(path, "empty");
    check_fill(path, "flat");
    nsr_err err = {0};
    nsr_source *source;
    float values[BINS * 10];
    nsr_config config = config_of(path, "f", "direct");
    if (!CHECK(nsr_source_open(&source, comm, &config, &err))) return;
    nsr_reader *reader = nsr_reader_open(source, &err);
    CHECK(nsr_read(reader, 10, 1, 10, values, &err));
    CHECK(values[0] == 0 && values[BINS] == BINS && values[BINS * 10 - 1] == BINS * 10 - 1);
    check_bad_frames(reader, 20, "chunk of frames 20..29");
    check_bad_frames(reader, 20, "chunk of frames 20..29"); /* is not taken for good the second time */
    check_bad_frames(reader, 30, "frames 30..39 cannot be inflated");
    CHECK(nsr_read(reader, 15, 1, 5, values, &err) && values[0] == 5 * BINS);
    CHECK(!nsr_read(reader, 50, 1, 4, values, &err)); /* beyond the end: our own mistake */
    CHECK_EQ(err.code, NSR_EINTERNAL);
    nsr_reader_close(reader);
    nsr_source_close(source, comm);
}

/* --- a file of things that are no field --- */

static void make_zoo(const char *path) {
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), type = H5Tcreate(H5T_COMPOUND, 8);
    H5Tinsert(type, "x", 0, H5T_IEEE_F64LE);
    make_data two = {.path = "g/one", .type = H5T_IEEE_F32LE, FLAT},
              line = {.path = "line", .type = H5T_IEEE_F32LE, .rank = 1, .shape = {9}};
    make_data none = {.path = "none", .type = H5T_IEEE_F32LE, .rank = 2, .shape = {0, 5}};
    make_data pairs = {.path = "pairs", .type = type, FLAT}, scalar = {.path = "scalar", .type = H5T_IEEE_F32LE};
    make_data *all[] = {&two, &line, &none, &scalar};
    for (size_t i = 0; i < NSR_COUNTOF(all); i++)
        H5Dclose(make_dataset(file, all[i]));
    two.path = "h/one";
    H5Dclose(make_dataset(file, &two));
    hid_t space = H5Screate_simple(2, pairs.shape, NULL);
    H5Dclose(H5Dcreate2(file, "pairs", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    make_texts(file, "words", "no number", 3);
    H5Lcreate_soft("/gone", file, "dangling", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/loop", file, "loop", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("gone.h5", "/f", file, "outside", H5P_DEFAULT, H5P_DEFAULT);
    H5Sclose(space);
    H5Tclose(type);
    H5Fclose(file);
}

static void check_zoo(void) {
    char path[200], other[200];
    make_zoo(make_path(path, "zoo.h5"));
    check_refused(path, NULL, NSR_EDATA, "/g/one (53 x 42), /h/one (53 x 42); choose one with --field");
    check_refused(path, "one", NSR_EDATA, "'one' may mean /g/one, /h/one");
    check_refused(path, "two", NSR_EDATA, "/: no dataset 'two'; found: /g/one (53 x 42), /h/one");
    check_refused(path, "g/two", NSR_EDATA, "/g: no dataset 'two'; found: one");
    check_refused(path, "g", NSR_EDATA, "/g: is a group, not a dataset; it holds: one");
    check_refused(path, "line/x", NSR_EDATA, "/line: is no group");
    check_refused(path, "line", NSR_EDATA, "1-D");
    check_refused(path, "none", NSR_EDATA, "0 frames");
    check_refused(path, "scalar", NSR_EDATA, "scalar");
    check_refused(path, "pairs", NSR_EDATA, "compound");
    check_refused(path, "words", NSR_EDATA, "string");
    check_refused(path, "dangling", NSR_EDATA, "soft link to '/gone'");
    check_refused(path, "loop", NSR_EDATA, "loop");
    check_refused(path, "outside", NSR_EDATA, "gone.h5");
    check_refused(make_path(other, "nothing.h5"), NULL, NSR_ENOINPUT, "no such file");
    check_refused(make_folder, NULL, NSR_ENOINPUT, "directory");
    FILE *text = fopen(make_path(other, "text.h5"), "w");
    if (CHECK(text != NULL)) {
        fputs("frame,bin,value\n", text);
        fclose(text);
        check_refused(other, NULL, NSR_EDATA, "not an HDF5 file");
    }
    CHECK_EQ(truncate(path, 4000), 0);
    check_refused(path, "one", NSR_EDATA, "truncated");
}

/* --- times --- */

static void check_times_of(nsr_config config, const char *path, double first, double last) {
    nsr_err err = {0};
    nsr_source *source;
    double times[FRAMES] = {0};
    if (!CHECK(nsr_source_open(&source, comm, &config, &err))) {
        fprintf(stderr, "  %s\n", err.msg);
        return;
    }
    const nsr_field *field = nsr_source_field(source);
    nsr_reader *reader = nsr_reader_open(source, &err);
    CHECK_TEXT(field->times.path, path);
    CHECK_EQ(nsr_read_times(reader, 0, 1, FRAMES, times, &err), isfinite(first));
    CHECK(nsr_good(&err));
    if (isfinite(first)) {
        CHECK_CLOSE(times[0], first, 1e-9);
        CHECK_CLOSE(times[FRAMES - 1], last, 1e-9);
        CHECK(nsr_read_times(reader, 2, 50, 2, times, &err) && times[1] > times[0]);
        CHECK_CLOSE(times[1], last, 1e-9);
    }
    nsr_reader_close(reader);
    nsr_source_close(source, comm);
}

static void make_times(const char *path) {
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    double times[FRAMES];
    make_data field = {.path = "a/field", .type = H5T_IEEE_F32LE, .memory = H5T_NATIVE_DOUBLE, FLAT, .values = truth};
    H5Dclose(make_dataset(file, &field));
    field.path = "b/field2";
    H5Dclose(make_dataset(file, &field));
    for (int i = 0; i < FRAMES; i++)
        times[i] = 10 + i;
    make_doubles(file, "frame_times", FRAMES, times);
    make_doubles(file, "b/times", FRAMES - 3, times); /* too short: the next one counts */
    make_doubles(file, "a/clock_ms", FRAMES, times);
    hid_t clock = H5Dopen2(file, "a/clock_ms", H5P_DEFAULT);
    make_text_attr(clock, "units", "ms");
    H5Dclose(clock);
    H5Fclose(file);
}

static void check_times(void) {
    char path[200];
    make_times(make_path(path, "times.h5"));
    nsr_config config = config_of(path, "field", "auto");
    check_times_of(config, "/frame_times", 10, 62);
    check_times_of(config_of(path, "field2", "auto"), "/frame_times", 10, 62);
    config.input_as.times_from = "clock_ms";
    check_times_of(config, "/a/clock_ms", 0.010, 0.062);
    config.input_as.times_from = NULL;
    config.input_as.sampling_rate = 50;
    check_times_of(config, "", 0, 1.04);
    config.input_as.times_from = "frame_times";
    nsr_err err = {0};
    nsr_source *source;
    CHECK(!nsr_source_open(&source, comm, &config, &err) && err.code == NSR_EUSAGE);
    config.input_as.sampling_rate = NAN;
    config.input_as.times_from = "b/times";
    err.code = 0;
    CHECK(!nsr_source_open(&source, comm, &config, &err) && err.code == NSR_EDATA);
    CHECK_HAS(err.msg, "53");
    check_times_of(config_of(make_path(path, "storage.h5"), "f4", "auto"), "", NAN, NAN);
}

/* --- NWB --- */

static void make_nwb(const char *path) {
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    double start = 20, rate = 25;
    make_text_attr(file, "nwb_version", "2.0");
    make_data one = {.rank = 0}, field = {.path = "processing/analysis/posterior/data",
                                          .type = H5T_IEEE_F32LE,
                                          .memory = H5T_NATIVE_DOUBLE,
                                          FLAT,
                                          .values = truth};
    H5Dclose(make_dataset(file, &field));
    one.path = "processing/analysis/posterior/starting_time";
    one.type = H5T_IEEE_F64LE;
    one.memory = H5T_NATIVE_DOUBLE;
    one.values = &start;
    hid_t time = make_dataset(file, &one), space = H5Screate(H5S_SCALAR);
    hid_t attr = H5Acreate2(time, "rate", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attr, H5T_NATIVE_DOUBLE, &rate);
    H5Aclose(attr);
    H5Sclose(space);
    H5Dclose(time);
    field.path = "processing/analysis/bin_centers/data";
    field.shape[0] = 1;
    H5Dclose(make_dataset(file, &field));
    H5Fclose(file);
}

static void check_nwb(void) {
    char path[200];
    make_nwb(make_path(path, "session.nwb"));
    check_times_of(config_of(path, NULL, "auto"), "", 20, 20 + 52 / 25.0);
    check_times_of(config_of(path, "posterior", "auto"), "", 20, 20 + 52 / 25.0);
    check_times_of(config_of(path, "processing/analysis/posterior", "auto"), "", 20, 20 + 52 / 25.0);
    check_refused(path, "data", NSR_EDATA, "may mean");
    nsr_err err = {0};
    nsr_config config = config_of(path, NULL, "auto");
    char *text = nsr_source_info(comm, &config, &err);
    if (CHECK(text != NULL)) {
        CHECK_HAS(text, "\"format\": \"nwb\"");
        CHECK_HAS(text, "\"/processing/analysis/posterior/data\"");
        CHECK_HAS(text, "\"n_frames\": 53");
        CHECK(strstr(text, "bin_centers") == NULL);
    }
    free(text);
}

static void check_changed(void) {
    char path[200];
    nsr_err err = {0};
    nsr_source *source;
    nsr_config config = config_of(make_path(path, "storage.h5"), "f4", "auto");
    if (!CHECK(nsr_source_open(&source, comm, &config, &err))) return;
    int fd = open(path, O_WRONLY | O_APPEND);
    CHECK_EQ(write(fd, "x", 1), 1);
    close(fd);
    CHECK(!nsr_source_unchanged(source, &err));
    CHECK_EQ(err.code, NSR_EDATA);
    nsr_source_close(source, comm);
}

int main(void) {
    if (!mkdtemp(make_folder)) return 1;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    nsr_log_open(NSR_LOG_ERROR, true);
    comm = nsr_comm_open_alone();
    fill_truth();
    check_storages();
    check_threads("direct");
    check_threads("hdf5");
    check_chunks();
    check_zoo();
    check_times();
    check_nwb();
    check_changed();
    nsr_comm_close(comm);
    make_clean();
    return check_done();
}
