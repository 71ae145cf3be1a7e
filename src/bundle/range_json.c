/* SPDX-License-Identifier: MIT */
/* What was measured of the values, as plan and manifest keep it: counts, bounds and the percentiles that were asked
   for, and of which frames. A later run with the same frames takes all of it; other percentiles need only their own
   passes. What an earlier run wanted and this one does not is forgotten, so that a bundle tells its input and options,
   and no history. */
#include "plan/subset.h"
#include "bundle.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *hex_json(double x) {
    char hex[40];
    snprintf(hex, sizeof hex, "%a", x);
    return json_string(hex);
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

json_t *nsr_json_measured(const nsr_run *run) {
    char text[200];
    json_t *json = nsr_json_range(&run->range), *list = json_array();
    nsr_subset_text(&run->subset, text, sizeof text);
    for (int i = 0; i < run->wanted.n; i++) {
        int known = nsr_percentiles_find(&run->percentiles, run->wanted.percent[i]);
        if (known >= 0) json_array_append_new(list, percentile_json(&run->percentiles, known));
    }
    json_object_set_new(json, "of", json_string(text));
    if (run->norm.kind == NSR_NORM_LOG) json_object_set_new(json, "least_above_0", hex_json(run->range.least));
    json_object_set_new(json, "exact", json_boolean(run->subset.kind == NSR_SUBSET_ALL));
    json_object_set_new(json, "percentiles", list);
    return json;
}

/* A logarithm begins with the least value above 0, which is looked for only then. */
static bool get_least(nsr_run *run, const json_t *json) {
    const char *least = nsr_json_text(json, "least_above_0");
    run->range.least = *least ? strtod(least, NULL) : run->range.min;
    return *least || run->range.min > 0;
}

void nsr_json_get_measured(nsr_run *run, const json_t *json) {
    char text[200];
    size_t i;
    json_t *one;
    nsr_subset_text(&run->subset, text, sizeof text);
    nsr_range_init(&run->range);
    run->percentiles = (nsr_percentiles){0};
    if (strcmp(nsr_json_text(json, "of"), text) != 0) return;
    nsr_json_get_range(&run->range, json);
    if (run->norm.kind == NSR_NORM_LOG && !get_least(run, json)) nsr_range_init(&run->range);
    json_array_foreach(json_object_get(json, "percentiles"), i, one) get_percentile(&run->percentiles, one);
}

json_t *nsr_json_percentiles(const nsr_run *run) {
    json_t *json = json_object();
    for (int i = 0; i < run->wanted.n; i++) {
        char text[40];
        int k = nsr_percentiles_find(&run->percentiles, run->wanted.percent[i]);
        nsr_percent_text(run->wanted.percent[i], text, sizeof text);
        if (k >= 0) json_object_set_new(json, text, nsr_json_real(run->percentiles.value[k]));
    }
    return json;
}
