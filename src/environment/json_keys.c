/* SPDX-License-Identifier: MIT */
/* Strict reading of JSON values from untrusted files. */
#include "json_keys.h"

#include "base/json_parse.h"

#include <math.h>
#include <stdio.h>

json_t *nsr_keys_parse(const char *text, size_t size, size_t most, const char *what, const char *where, nsr_err *err) {
    json_error_t error;
    json_t *root = nsr_json_parse(text, size, JSON_REJECT_DUPLICATES, most, &error);
    if (json_is_object(root)) return root;
    if (root)
        nsr_fail(err, NSR_EDATA, "%s: %s: the JSON is no object", where, what);
    else
        nsr_fail(err, NSR_EDATA, "%s: %s: no valid JSON: line %d: %s", where, what, error.line, error.text);
    json_decref(root);
    return NULL;
}

bool nsr_keys_whole(const json_t *object, const char *key, int64_t least, int64_t most, int64_t *value,
                    const char *where, nsr_err *err) {
    const json_t *number = json_object_get(object, key);
    if (!json_is_integer(number)) return nsr_fail(err, NSR_EDATA, "%s: %s is missing or no whole number", where, key);
    *value = json_integer_value(number);
    if (*value >= least && *value <= most) return true;
    return nsr_fail(err, NSR_EDATA, "%s: %s is %lld; it must lie in %lld..%lld", where, key, (long long)*value,
                    (long long)least, (long long)most);
}

bool nsr_keys_text(const json_t *object, const char *key, char *text, size_t size, const char *where, nsr_err *err) {
    const char *value = json_string_value(json_object_get(object, key));
    if (!value || !*value) return nsr_fail(err, NSR_EDATA, "%s: %s is missing or no text", where, key);
    snprintf(text, size, "%s", value);
    return true;
}

double nsr_keys_real(const json_t *number, double otherwise) {
    double value = json_is_number(number) ? json_number_value(number) : NAN;
    return isfinite(value) ? value : otherwise;
}

bool nsr_keys_have(const json_t *about, const json_t *grid, int64_t n_bins) {
    const json_t *shape = json_object_get(grid, "grid_shape"), *side;
    int64_t cells = json_array_size(shape) > 0;
    size_t i;
    json_array_foreach(shape, i, side) {
        int64_t n = json_integer_value(side);
        cells = n > 0 && cells <= INT32_MAX && n <= INT32_MAX ? cells * n : 0;
    }
    return n_bins > 0 && (json_integer_value(json_object_get(about, "n_bins")) == n_bins || cells == n_bins);
}
