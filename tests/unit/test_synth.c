/* SPDX-License-Identifier: MIT */
/* The made-up recording: its bytes depend on the options alone, its values are a posterior, bad options are refused. */
#include "check.h"
#include <hdf5.h>
#include <nsrender/file.h>
#include <nsrender/synth.h>
#include <stdlib.h>
#include <unistd.h>

enum { FRAMES = 700, ROWS = 9, COLS = 14, BINS = ROWS * COLS };

static char dir[] = "/tmp/nsr-synth-XXXXXX";

static nsr_config options(const char *name) {
    static char path[8][NSR_PATH];
    static int next;
    char *own = path[next++ % 8];
    snprintf(own, NSR_PATH, "%s/%s", dir, name);
    return (nsr_config){.input = own,
                        .run.threads = 1,
                        .synth = {.frames = FRAMES,
                                  .seed = 7,
                                  .chunk_frames = 64,
                                  .gzip_level = 1,
                                  .grid = "9x14",
                                  .dtype = "f4",
                                  .storage = "contiguous",
                                  .order = "little",
                                  .sampling_rate = 30,
                                  .nan_share = 0.05}};
}

static int run(const nsr_config *config, nsr_err *err) {
    nsr_comm *comm = nsr_comm_open_alone();
    *err = (nsr_err){0};
    bool good = nsr_synth(comm, config, err);
    CHECK(good == nsr_good(err));
    nsr_comm_close(comm);
    return err->code;
}

static void hash_of(const nsr_config *config, char hash[NSR_HASH_CHARS]) {
    nsr_err err;
    hash[0] = 0;
    if (CHECK_EQ(run(config, &err), NSR_OK))
        CHECK(nsr_hash_file(config->input, 0, -1, hash, &err));
    else
        fprintf(stderr, "%s\n", err.msg);
}

static double *load(const nsr_config *config, const char *name, size_t n) {
    double *values = malloc(n * sizeof *values);
    hid_t file = H5Fopen(config->input, H5F_ACC_RDONLY, H5P_DEFAULT), data = H5Dopen2(file, name, H5P_DEFAULT);
    hid_t space = H5Dget_space(data);
    CHECK_EQ(H5Sget_simple_extent_npoints(space), n);
    CHECK(H5Dread(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Sclose(space);
    H5Dclose(data);
    H5Fclose(file);
    return values;
}

/* Values that differ; all NaN are alike, because HDF5 makes its own when it converts. */
static int64_t differing(const double *a, const double *b, double share) {
    int64_t n = 0;
    for (int i = 0; i < FRAMES * BINS; i++)
        n += isnan(a[i]) != isnan(b[i]) || fabs(a[i] - b[i]) > share * fabs(b[i]);
    return n;
}

static void test_same_bytes(void) {
    static const char *const storages[] = {"contiguous", "gzip"};
    for (int i = 0; i < 2; i++) {
        nsr_config one = options(i ? "gzip1.h5" : "plain1.h5"), three = options(i ? "gzip3.h5" : "plain3.h5");
        char a[NSR_HASH_CHARS], b[NSR_HASH_CHARS];
        one.synth.storage = three.synth.storage = storages[i];
        three.run.threads = 3;
        hash_of(&one, a);
        hash_of(&three, b);
        CHECK_TEXT(a, b);
    }
    nsr_config plain = options("plain1.h5"), gzip = options("gzip1.h5");
    double *a = load(&plain, "posterior", FRAMES * BINS), *b = load(&gzip, "posterior", FRAMES * BINS);
    CHECK_EQ(differing(a, b, 0), 0);
    free(a);
    free(b);
}

static void test_forms(void) { /* byte order and shape change the file, not the values; doubles are finer */
    nsr_config plain = options("plain1.h5"), big = options("big.h5"), wide = options("wide.h5");
    char hash[NSR_HASH_CHARS];
    big.synth.order = "big";
    big.synth.flat = true;
    wide.synth.dtype = "f8";
    hash_of(&big, hash);
    hash_of(&wide, hash);
    double *a = load(&plain, "posterior", FRAMES * BINS), *b = load(&big, "posterior", FRAMES * BINS);
    double *c = load(&wide, "posterior", FRAMES * BINS);
    CHECK_EQ(differing(a, b, 0), 0);
    CHECK_EQ(differing(a, c, 1e-6), 0);
    int64_t finer = 0;
    for (int i = 0; i < FRAMES * BINS; i++)
        finer += !isnan(c[i]) && c[i] != (double)(float)c[i];
    CHECK(finer > FRAMES * BINS / 2);
    free(a);
    free(b);
    free(c);
}

static bool inside(int bin) {
    double y = (2.0 * (bin / COLS) + 1 - ROWS) / ROWS, x = (2.0 * (bin % COLS) + 1 - COLS) / COLS;
    return x * x + y * y <= 1;
}

static void test_values(void) {
    nsr_config config = options("plain1.h5");
    double *p = load(&config, "posterior", FRAMES * BINS), *xy = load(&config, "position", FRAMES * 2);
    double *t = load(&config, "time", FRAMES);
    int64_t gaps = 0, wrong = 0;
    for (int frame = 0; frame < FRAMES; frame++) {
        double sum = 0;
        int n = 0;
        for (int bin = 0; bin < BINS; bin++) {
            double value = p[frame * BINS + bin];
            wrong += !inside(bin) && !isnan(value);
            if (!isnan(value)) sum += value, n++, wrong += value < 0;
        }
        gaps += n == 0;
        wrong += n > 0 && fabs(sum - 1) > 1e-5;
        wrong += xy[2 * frame] < 0 || xy[2 * frame] > COLS - 1 || xy[2 * frame + 1] < 0 || xy[2 * frame + 1] > ROWS - 1;
        wrong += t[frame] != frame / 30.0;
    }
    CHECK_EQ(wrong, 0);
    CHECK(gaps > 0 && gaps < FRAMES / 5);
    free(p);
    free(xy);
    free(t);
}

static void test_seed(void) {
    nsr_config first = options("seed1.h5"), second = options("seed2.h5"), blank = options("blank.h5");
    char a[NSR_HASH_CHARS], b[NSR_HASH_CHARS];
    first.synth.frames = second.synth.frames = 1;
    second.synth.seed = 8;
    hash_of(&first, a);
    hash_of(&second, b);
    CHECK(strcmp(a, b) != 0);
    blank.synth.nan_share = 1;
    blank.synth.grid = "1x1";
    hash_of(&blank, a);
    double *p = load(&blank, "posterior", FRAMES);
    int64_t seen = 0;
    for (int i = 0; i < FRAMES; i++)
        seen += !isnan(p[i]);
    CHECK_EQ(seen, 0);
    free(p);
}

static void test_refusals(void) {
    nsr_err err;
    nsr_config config = options("plain1.h5");
    CHECK_EQ(run(&config, &err), NSR_ECREATE);
    CHECK_HAS(err.msg, "exists; remove it or choose another name");
    config = options("missing/x.h5");
    CHECK_EQ(run(&config, &err), NSR_ECREATE);
    static const char *const grids[] = {"", "40", "40x", "0x4", "4x-1", "4x4x4", "99999x2", "16384x16384"};
    for (size_t i = 0; i < NSR_COUNTOF(grids); i++) {
        config = options("bad.h5");
        config.synth.grid = grids[i];
        CHECK_EQ(run(&config, &err), NSR_EUSAGE);
        CHECK_HAS(err.msg, "--grid");
    }
    config = options("bad.h5");
    config.synth.frames = INT64_MAX / 2;
    CHECK_EQ(run(&config, &err), NSR_EUSAGE);
    config = options("bad.h5");
    config.synth.storage = "gzip";
    config.synth.frames = config.synth.chunk_frames = 10000000;
    CHECK_EQ(run(&config, &err), NSR_EUSAGE);
    CHECK_HAS(err.msg, "--chunk-frames");
    config = options("bad.h5");
    config.synth.dtype = "f2";
    CHECK_EQ(run(&config, &err), NSR_EUSAGE);
    config = options("bad.h5");
    config.synth.nan_share = (double)NAN;
    CHECK_EQ(run(&config, &err), NSR_EUSAGE);
    CHECK(access(options("bad.h5").input, F_OK) != 0);
}

int main(void) {
    if (!mkdtemp(dir)) return 1;
    test_same_bytes();
    test_forms();
    test_values();
    test_seed();
    test_refusals();
    nsr_err err = {0};
    CHECK(nsr_remove_tree(dir, &err));
    return check_done();
}
