/* SPDX-License-Identifier: MIT */
/* Folds: shown bins are selected, summed and projected as the table specifies, whatever the storage, the stride and the
   number of frames asked for; several folds give what one after the other would. */
#include "check.h"
#include "h5_make.h"

#include <nsrender/config.h>
#include <nsrender/log.h>
#include <nsrender/source.h>

enum { FRAMES = 301, BINS = 12 };
static double truth[FRAMES][BINS];
static nsr_comm *comm;

static const struct {
    const char *name;
    bool single;
    hsize_t chunk[2];
} storages[] = {{"f8", false, {0, 0}},
                {"f4", true, {0, 0}},
                {"f8-frames", false, {1, BINS}},
                {"f4-tiles", true, {7, 5}},
                {"f8-deep", false, {FRAMES, 3}}};

static void make_file(const char *path) {
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    for (int f = 0; f < FRAMES; f++)
        for (int b = 0; b < BINS; b++)
            truth[f][b] = (b + f) % 9 == 0 ? NAN : (f * 31 + b * 7) % 64 / 8.0;
    truth[3][1] = INFINITY;
    for (size_t i = 0; i < NSR_COUNTOF(storages); i++) {
        make_data data = {.path = storages[i].name,
                          .type = storages[i].single ? H5T_IEEE_F32LE : H5T_IEEE_F64LE,
                          .memory = H5T_NATIVE_DOUBLE,
                          .rank = 2,
                          .shape = {FRAMES, BINS},
                          .filters = "sz",
                          .values = truth};
        memcpy(data.chunk, storages[i].chunk, sizeof storages[i].chunk);
        if (!data.chunk[0]) data.filters = "";
        H5Dclose(make_dataset(file, &data));
    }
    H5Fclose(file);
}

static nsr_source *open_source(const char *path, const char *name) {
    nsr_err err = {0};
    nsr_source *source = NULL;
    nsr_config config = {.input = path};
    config.input_as.sampling_rate = NAN;
    config.input_as.field = (nsr_list){1, {name}};
    if (!CHECK(nsr_source_open(&source, comm, &config, &err))) fprintf(stderr, "  %s\n", err.msg);
    return source;
}

static nsr_fold fold_of(int op, int32_t depth, int64_t n_bins, const int32_t *from) {
    nsr_fold fold = {.depth = depth, .n_bins = n_bins, .from = malloc((size_t)(depth * n_bins) * sizeof *from)};
    fold.op = op;
    memcpy(fold.from, from, (size_t)(depth * n_bins) * sizeof *from);
    return fold;
}

/* One fold, slowly. */
static void expect(double *out, const double *in, int op, int32_t depth, int64_t n_bins, const int32_t *from) {
    for (int64_t k = 0; k < n_bins; k++) {
        out[k] = NAN;
        for (int32_t d = 0; d < depth; d++) {
            double x = from[k * depth + d] < 0 ? NAN : in[from[k * depth + d]];
            if (isnan(x)) continue;
            out[k] = isnan(out[k]) ? x : op == NSR_FOLD_SUM ? out[k] + x : x > out[k] ? x : out[k];
        }
    }
}

typedef struct step {
    int op;
    int32_t depth;
    int64_t n_bins;
    int32_t from[16];
} step;

static const step selection = {NSR_FOLD_SELECT, 1, 5, {11, 0, -1, 3, 3}};
static const step sum = {NSR_FOLD_SUM, 3, 4, {0, 4, 8, 1, 5, 9, 2, -1, -1, 11, 11, 3}};
static const step max = {NSR_FOLD_MAX, 2, 3, {0, 1, 2, 3, -1, -1}};
static const step side = {NSR_FOLD_SUM, 2, 6, {0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11}};
static const step broken = {NSR_FOLD_SUM, 2, 7, {0, 6, 1, 7, 3, 9, -1, 10, 4, -1, 5, 10, 6, 11}};
static const step swap = {NSR_FOLD_SELECT, 1, 3, {2, 0, 1}};
static const step total = {NSR_FOLD_SUM, 3, 1, {0, 1, 2}};
static const step all = {NSR_FOLD_SELECT, 1, BINS, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}};

static bool same(double a, double b) { return a == b || (isnan(a) && isnan(b)); }

static bool frames_agree(nsr_reader *reader, const nsr_field *field, const step *const *steps, int64_t first,
                         int64_t by, int64_t n) {
    static double values[FRAMES * BINS];
    nsr_err err = {0};
    if (!nsr_read(reader, first, by, n, values, &err)) return false;
    for (int64_t i = 0; i < n; i++) {
        double row[2][BINS];
        memcpy(row[0], truth[first + i * by], sizeof row[0]);
        int now = 0;
        for (int k = 0; steps[k]; k++, now = !now)
            expect(row[!now], row[now], steps[k]->op, steps[k]->depth, steps[k]->n_bins, steps[k]->from);
        for (int64_t b = 0; b < field->n_bins; b++) {
            int64_t at = i * field->n_bins + b;
            if (!same(field->type == NSR_F32 ? (double)((float *)values)[at] : values[at], row[now][b])) return false;
        }
    }
    return true;
}

static void check_folds(const char *path, const step *const *steps) {
    for (size_t i = 0; i < NSR_COUNTOF(storages); i++) {
        nsr_err err = {0};
        nsr_source *source = open_source(path, storages[i].name);
        if (!source) return;
        const nsr_field *field = nsr_source_field(source);
        for (int k = 0; steps[k]; k++) {
            nsr_fold fold = fold_of(steps[k]->op, steps[k]->depth, steps[k]->n_bins, steps[k]->from);
            CHECK(nsr_source_fold(source, &fold, &err));
            CHECK(fold.from == NULL);
            CHECK_EQ(field->n_bins, steps[k]->n_bins);
        }
        CHECK_EQ(field->n_stored, BINS);
        nsr_reader *reader = nsr_reader_open(source, &err);
        CHECK(frames_agree(reader, field, steps, 0, 1, FRAMES));
        CHECK(frames_agree(reader, field, steps, 5, 1, 1));
        CHECK(frames_agree(reader, field, steps, 6, 7, 40));
        CHECK(frames_agree(reader, field, steps, 1, 299, 2));
        nsr_reader_close(reader);
        nsr_source_close(source, comm);
    }
}

/* An internal error is reported, and the table is freed in any case. */
static void check_refused(const char *path) {
    static const int32_t beyond[] = {BINS}, below[] = {-2};
    nsr_source *source = open_source(path, "f8");
    if (!source) return;
    nsr_err err[3] = {0};
    nsr_fold fold = fold_of(NSR_FOLD_SELECT, 1, 1, beyond);
    CHECK(!nsr_source_fold(source, &fold, &err[0]) && fold.from == NULL);
    fold = fold_of(NSR_FOLD_SUM, 1, 1, below);
    CHECK(!nsr_source_fold(source, &fold, &err[1]) && fold.from == NULL);
    fold = fold_of(NSR_FOLD_SELECT, 2, 2, (const int32_t[]){0, 1, 2, 3});
    CHECK(!nsr_source_fold(source, &fold, &err[2]) && fold.from == NULL);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(err[i].code, NSR_EINTERNAL);
    CHECK_EQ(nsr_source_field(source)->n_bins, BINS);
    nsr_source_close(source, comm);
}

int main(void) {
    char path[200];
    nsr_log_open(NSR_LOG_ERROR, true);
    if (!mkdtemp(make_folder)) return 1;
    comm = nsr_comm_open_alone();
    make_file(make_path(path, "fold.h5"));
    check_folds(path, (const step *[]){&all, NULL});
    check_folds(path, (const step *[]){&selection, NULL});
    check_folds(path, (const step *[]){&sum, NULL});
    check_folds(path, (const step *[]){&max, NULL});
    check_folds(path, (const step *[]){&side, NULL});
    check_folds(path, (const step *[]){&broken, NULL});
    check_folds(path, (const step *[]){&side, &max, NULL});
    check_folds(path, (const step *[]){&all, &sum, NULL});
    check_folds(path, (const step *[]){&sum, &max, NULL});
    check_folds(path, (const step *[]){&sum, &swap, &total, NULL});
    check_folds(path, (const step *[]){&sum, &max, &swap, &total, NULL});
    check_folds(path, (const step *[]){&selection, &max, &total, NULL});
    check_refused(path);
    nsr_comm_close(comm);
    make_clean();
    return check_done();
}
