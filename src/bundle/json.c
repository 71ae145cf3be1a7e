/* SPDX-License-Identifier: MIT */
/* The few things that all JSON documents of a bundle share. */
#include "bundle.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t STYLE = JSON_INDENT(1) | JSON_REAL_PRECISION(17);

json_t *nsr_json_load(const char *path, nsr_err *err) {
    size_t bytes;
    char *text = nsr_file_get(path, &bytes, err);
    if (!text) return NULL;
    json_error_t where;
    json_t *json = json_loadb(text, bytes, 0, &where);
    free(text);
    if (!json) nsr_fail(err, NSR_EDATA, "%s: not JSON: line %d: %s", path, where.line, where.text);
    return json;
}

bool nsr_json_save(const char *path, const json_t *json, const char *run, bool exclusive, nsr_err *err) {
    char *text = json_dumps(json, STYLE);
    if (!text) return nsr_fail(err, NSR_EINTERNAL, "%s: cannot be written as JSON", path);
    bool good = nsr_file_put(path, text, strlen(text), run, exclusive, err);
    free(text);
    return good;
}

bool nsr_json_print(const json_t *json, nsr_err *err) {
    bool good = json_dumpf(json, stdout, STYLE) == 0 && putchar('\n') != EOF && fflush(stdout) == 0;
    return good ? true : nsr_fail(err, NSR_EIO, "stdout: cannot write");
}

json_t *nsr_json_real(double x) { return isfinite(x) ? json_real(x) : json_null(); }

const char *nsr_json_text(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

int64_t nsr_json_int(const json_t *object, const char *key) { return json_integer_value(json_object_get(object, key)); }

static void put_hex(json_t *json, const char *key, double x) {
    char text[40];
    snprintf(text, sizeof text, "%a", x);
    json_object_set_new(json, key, json_string(text));
}

json_t *nsr_json_range(const nsr_range *r) {
    json_t *json = json_pack("{sIsIsIsIsIsosbsI}", "n_values", (json_int_t)r->n_values, "n_finite",
                             (json_int_t)r->n_finite, "n_nan", (json_int_t)r->n_nan, "n_posinf",
                             (json_int_t)r->n_posinf, "n_neginf", (json_int_t)r->n_neginf, "min", nsr_json_real(r->min),
                             "complete", r->n_bad == 0, "n_bad_frames", (json_int_t)r->n_bad);
    json_object_set_new(json, "max", nsr_json_real(r->max));
    if (r->n_finite) {
        put_hex(json, "min_hex", r->min);
        put_hex(json, "max_hex", r->max);
    }
    return json;
}

void nsr_json_get_range(nsr_range *r, const json_t *json) {
    nsr_range_init(r);
    r->n_values = nsr_json_int(json, "n_values");
    r->n_finite = nsr_json_int(json, "n_finite");
    r->n_nan = nsr_json_int(json, "n_nan");
    r->n_posinf = nsr_json_int(json, "n_posinf");
    r->n_neginf = nsr_json_int(json, "n_neginf");
    r->n_bad = nsr_json_int(json, "n_bad_frames");
    if (!r->n_finite) return;
    r->min = strtod(nsr_json_text(json, "min_hex"), NULL);
    r->max = strtod(nsr_json_text(json, "max_hex"), NULL);
}

static json_t *interval_json(const nsr_interval *interval, nsr_reader *reader) {
    nsr_err none = {0};
    double t0 = NAN, t1 = NAN;
    nsr_span shown = interval->shown;
    if (reader && nsr_read_times(reader, shown.first, 1, 1, &t0, &none))
        nsr_read_times(reader, shown.end - 1, 1, 1, &t1, &none);
    return json_pack("{sIsIsIsoso}", "number", (json_int_t)interval->number, "first_frame", (json_int_t)shown.first,
                     "n_frames", (json_int_t)(shown.end - shown.first), "t0", nsr_json_real(t0), "t1",
                     nsr_json_real(t1));
}

json_t *nsr_json_intervals(nsr_source *source) {
    const nsr_field *field = nsr_source_field(source);
    if (field->n_intervals == 0) return json_null();
    nsr_err none = {0};
    nsr_reader *reader = nsr_reader_open(source, &none);
    json_t *list = json_array();
    for (int i = 0; i < field->n_intervals; i++)
        json_array_append_new(list, interval_json(&field->interval[i], reader));
    nsr_reader_close(reader);
    return list;
}
