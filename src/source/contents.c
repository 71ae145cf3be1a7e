/* SPDX-License-Identifier: MIT */
/* The text that `info` prints: the candidates, or the field that --field names, its times, and the overlays that may be
   drawn on it. */
#include "base/json.h"
#include "base/utf8.h"
#include "source/find/find.h"
#include "source/format/nwb_fields.h"

#include <math.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *numbers(const int64_t *values, int n) {
    json_t *array = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(array, json_integer(values[i]));
    return array;
}

static json_t *field_object(const nsr_field *field) {
    json_t *chunks = field->chunk[0] ? numbers(field->chunk, field->n_dims) : json_null();
    return json_pack("{s:o, s:o, s:s, s:I, s:I, s:b, s:s, s:o, s:o, s:I, s:s, s:o, s:o, s:o, s:o}", "path",
                     nsr_json_name(field->path), "shape", numbers(field->shape, field->n_dims), "dtype", field->dtype,
                     "n_frames", (json_int_t)field->n_frames, "n_bins", (json_int_t)field->n_bins, "bins_first",
                     (int)field->bins_first, "storage", field->storage, "chunks", chunks, "filters",
                     nsr_json_name(field->filters), "bytes", (json_int_t)field->bytes, "unit", field->unit,
                     "scale_factor", nsr_json_real(field->scale), "add_offset", nsr_json_real(field->add), "conversion",
                     nsr_json_real(field->conversion), "offset", nsr_json_real(field->offset));
}

/* The fields of the document, and the path of the first one as the file has it. */
typedef struct contents {
    json_t *fields;
    char first[1024];
} contents;

static void add_field(const nsr_found *found, void *user) {
    contents *all = user;
    if (json_array_size(all->fields) == 0) snprintf(all->first, sizeof all->first, "%s", found->field.path);
    json_array_append_new(all->fields, field_object(&found->field));
}

static double read_one(hid_t file, const char *path, int64_t at, double unit) {
    double value = NAN;
    int gap;
    hid_t dataset = nsr_virtual_open(file, path, &gap);
    if (dataset < 0 || !nsr_list_read(dataset, (nsr_slab){at, 1, 1}, &value)) value = NAN;
    nsr_h5_close(dataset);
    return value * unit;
}

static json_t *times_object(const nsr_field *field, hid_t file) {
    double first, last, rate = field->times.rate;
    int64_t n = field->times.n;
    if (rate > 0) {
        first = field->times.starting_time;
        last = first + (double)(n - 1) / rate;
    } else if (field->times.path[0]) {
        first = read_one(file, field->times.path, 0, field->times.unit);
        last = read_one(file, field->times.path, n - 1, field->times.unit);
        rate = n > 1 ? (double)(n - 1) / (last - first) : NAN;
    } else {
        return json_null();
    }
    json_t *path = field->times.path[0] ? nsr_json_name(field->times.path) : json_null();
    return json_pack("{s:o, s:I, s:o, s:o, s:o, s:b}", "path", path, "n", (json_int_t)n, "first", nsr_json_real(first),
                     "last", nsr_json_real(last), "rate", nsr_json_real(rate), "regular", (int)field->times.regular);
}

/* Lists the named field, or all candidates; `one` is the field whose times are printed. */
static bool list_fields(contents *all, nsr_found *one, nsr_catalog *catalog, const nsr_config *config, nsr_err *err) {
    hid_t file = catalog->file;
    int n = 0;
    char path[1024];
    if (config->input_as.field.n == 0) n = nsr_candidates(catalog, add_field, all, err);
    snprintf(path, sizeof path, "%s", all->first);
    if (n > 1) {
        nsr_warn_unopened(file, config->input);
        return nsr_describe(one, catalog, path, err);
    }
    if (!nsr_good(err) || (n == 0 && !nsr_discover(path, catalog, config, err)) ||
        !nsr_describe(one, catalog, path, err) || !nsr_orient(one, file, config, nsr_format_of(file), err))
        return false;
    json_array_clear(all->fields); /* described again, because nsr_orient may have changed it */
    add_field(one, all);
    return nsr_check_readable(one, file, err);
}

static char *print(nsr_catalog *catalog, const nsr_config *config, nsr_found *one, nsr_err *err) {
    hid_t file = catalog->file;
    const nsr_format *format = nsr_format_of(file);
    contents all = {.fields = json_array()};
    char *text = NULL;
    one->quiet = true;
    if (list_fields(&all, one, catalog, config, err) && nsr_times_find(one, catalog, config, format, err)) {
        json_t *root = json_pack("{s:o, s:s, s:O, s:n, s:o, s:o}", "file", nsr_json_name(config->input), "format",
                                 format->name, "fields", all.fields, "environment", "times",
                                 times_object(&one->field, file), "overlays", nsr_overlays(file, config->input, err));
        text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
        json_decref(root);
        if (!text) nsr_fail(err, NSR_EINTERNAL, "%s: cannot be described as JSON", config->input);
    }
    json_decref(all.fields);
    return text;
}

char *nsr_source_info(const nsr_comm *comm, const nsr_config *config, nsr_err *err) {
    char *text = NULL;
    if (nsr_is_root(comm)) {
        nsr_found *one = calloc(1, sizeof *one);
        if (!one) nsr_fail(err, NSR_EINTERNAL, "out of memory for the description of the input");
        hid_t file = one && config->input ? nsr_h5_open(config->input, H5P_DEFAULT, err) : H5I_INVALID_HID;
        nsr_catalog catalog = {.file = file, .name = config->input};
        if (file >= 0) text = print(&catalog, config, one, err);
        nsr_catalog_free(&catalog);
        nsr_h5_close(file);
        free(one);
    }
    if (nsr_agree(comm, err)) return text;
    free(text);
    return NULL;
}
