/* SPDX-License-Identifier: MIT */
/* The result of the search for bins with values, as JSON that a bundle keeps, so that it searches once: the bins as
   hexadecimal digits, four bins per digit, and for every interval with values its number and the first and last time
   that has one. */
#include "shown.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *hex_of(const uint8_t *bins, int64_t n) {
    int64_t digits = (n + 3) / 4;
    char *text = calloc((size_t)digits + 1, 1);
    for (int64_t i = 0; text && i < digits; i++) {
        unsigned four = 0;
        for (int64_t bin = 4 * i; bin < 4 * i + 4; bin++)
            four = 2 * four + (bin < n && bins[bin]);
        text[i] = "0123456789abcdef"[four];
    }
    return text;
}

static uint8_t *bins_of(const char *hex, int64_t n) {
    if (!hex || (int64_t)strlen(hex) != (n + 3) / 4 || (int64_t)strspn(hex, "0123456789abcdef") != (n + 3) / 4)
        return NULL;
    uint8_t *bins = malloc((size_t)n);
    for (int64_t bin = 0; bins && bin < n; bin++) {
        int digit = hex[bin / 4] <= '9' ? hex[bin / 4] - '0' : hex[bin / 4] - 'a' + 10;
        bins[bin] = digit >> (3 - bin % 4) & 1;
    }
    return bins;
}

static json_t *intervals_json(const double *ends, int64_t n) {
    json_t *list = json_array();
    for (int64_t i = 0; i < n; i++)
        if (isfinite(ends[2 * i]))
            json_array_append_new(
                list, json_pack("[III]", (json_int_t)i, (json_int_t)-ends[2 * i], (json_int_t)ends[2 * i + 1]));
    return list;
}

static bool read_intervals(double *ends, const json_t *list, int64_t n, int64_t n_times) {
    size_t i;
    json_t *one;
    for (int64_t k = 0; k < 2 * n; k++)
        ends[k] = -INFINITY;
    json_array_foreach(list, i, one) {
        int64_t number = json_integer_value(json_array_get(one, 0)), first = json_integer_value(json_array_get(one, 1)),
                last = json_integer_value(json_array_get(one, 2));
        if (json_array_size(one) != 3 || number < 0 || number >= n || first < 0 || last < first || last >= n_times)
            return false;
        ends[2 * number] = -(double)first;
        ends[2 * number + 1] = (double)last;
    }
    return json_is_array(list);
}

char *nsr_known_text(const nsr_active *active, const nsr_source *source) {
    char *hex = hex_of(active->bins, source->shown.n_bins), *text = NULL;
    json_t *json = hex ? json_pack("{sIss}", "cells", (json_int_t)source->shown.n_bins, "with_values", hex) : NULL;
    if (json && active->ends)
        json_object_set_new(json, "intervals", intervals_json(active->ends, source->found.field.shape[0]));
    if (json) text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    free(hex);
    return text;
}

bool nsr_known_read(nsr_active *active, const nsr_source *source, const char *text) {
    const int64_t *shape = source->found.field.shape;
    bool by_interval = source->found.storage.by_interval;
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;
    *active = (nsr_active){0};
    if (json_integer_value(json_object_get(json, "cells")) == source->shown.n_bins)
        active->bins = bins_of(json_string_value(json_object_get(json, "with_values")), source->shown.n_bins);
    if (active->bins && by_interval && shape[0] <= INT32_MAX)
        active->ends = malloc((size_t)shape[0] * 2 * sizeof *active->ends);
    bool good = active->bins &&
                (!by_interval || (active->ends && read_intervals(active->ends, json_object_get(json, "intervals"),
                                                                 shape[0], shape[1])));
    json_decref(json);
    if (!good) nsr_active_free(active);
    return good;
}
