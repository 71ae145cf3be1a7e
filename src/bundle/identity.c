/* SPDX-License-Identifier: MIT */
/* The identity of an input as JSON, and the comparison with that of the bundle's first run. */
#include "identity.h"
#include <string.h>

json_t *nsr_identity_json(const nsr_identity *identity) {
    json_t *rows = json_array();
    for (int i = 0; i < identity->n; i++)
        json_array_append_new(rows, json_string(identity->row[i]));
    return json_pack("{ssssso}", "shape_and_times", identity->shape, "bins", identity->bins, "rows", rows);
}

bool nsr_identity_same(const nsr_identity *identity, const json_t *json) {
    const json_t *rows = json_object_get(json, "rows");
    if (strcmp(identity->shape, nsr_json_text(json, "shape_and_times"))) return false;
    if (json_array_size(rows) != (size_t)identity->n) return false;
    for (int i = 0; i < identity->n; i++) {
        const char *then = json_string_value(json_array_get(rows, (size_t)i)), *now = identity->row[i];
        if (then && *then && *now && strcmp(then, now)) return false;
    }
    return true;
}
