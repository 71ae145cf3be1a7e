/* SPDX-License-Identifier: MIT */
/* A point is [x, y]; an area is a GeoJSON polygon, of which the outer ring is used. A faulty region is no error,
   because the field can be drawn without it: it is left out with a warning. */
#include "regions.h"

#include "base/json_parse.h"
#include "json_keys.h"

#include <math.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 4096 };

static bool read_xy(const json_t *pair, double xy[2]) {
    for (size_t i = 0; i < 2; i++) {
        xy[i] = nsr_keys_real(json_array_get(pair, i), NAN);
        if (!nsr_outline_place(xy[i])) return false;
    }
    return json_array_size(pair) == 2;
}

/* An array of the corners; of a point, the point alone. */
static json_t *corners_of(const json_t *geometry, bool point) {
    if (point) return json_pack("[O]", geometry);
    const char *type = json_string_value(json_object_get(geometry, "type"));
    if (!type || strcmp(type, "Polygon") != 0) return NULL;
    return json_incref(json_array_get(json_object_get(geometry, "coordinates"), 0));
}

/* False when the region is not understood. */
static bool read_region(nsr_region *region, const json_t *item) {
    const char *name = json_string_value(json_object_get(item, "name")),
               *kind = json_string_value(json_object_get(item, "kind"));
    *region = (nsr_region){.point = kind && strcmp(kind, "point") == 0};
    snprintf(region->name, sizeof region->name, "%s", name ? name : "");
    json_t *corners = corners_of(json_object_get(item, "geom"), region->point);
    const size_t n = json_array_size(corners), least = region->point ? 1 : 3;
    bool good = n >= least && (region->xy = malloc(n * 2 * sizeof *region->xy));
    for (size_t i = 0; good && i < n; i++) good = read_xy(json_array_get(corners, i), region->xy + 2 * i);
    region->n = good ? (int64_t)n : 0;
    json_decref(corners);
    return good;
}

bool nsr_regions_take(nsr_outline *o, const json_t *list, nsr_err *err) {
    const size_t n = json_array_size(list);
    if (n == 0 || o->n_dims != 2) return true;
    if (!(o->region = calloc(n < MOST ? n : MOST, sizeof *o->region)))
        return nsr_fail(err, NSR_EINTERNAL, "%s: out of memory for %zu regions", o->where, n);
    if (n > MOST) nsr_warn("%s: only %d of %zu regions are taken", o->where, MOST, n);
    for (size_t i = 0; i < n && i < MOST; i++) {
        nsr_region *region = &o->region[o->n_regions];
        if (read_region(region, json_array_get(list, i))) {
            o->n_regions++;
            continue;
        }
        nsr_warn("%s: region %zu ('%s') is neither a point nor a polygon in the plane; it is left out", o->where, i,
                 region->name);
        free(region->xy);
        *region = (nsr_region){0};
    }
    return true;
}

bool nsr_regions_parse(nsr_outline *o, const char *text, nsr_err *err) {
    json_t *root = nsr_json_parse(text, strlen(text), 0, NSR_JSON_STORED, NULL);
    const bool good = nsr_regions_take(o, json_object_get(root, "regions"), err);
    if (!root) nsr_warn("%s: regions are no JSON, or too many; they are left out", o->where);
    json_decref(root);
    return good;
}

void nsr_regions_free(nsr_region *region, int n) {
    for (int i = 0; i < n; i++) free(region[i].xy);
    free(region);
}
