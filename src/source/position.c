/* SPDX-License-Identifier: MIT */
/* The position of the animal at each frame. A series has its own times: samples are read in windows, in the order of
   time, and positions between two samples are interpolated, unless the step between them is a gap. Numbers are used as
   stored, because neurospatial makes its environments of stored numbers too. A sample without a time counts as one
   without a position right after the sample before it, so it leaves a gap. */
#include "base/utf8.h"
#include "source/dataset/dataset.h"

#include <math.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 1 << 16, GAP_STEPS = 10 };

typedef struct stored_samples {
    hid_t dataset;
    nsr_missing_list missing; /* sources, where the dataset is virtual */
    nsr_h5_bounds bounds;
} stored_samples;

struct nsr_position {
    nsr_source *source;
    nsr_reader *reader;
    char path[1200]; /* of the series, for messages */
    char unit[64];
    hid_t file;
    stored_samples data, stamps; /* stamps.dataset < 0: start and rate */
    bool by_frame;            /* a row is a frame */
    int64_t n;
    double start, rate, longest; /* steps that are longer are gaps */
    int64_t at;                  /* the sample at or before the last frame's time */
    int64_t first, held;         /* the samples in memory */
    double *time, *xy;
    double *frame_time; /* SAMPLES of them */
};

/* --- finding --- */

static void type_of(hid_t file, const char *path, char *type, size_t size) {
    hid_t group = H5Gopen2(file, path, H5P_DEFAULT);
    type[0] = 0;
    if (group >= 0) nsr_h5_text_attr(group, "neurodata_type", type, size);
    nsr_h5_close(group);
    H5Eclear2(H5E_DEFAULT);
}

/* Lower ranks are preferred, as in neurospatial: behaviour, other processing, acquisition. */
static int rank_of(const char *path) {
    static const char *const places[] = {"/processing/behavior/", "/processing/", "/acquisition/"};
    int i = 0;
    while (i < (int)NSR_COUNTOF(places) && strncmp(path, places[i], strlen(places[i])) != 0) i++;
    return i;
}

/* Is it a SpatialSeries in a Position container? */
static bool is_series(hid_t file, const nsr_item *item) {
    char type[64], above[1024];
    if (item->kind != H5O_TYPE_GROUP || strlen(item->path) >= sizeof above) return false;
    snprintf(above, sizeof above, "%.*s", (int)(strrchr(item->path, '/') - item->path), item->path);
    type_of(file, item->path, type, sizeof type);
    if (strcmp(type, "SpatialSeries") != 0 || !above[0]) return false;
    type_of(file, above, type, sizeof type);
    return strcmp(type, "Position") == 0;
}

static bool find_series(nsr_position *p, const char *name, nsr_err *err) {
    nsr_items items;
    int best = INT32_MAX;
    if (!nsr_items_list(&items, p->file, name, err)) return false;
    for (size_t i = 0; i < items.n; i++) {
        const nsr_item *item = &items.item[i];
        if (rank_of(item->path) >= best || !is_series(p->file, item)) continue;
        best = rank_of(item->path);
        snprintf(p->path, sizeof p->path, "%s", item->path);
    }
    nsr_items_free(&items);
    return best < INT32_MAX;
}

/* --- opening --- */

/* Rows of a dataset of numbers, n or n x 2 and more; -1: another type or shape. */
static int64_t rows_of(hid_t dataset, int dims) {
    hsize_t shape[2] = {0, 2};
    hid_t type = dataset >= 0 ? H5Dget_type(dataset) : H5I_INVALID_HID;
    const bool good = type >= 0 && nsr_is_numeric(type) && nsr_h5_shape(dataset, 2, shape) == dims && shape[1] >= 2 &&
                      shape[0] <= INT64_MAX;
    nsr_h5_close(type);
    H5Eclear2(H5E_DEFAULT);
    return good ? (int64_t)shape[0] : -1;
}

static hid_t open_child(const nsr_position *p, const char *child) {
    char path[1300];
    int gap;
    snprintf(path, sizeof path, "%s/%s", p->path, child);
    return nsr_h5_kind(p->file, path) == H5I_DATASET ? nsr_virtual_open(p->file, path, &gap) : H5I_INVALID_HID;
}

static bool find_rate(nsr_position *p) {
    hid_t dataset = open_child(p, "starting_time");
    if (dataset < 0) return false;
    hsize_t none;
    if (nsr_h5_shape(dataset, 1, &none) != 0 ||
        H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, &p->start) < 0)
        p->start = NAN;
    p->rate = nsr_h5_real_attr(dataset, "rate", 0);
    nsr_h5_close(dataset);
    H5Eclear2(H5E_DEFAULT);
    return isfinite(p->start) && p->rate > 0;
}

/* Positions with one column are not used: they cannot be drawn in a plane. */
static bool open_series(nsr_position *p) {
    p->data.dataset = open_child(p, "data");
    p->n = rows_of(p->data.dataset, 2);
    p->stamps.dataset = open_child(p, "timestamps");
    if (p->n > 0 && p->stamps.dataset >= 0) return rows_of(p->stamps.dataset, 1) == p->n;
    return p->n > 0 && find_rate(p);
}

/* Other formats than NWB: the dataset `position` beside the field. */
static bool open_rows(nsr_position *p, const nsr_field *field) {
    snprintf(p->path, sizeof p->path, "%.*s", (int)(strrchr(field->path, '/') - field->path), field->path);
    p->data.dataset = open_child(p, "position");
    p->n = rows_of(p->data.dataset, 2);
    p->by_frame = true;
    return p->n == field->n_frames;
}

/* --- reading --- */

static bool fills_row(const nsr_missing_list *list, int64_t row) {
    for (int64_t i = 0; i < list->n; i++)
        if (nsr_missing_covers(&list->item[i], 0, row)) return true;
    return false;
}

/* Reads rows of `dims` numbers, NaN where they are missing. */
static bool read_rows(const nsr_position *p, stored_samples *samples, int dims, nsr_slab slab, double *values,
                      nsr_err *err) {
    const hsize_t start[2] = {(hsize_t)slab.first, 0}, stride[2] = {(hsize_t)slab.step, 1}, n[2] = {(hsize_t)slab.n, 2};
    hid_t space = H5Dget_space(samples->dataset), memory = H5Screate_simple(dims, n, NULL);
    nsr_err why = {0};
    const bool good = space >= 0 && memory >= 0 && nsr_h5_bounds_check(&samples->bounds, start, stride, n, &why) &&
                      H5Sselect_hyperslab(space, H5S_SELECT_SET, start, stride, n, NULL) >= 0 &&
                      H5Dread(samples->dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, values) >= 0;
    nsr_h5_close(memory);
    nsr_h5_close(space);
    for (int64_t i = 0; samples->missing.n > 0 && i < dims * slab.n; i++)
        if (fills_row(&samples->missing, slab.first + i / dims * slab.step)) values[i] = NAN;
    return good || nsr_h5_fail(err, NSR_EDATA, "%s: %s: positions from row %lld on cannot be read%s%.200s",
                               p->source->shown.file, p->path, (long long)slab.first, why.msg[0] ? ": " : "", why.msg);
}

/* Reads the samples from `first` on, as they are stored. */
static bool load_stored(nsr_position *p, int64_t first, nsr_err *err) {
    const nsr_slab slab = {first, 1, p->n - first < SAMPLES ? p->n - first : SAMPLES};
    p->first = first, p->held = slab.n;
    for (int64_t i = 0; p->stamps.dataset < 0 && i < slab.n; i++)
        p->time[i] = p->start + (double)(first + i) / p->rate;
    return read_rows(p, &p->data, 2, slab, p->xy, err) &&
           (p->stamps.dataset < 0 || read_rows(p, &p->stamps, 1, slab, p->time, err));
}

/* Gives a time to the samples in memory that have none; `before`: the time of the sample before them. */
static void place_gaps(nsr_position *p, double before) {
    for (int64_t i = 0; i < p->held; i++) {
        if (isfinite(p->time[i])) {
            before = p->time[i];
        } else {
            p->time[i] = nextafter(before, INFINITY);
            p->xy[2 * i] = p->xy[2 * i + 1] = NAN;
        }
    }
}

/* Loads the samples from `first` on, which is in memory already. */
static bool load_samples(nsr_position *p, int64_t first, nsr_err *err) {
    const double before = p->time[first - p->first];
    if (!load_stored(p, first, err)) return false;
    place_gaps(p, before);
    return true;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Steps longer than ten median steps of the first window are gaps. */
static bool find_longest(nsr_position *p, nsr_err *err) {
    if (!load_stored(p, 0, err)) return false;
    int64_t n = 0;
    double *steps = p->frame_time; /* unused until the first frames are read */
    for (int64_t i = 0; i + 1 < p->held; i++) {
        const double step = p->time[i + 1] - p->time[i];
        if (isfinite(step)) steps[n++] = step;
    }
    qsort(steps, (size_t)n, sizeof *steps, ascending);
    p->longest = n > 0 ? GAP_STEPS * steps[n / 2] : 0;
    place_gaps(p, -INFINITY);
    return true;
}

/* Advances to the last sample at or before `time`; then it and the next one are in memory. */
static bool advance_sample(nsr_position *p, double time, nsr_err *err) {
    for (;; p->at++) {
        const bool last = p->at + 1 >= p->n;
        if (p->at + (last ? 0 : 1) >= p->first + p->held && !load_samples(p, p->at, err)) return false;
        if (last || !(p->time[p->at + 1 - p->first] <= time)) return true;
    }
}

static void between(const nsr_position *p, double time, float xy[2]) {
    const double *t = p->time + (p->at - p->first), *at = p->xy + 2 * (p->at - p->first);
    const bool last = p->at + 1 >= p->n;
    const double step = last ? 1 : t[1] - t[0], share = (time - t[0]) / step;
    xy[0] = xy[1] = NAN;
    if (time == t[0]) xy[0] = (float)at[0], xy[1] = (float)at[1];
    else if (!last && share > 0 && share < 1 && step <= p->longest)
        for (int i = 0; i < 2; i++) xy[i] = (float)(at[i] + share * (at[2 + i] - at[i]));
}

static bool interpolate(nsr_position *p, int64_t n, float *xy, nsr_err *err) {
    for (int64_t i = 0; i < n; i++, xy += 2) {
        if (!advance_sample(p, p->frame_time[i], err)) return false;
        between(p, p->frame_time[i], xy);
    }
    return true;
}

static bool read_window(nsr_position *p, nsr_slab slab, float *xy, nsr_err *err) {
    if (!p->by_frame && !nsr_read_times(p->reader, slab.first, slab.step, slab.n, p->frame_time, err))
        return nsr_good(err) && nsr_fail(err, NSR_EDATA, "%s: frames without times have no positions",
                                         p->source->shown.file);
    pthread_mutex_lock(&p->source->lock);
    const bool good = p->by_frame ? read_rows(p, &p->data, 2, slab, p->xy, err) : interpolate(p, slab.n, xy, err);
    pthread_mutex_unlock(&p->source->lock);
    for (int64_t i = 0; good && p->by_frame && i < 2 * slab.n; i++)
        xy[i] = (float)p->xy[i];
    return good;
}

bool nsr_position_read(nsr_position *p, int64_t first, int64_t step, int64_t n, float *xy, nsr_err *err) {
    for (int64_t done = 0, some; done < n; done += some) {
        some = n - done < SAMPLES ? n - done : SAMPLES;
        if (!read_window(p, (nsr_slab){first + done * step, step, some}, xy + 2 * done, err)) return false;
    }
    return true;
}

/* --- opening and reading a position --- */

static bool open_samples(nsr_position *p, nsr_err *err) {
    p->time = malloc(SAMPLES * sizeof *p->time);
    p->xy = malloc(SAMPLES * 2 * sizeof *p->xy);
    p->frame_time = malloc(SAMPLES * sizeof *p->frame_time);
    if (!p->time || !p->xy || !p->frame_time) return nsr_fail(err, NSR_EINTERNAL, "out of memory for positions");
    return (p->reader = nsr_reader_open(p->source, err)) != NULL;
}

static void read_unit(nsr_position *p) {
    if (!nsr_h5_text_attr(p->data.dataset, "unit", p->unit, sizeof p->unit))
        nsr_h5_text_attr(p->data.dataset, "units", p->unit, sizeof p->unit);
    nsr_text_clean(p->unit);
}

/* Warns of samples that are missing. */
static bool begin_reading(stored_samples *samples, const nsr_position *p, nsr_err *err) {
    nsr_err why = {0};
    if (samples->dataset < 0) return true;
    if (!nsr_h5_bounds_open(&samples->bounds, samples->dataset,
                            nsr_h5_list_chunk(2 * p->n, (size_t)p->source->granted / 4), &why))
        return nsr_fail(err, NSR_EDATA, "%s: %s: positions are not read: %.400s", p->source->shown.file, p->path,
                        why.msg);
    if (!nsr_missing_find(&samples->missing, samples->dataset, NULL, err)) return false;
    nsr_missing_warn(&samples->missing, p->source->shown.file, p->path);
    return true;
}

/* The file that the source has open, unless all ranks have it together (parallel HDF5). */
static hid_t open_again(const nsr_source *source, nsr_err *err) {
    const bool own = source->file >= 0 && strcmp(source->way->name, "mpio") != 0;
    return own ? H5Freopen(source->file) : nsr_h5_open(source->shown.file, H5P_DEFAULT, err);
}

/* False without an error: the input has no positions. */
static bool find_position(nsr_position *p, nsr_err *err) {
    const nsr_field *field = &p->source->shown;
    const bool typed = strcmp(field->format, "nwb") == 0;
    p->file = open_again(p->source, err);
    if (p->file < 0 || (typed && !find_series(p, field->file, err))) return false;
    if (!(typed ? open_series(p) : open_rows(p, field))) return false;
    read_unit(p);
    if (!begin_reading(&p->data, p, err) || !begin_reading(&p->stamps, p, err)) return false;
    return open_samples(p, err) && (p->by_frame || find_longest(p, err));
}

nsr_position *nsr_position_open(nsr_source *source, nsr_err *err) {
    nsr_position *p = calloc(1, sizeof *p);
    if (!p) {
        nsr_fail(err, NSR_EINTERNAL, "out of memory for positions");
        return NULL;
    }
    p->source = source;
    p->file = p->data.dataset = p->stamps.dataset = H5I_INVALID_HID;
    pthread_mutex_lock(&source->lock);
    const bool found = find_position(p, err);
    pthread_mutex_unlock(&source->lock);
    if (found) {
        nsr_detail("position: %s%s", p->path, p->by_frame ? "/position" : "");
        return p;
    }
    nsr_position_close(p);
    return NULL;
}

const char *nsr_position_unit(const nsr_position *p) { return p->unit; }

static void close_samples(stored_samples *samples) {
    nsr_h5_bounds_close(&samples->bounds);
    nsr_missing_free(&samples->missing);
    nsr_h5_close(samples->dataset);
}

void nsr_position_close(nsr_position *p) {
    if (!p) return;
    pthread_mutex_lock(&p->source->lock);
    close_samples(&p->stamps);
    close_samples(&p->data);
    nsr_h5_close(p->file);
    pthread_mutex_unlock(&p->source->lock);
    if (p->reader) nsr_reader_close(p->reader);
    free(p->time);
    free(p->xy);
    free(p->frame_time);
    free(p);
}
