/* SPDX-License-Identifier: MIT */
/* What was measured of the values, as plan and manifest keep it: counts, bounds and percentiles, and of which frames. A
   later run over the same frames takes all of it; further percentiles need only their own passes. Percentiles that only
   an earlier run wanted are dropped, so that a bundle follows from input and options and has no history. */
#include "range_json.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *hex_json(double x) {
    char hex[40];
    snprintf(hex, sizeof hex, "%a", x);
    return json_string(hex);
}

static json_t *range_json(const nsr_range *r) {
    json_t *json = json_pack("{sIsIsIsIsIsosbsI}", "n_values", (json_int_t)r->n_values, "n_finite",
                             (json_int_t)r->n_finite, "n_nan", (json_int_t)r->n_nan, "n_posinf",
                             (json_int_t)r->n_posinf, "n_neginf", (json_int_t)r->n_neginf, "min", nsr_json_real(r->min),
                             "complete", r->n_bad == 0, "n_bad_frames", (json_int_t)r->n_bad);
    json_object_set_new(json, "max", nsr_json_real(r->max));
    if (r->n_finite) {
        json_object_set_new(json, "min_hex", hex_json(r->min));
        json_object_set_new(json, "max_hex", hex_json(r->max));
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

static json_t *percentile_json(const nsr_percentiles *p, int i) {
    return json_pack("{sfsososIsI}", "percent", p->percent[i], "value", nsr_json_real(p->value[i]), "hex",
                     hex_json(p->value[i]), "below", (json_int_t)p->below[i], "above", (json_int_t)p->above[i]);
}

static void get_percentile(nsr_percentiles *p, const json_t *json) {
    const char *hex = nsr_json_text(json, "hex");
    double percent = json_number_value(json_object_get(json, "percent"));
    if (!*hex || p->n == NSR_MOST_PERCENTILES) return;
    p->percent[p->n] = percent;
    p->value[p->n] = strtod(hex, NULL);
    p->below[p->n] = nsr_json_int(json, "below");
    p->above[p->n++] = nsr_json_int(json, "above");
}

json_t *nsr_json_measured(const nsr_measurement *m) {
    char text[200];
    json_t *json = range_json(&m->range), *list = json_array();
    nsr_subset_text(&m->subset, text, sizeof text);
    for (int i = 0; i < m->wanted.n; i++) {
        int known = nsr_percentiles_find(&m->percentiles, m->wanted.percent[i]);
        if (known >= 0) json_array_append_new(list, percentile_json(&m->percentiles, known));
    }
    json_object_set_new(json, "of", json_string(text));
    if (m->norm.kind == NSR_NORM_LOG) json_object_set_new(json, "least_above_0", hex_json(m->range.least));
    json_object_set_new(json, "exact", json_boolean(m->subset.kind == NSR_SUBSET_ALL));
    json_object_set_new(json, "percentiles", list);
    return json;
}

/* The least value above 0 is known only for a logarithmic norm, which begins there. */
static bool get_least(nsr_measurement *m, const json_t *json) {
    const char *least = nsr_json_text(json, "least_above_0");
    m->range.least = *least ? strtod(least, NULL) : m->range.min;
    return *least || m->range.min > 0;
}

void nsr_json_get_measured(nsr_measurement *m, const json_t *json) {
    char text[200];
    size_t i;
    json_t *one;
    nsr_subset_text(&m->subset, text, sizeof text);
    nsr_range_init(&m->range);
    m->percentiles = (nsr_percentiles){0};
    if (strcmp(nsr_json_text(json, "of"), text) != 0) return;
    nsr_json_get_range(&m->range, json);
    if (m->norm.kind == NSR_NORM_LOG && !get_least(m, json)) nsr_range_init(&m->range);
    json_array_foreach(json_object_get(json, "percentiles"), i, one) get_percentile(&m->percentiles, one);
}

json_t *nsr_json_percentiles(const nsr_measurement *m) {
    json_t *json = json_object();
    for (int i = 0; i < m->wanted.n; i++) {
        char text[40];
        int k = nsr_percentiles_find(&m->percentiles, m->wanted.percent[i]);
        nsr_percent_text(m->wanted.percent[i], text, sizeof text);
        if (k >= 0) json_object_set_new(json, text, nsr_json_real(m->percentiles.value[k]));
    }
    return json;
}
