/* SPDX-License-Identifier: MIT */
/* NWB: a field is the `data` of a time series, whose group holds its times too. */
#include "nwb_fields.h"

#include <math.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <string.h>

static bool is_nwb(hid_t file) {
    char type[64];
    nsr_h5_text_attr(file, "neurodata_type", type, sizeof type);
    return H5Aexists(file, "nwb_version") > 0 || strcmp(type, "NWBFile") == 0;
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

static bool bins_known(nsr_catalog *catalog, const char *path, int64_t n_bins) {
    char table[1024];
    return nsr_nwb_bins(table, catalog->file, path, n_bins) || nsr_nwb_sizes_allow(catalog, n_bins);
}

static bool offers(nsr_catalog *catalog, const char *path, const nsr_field *field) {
    size_t length = strlen(path);
    bool data = length > 5 && strcmp(path + length - 5, "/data") == 0;
    if (!data || strncmp(path, "/stimulus/", 10) == 0 || is_raw(catalog->file, path) || strstr(path, "/bin_centers/"))
        return false;
    if (nsr_nwb_is_decomposed(catalog->file, field))
        return field->shape[1] == 1 && field->shape[2] > 3 && bins_known(catalog, path, field->shape[2]);
    return (field->n_dims == 3 || field->shape[1] > 3) && bins_known(catalog, path, field->n_bins);
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
