/* SPDX-License-Identifier: MIT */
/* NWB: a field is the `data` of a time series, whose group holds its times too. */
#include "nwb_fields.h"

#include <jansson.h>
#include <math.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_nwb(hid_t file) {
    char type[64];
    nsr_h5_text_attr(file, "neurodata_type", type, sizeof type);
    return H5Aexists(file, "nwb_version") > 0 || strcmp(type, "NWBFile") == 0;
}

/* --- does an environment of this file have this number of bins? --- */

typedef struct bins {
    int64_t wanted;
    bool any, match;
} bins;

static herr_t compare_metadata(hid_t scratch, const char *name, const H5L_info_t *link, void *user) {
    (void)link;
    bins *b = user;
    nsr_err none = {0};
    char path[1024];
    snprintf(path, sizeof path, "%s/metadata", name);
    if (nsr_h5_kind(scratch, path) != H5I_DATASET) return 0;
    char *text = nsr_h5_text(scratch, path, &none);
    json_t *metadata = text ? json_loads(text, 0, NULL) : NULL;
    json_t *n = json_object_get(metadata, "n_bins");
    if (json_is_integer(n)) b->any = true;
    if (json_is_integer(n) && json_integer_value(n) == b->wanted) b->match = true;
    json_decref(metadata);
    free(text);
    return 0;
}

/* True also when there is no environment to compare with. */
static bool bins_match(hid_t file, int64_t n_bins) {
    bins b = {.wanted = n_bins};
    if (nsr_h5_kind(file, "/scratch") != H5I_GROUP) return true;
    if (H5Literate_by_name(file, "/scratch", H5_INDEX_NAME, H5_ITER_INC, NULL, compare_metadata, &b, H5P_DEFAULT) < 0)
        H5Eclear2(H5E_DEFAULT);
    return b.match || !b.any;
}

/* Series of channels or images are not bins; they are shown only with --field. */
static bool is_raw(hid_t file, const char *path) {
    static const char *const types[] = {"ElectricalSeries",     "SpikeEventSeries",  "ImageSeries",
                                        "OnePhotonSeries",      "TwoPhotonSeries",   "SpatialSeries",
                                        "PoseEstimationSeries", "RoiResponseSeries", "FeatureExtraction"};
    char type[64];
    nsr_nwb_type(file, path, type);
    for (size_t i = 0; i < NSR_COUNTOF(types); i++)
        if (strcmp(type, types[i]) == 0) return true;
    return false;
}

static bool bins_known(hid_t file, const char *path, int64_t n_bins) {
    char table[1024];
    return nsr_nwb_bins(table, file, path, n_bins) || bins_match(file, n_bins);
}

static bool offers(hid_t file, const char *path, const nsr_field *field) {
    size_t length = strlen(path);
    bool data = length > 5 && strcmp(path + length - 5, "/data") == 0;
    if (!data || strncmp(path, "/stimulus/", 10) == 0 || is_raw(file, path) || strstr(path, "/bin_centers/"))
        return false;
    if (nsr_nwb_is_decomposed(file, field))
        return field->shape[1] == 1 && field->shape[2] > 3 && bins_known(file, path, field->shape[2]);
    return (field->n_dims == 3 || field->shape[1] > 3) && bins_known(file, path, field->n_bins);
}

/* Decomposed series of several channels are shown only when they are named. */
static bool advise_decomposed(const nsr_found *found, hid_t file, nsr_err *err) {
    const nsr_field *field = &found->field;
    if (!nsr_nwb_is_decomposed(file, field)) return true;
    return nsr_fail(err, NSR_EDATA,
                    "%s: no field found but %s, a DecompositionSeries of %lld channels and %lld bands; --field %s "
                    "--state sum shows "
                    "its bands as bins, --state N those of channel N",
                    field->file, field->path, (long long)field->shape[1], (long long)field->shape[2], field->path);
}

/* --- the clock --- */

static double read_start(hid_t dataset) {
    double start = NAN;
    hsize_t shape;
    if (nsr_h5_shape(dataset, 1, &shape) != 0 ||
        H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, &start) < 0)
        H5Eclear2(H5E_DEFAULT);
    return start;
}

static bool by_rate(nsr_found *found, hid_t file, const char *path) {
    nsr_field *field = &found->field;
    hid_t dataset = nsr_h5_kind(file, path) == H5I_DATASET ? H5Dopen2(file, path, H5P_DEFAULT) : H5I_INVALID_HID;
    if (dataset < 0) return false;
    double start = read_start(dataset), rate = nsr_h5_real_attr(dataset, "rate", 0);
    nsr_h5_close(dataset);
    if (isfinite(start) && rate > 0 && rate <= 1e12) {
        field->times.starting_time = start;
        field->times.rate = rate;
    } else {
        nsr_warn("%s: %s: starting_time without a usable rate: the frames have no times", field->file, path);
    }
    return true;
}

static bool find_times(nsr_found *found, hid_t file, nsr_err *err) {
    (void)err;
    const nsr_field *field = &found->field;
    char path[1100];
    int folder = (int)(strrchr(field->path, '/') - field->path);
    snprintf(path, sizeof path, "%.*s/timestamps", folder, field->path);
    if (nsr_times_take(found, file, path, true)) return true;
    bool stamps = nsr_h5_exists(file, path);
    snprintf(path, sizeof path, "%.*s/starting_time", folder, field->path);
    if (by_rate(found, file, path)) return true;
    if (!stamps) nsr_warn("%s: %s: no timestamps or starting_time: the frames have no times", field->file, field->path);
    return true;
}

const nsr_format nsr_format_nwb = {
    .name = "nwb",
    .hints = NSR_HINT_AXES,
    .probe = is_nwb,
    .offers = offers,
    .times = find_times,
    .advise = advise_decomposed,
    .arrange = nsr_nwb_arrange,
};
