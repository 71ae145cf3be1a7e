/* SPDX-License-Identifier: MIT */
/* The clock of a field: the dataset or rate that the user names, else what the format knows. Times are read by span,
   like rows, and always in seconds. */
#include "source/format_and_way.h"

#include <nsrender/log.h>
#include <stdio.h>
#include <string.h>

/* Seconds of a stored 1, by the attribute `units` or `unit`. Things like "seconds since 2020" count by their first
 * word. */
static double seconds_of(hid_t dataset) {
    static const struct {
        const char *word;
        double seconds;
    } units[] = {{"s", 1},
                 {"sec", 1},
                 {"secs", 1},
                 {"second", 1},
                 {"seconds", 1},
                 {"ms", 1e-3},
                 {"msec", 1e-3},
                 {"millisecond", 1e-3},
                 {"milliseconds", 1e-3},
                 {"us", 1e-6},
                 {"usec", 1e-6},
                 {"microsecond", 1e-6},
                 {"microseconds", 1e-6},
                 {"ns", 1e-9},
                 {"nanosecond", 1e-9},
                 {"nanoseconds", 1e-9},
                 {"min", 60},
                 {"minutes", 60}};
    char text[64];
    if (!nsr_h5_text_attr(dataset, "units", text, sizeof text)) nsr_h5_text_attr(dataset, "unit", text, sizeof text);
    text[strcspn(text, " ")] = 0;
    for (size_t i = 0; i < NSR_COUNTOF(units); i++)
        if (strcmp(text, units[i].word) == 0) return units[i].seconds;
    return 1;
}

/* Along which of its dimensions a list runs: programs that know matrices only (MATLAB) make it 1 x n or n x 1. -1: it
   is no list. */
static int list_axis(hid_t dataset, hsize_t shape[2]) {
    int dims = nsr_h5_shape(dataset, 2, shape);
    return dims == 1 ? 0 : dims == 2 && shape[0] == 1 ? 1 : dims == 2 && shape[1] == 1 ? 0 : -1;
}

/* The length of a numeric list; -1 when it is none. */
static int64_t length_of(hid_t dataset) {
    hsize_t shape[2] = {0, 0};
    hid_t type = H5Dget_type(dataset);
    int axis = type >= 0 && nsr_is_numeric(type) ? list_axis(dataset, shape) : -1;
    nsr_h5_close(type);
    return axis >= 0 && shape[axis] <= INT64_MAX ? (int64_t)shape[axis] : -1;
}

bool nsr_list_read(hid_t dataset, nsr_slab pick, double *values) {
    hsize_t shape[2] = {0, 0}, start[2] = {0, 0}, stride[2] = {1, 1}, count[2] = {1, 1}, n = (hsize_t)pick.n;
    int axis = list_axis(dataset, shape);
    if (axis < 0) return false;
    start[axis] = (hsize_t)pick.first;
    stride[axis] = pick.n == 1 ? 1 : (hsize_t)pick.step;
    count[axis] = n;
    hid_t space = H5Dget_space(dataset), memory = H5Screate_simple(1, &n, NULL);
    bool good = space >= 0 && memory >= 0 &&
                H5Sselect_hyperslab(space, H5S_SELECT_SET, start, stride, count, NULL) >= 0 &&
                H5Dread(dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, values) >= 0;
    nsr_h5_close(memory);
    nsr_h5_close(space);
    return good;
}

bool nsr_times_take(nsr_found *found, hid_t file, const char *path, bool loud) {
    nsr_field *field = &found->field;
    if (nsr_h5_kind(file, path) != H5I_DATASET || strlen(path) >= sizeof field->times.path) return false;
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    int64_t n = dataset >= 0 ? length_of(dataset) : -1;
    int64_t wanted = found->storage.by_interval ? field->shape[1] : field->n_frames;
    bool fits = n == wanted;
    if (fits) {
        snprintf(field->times.path, sizeof field->times.path, "%s", path);
        field->times.n = n;
        field->times.unit = seconds_of(dataset);
    } else if (loud && n >= 0 && !found->quiet) {
        nsr_warn("%s: %s has length %lld, but %s has %lld frames: it is not used as their times", field->file, path,
                 (long long)n, field->path, (long long)wanted);
    }
    nsr_h5_close(dataset);
    H5Eclear2(H5E_DEFAULT);
    return fits;
}

bool nsr_times_named(nsr_found *found, hid_t file, const char *name, nsr_err *err) {
    const nsr_field *field = &found->field;
    char path[1024];
    int folder = (int)(strrchr(field->path, '/') - field->path);
    if (strchr(name, '/') || snprintf(path, sizeof path, "%.*s/%s", folder, field->path, name) >= (int)sizeof path ||
        nsr_h5_kind(file, path) != H5I_DATASET) {
        if (!nsr_resolve(path, file, field->file, name, err)) return false;
    }
    if (nsr_times_take(found, file, path, false)) return true;
    char what[200];
    nsr_item_text(file, path, what, sizeof what);
    return nsr_fail(err, NSR_EDATA, "%s: --times-from %s: %s; %s needs %lld numbers, one a frame", field->file, path,
                    what, field->path, (long long)field->n_frames);
}

bool nsr_times_find(nsr_found *found, hid_t file, const nsr_config *config, const nsr_format *format, nsr_err *err) {
    nsr_field *field = &found->field;
    double rate = config->input_as.sampling_rate;
    bool by_rate = rate == rate; /* NaN: not given */
    if (!found->storage.by_interval && !nsr_orient(found, file, config, format, err)) return false;
    field->times.unit = 1;
    if (by_rate && config->input_as.times_from)
        return nsr_fail(err, NSR_EUSAGE, "--sampling-rate and --times-from exclude each other");
    if (by_rate && !(rate > 0 && rate <= 1e12))
        return nsr_fail(err, NSR_EUSAGE, "--sampling-rate %g: a rate is a number of frames per second above 0", rate);
    if (config->input_as.times_from)
        return nsr_times_named(found, file, config->input_as.times_from, err) && (nsr_times_doubt(found, file), true);
    if (by_rate)
        field->times.rate = rate;
    else if (!format->times(found, file, err))
        return false;
    field->times.regular = field->times.rate > 0;
    if (field->times.regular) field->times.n = field->n_frames;
    nsr_times_doubt(found, file);
    return true;
}

bool nsr_read_times(nsr_reader *reader, int64_t first, int64_t step, int64_t n, double *times, nsr_err *err) {
    nsr_source *source = reader->source;
    const nsr_field *field = &source->shown;
    bool good = true;
    if (field->times.rate > 0) {
        for (int64_t i = 0; i < n; i++)
            times[i] = field->times.starting_time + (double)(first + i * step) / field->times.rate;
        return true;
    }
    if (!field->times.path[0]) return false;
    if (n == 0) return true;
    if (first < 0 || step < 1 || n < 0 || first >= field->n_frames || n - 1 > (field->n_frames - 1 - first) / step)
        return nsr_fail(err, NSR_EINTERNAL, "times of frames outside the recording were asked for");
    pthread_mutex_lock(&source->lock);
    for (int64_t i = 0, m = n; good && i < n; i += m, m = n - i) {
        int64_t at = nsr_interval_time(source, first + i * step, step, &m);
        good = nsr_list_read(source->times, (nsr_slab){at, step, m}, times + i) ||
               nsr_h5_fail(err, NSR_EDATA, "%s: %s: times of frames %lld.. cannot be read", field->file,
                           field->times.path, (long long)first);
    }
    pthread_mutex_unlock(&source->lock);
    bool plain = field->times.unit == 1 && field->times.shift == 0;
    for (int64_t i = 0; good && !plain && i < n; i++)
        times[i] = times[i] * field->times.unit + field->times.shift;
    return good;
}
