/* SPDX-License-Identifier: MIT */
/* The parts of an NWB file that may be drawn on top of a field, by NWB's type names: series of positions, headings and
   poses; events, intervals, trials, units. They are listed, not read. */
#include "base/json.h"
#include "nwb_fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void type_of(hid_t file, const char *path, char *type, size_t size) {
    hid_t group = H5Gopen2(file, path, H5P_DEFAULT);
    type[0] = 0;
    if (group >= 0) nsr_h5_text_attr(group, "neurodata_type", type, size);
    nsr_h5_close(group);
    H5Eclear2(H5E_DEFAULT);
}

/* The shape of dataset `child` of a group, and its unit; null where there is no such dataset. */
static json_t *shape_of(hid_t file, const char *group, const char *child, char *unit, size_t size) {
    char path[1200];
    hsize_t shape[H5S_MAX_RANK];
    snprintf(path, sizeof path, "%s/%s", group, child);
    unit[0] = 0;
    if (nsr_h5_kind(file, path) != H5I_DATASET) return json_null();
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    int dims = dataset >= 0 ? nsr_h5_shape(dataset, H5S_MAX_RANK, shape) : -1;
    json_t *array = dims >= 0 ? json_array() : json_null();
    for (int i = 0; i < dims; i++)
        json_array_append_new(array, json_integer((json_int_t)shape[i]));
    if (dataset >= 0) nsr_h5_text_attr(dataset, "unit", unit, size);
    nsr_h5_close(dataset);
    return array;
}

static json_t *rate_of(hid_t file, const char *path) {
    double start = 0;
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    double rate = dataset >= 0 ? nsr_h5_real_attr(dataset, "rate", 0) : 0;
    hsize_t shape;
    if (dataset < 0 || nsr_h5_shape(dataset, 1, &shape) != 0 ||
        H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, &start) < 0)
        rate = 0;
    nsr_h5_close(dataset);
    H5Eclear2(H5E_DEFAULT);
    return rate > 0 ? json_pack("{s:f, s:f}", "starting_time", start, "rate", rate) : json_null();
}

/* The clock of a group: the dataset that holds it, or starting time and rate. */
static json_t *times_of(hid_t file, const char *group) {
    static const char *const names[] = {"timestamps", "timestamp", "start_time", "spike_times"};
    char path[1200];
    for (size_t i = 0; i < NSR_COUNTOF(names); i++) {
        snprintf(path, sizeof path, "%s/%s", group, names[i]);
        if (nsr_h5_kind(file, path) == H5I_DATASET) return nsr_json_name(path);
    }
    snprintf(path, sizeof path, "%s/starting_time", group);
    return nsr_h5_kind(file, path) == H5I_DATASET ? rate_of(file, path) : json_null();
}

static json_t *describe_overlay(hid_t file, const char *path, const char *kind, bool table) {
    char unit[64];
    json_t *shape = shape_of(file, path, table ? "id" : "data", unit, sizeof unit);
    return json_pack("{s:o, s:s, s:o, s:s, s:o}", "path", nsr_json_name(path), "kind", kind, "shape", shape, "units",
                     table ? "seconds" : unit, "times", times_of(file, path));
}

static bool one_of(const char *word, const char *const *words, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(word, words[i]) == 0) return true;
    return false;
}

/* The kind of a series is that of its container, where that is more specific. */
static json_t *overlay_of(hid_t file, const char *path) {
    static const char *const tables[] = {"EventsTable", "TimeIntervals", "Units"};
    static const char *const series[] = {"SpatialSeries", "PoseEstimationSeries", "IntervalSeries", "AnnotationSeries"};
    static const char *const holders[] = {"Position",         "CompassDirection", "PoseEstimation",
                                          "BehavioralEvents", "EyeTracking",      "BehavioralEpochs"};
    char type[64], above[1024], kind[64];
    type_of(file, path, type, sizeof type);
    if (one_of(type, tables, NSR_COUNTOF(tables))) return describe_overlay(file, path, type, true);
    snprintf(above, sizeof above, "%.*s", (int)(strrchr(path, '/') - path), path);
    type_of(file, above[0] ? above : "/", kind, sizeof kind);
    bool held = one_of(kind, holders, NSR_COUNTOF(holders));
    bool timed = strcmp(type, "TimeSeries") == 0 && held;
    if (!timed && !one_of(type, series, NSR_COUNTOF(series))) return NULL;
    return describe_overlay(file, path, held ? kind : type, false);
}

json_t *nsr_overlays(hid_t file, const char *name, nsr_err *err) {
    json_t *list = json_array();
    nsr_items items;
    if (!nsr_items_list(&items, file, name, err)) return list;
    for (size_t i = 0; i < items.n; i++) {
        const nsr_item *item = &items.item[i];
        json_t *one = item->kind == H5O_TYPE_GROUP && item->hard && strlen(item->path) < 1024
                          ? overlay_of(file, item->path)
                          : NULL;
        if (one) json_array_append_new(list, one);
    }
    nsr_items_free(&items);
    return list;
}
