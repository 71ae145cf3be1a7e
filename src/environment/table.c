/* SPDX-License-Identifier: MIT */
/* Strict: memory is allocated by the length of arrays in the text, never by a number that the text claims. */
#include "table.h"

#include "base/json_parse.h"
#include "json_keys.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Older files have no version; minor versions are compatible. */
static bool check_version(const nsr_outline *o, const json_t *metadata, nsr_err *err) {
    const char *version = json_string_value(json_object_get(metadata, "schema_version"));
    if (!version || strncmp(version, "1.", 2) == 0) return true;
    return nsr_fail(err, NSR_EDATA, "%s: schema_version is %.60s; this program knows 1.0", o->where, version);
}

static bool read_metadata(nsr_outline *o, const json_t *metadata, nsr_err *err) {
    int64_t n_dims = 0;
    if (!check_version(o, metadata, err) ||
        !nsr_keys_text(metadata, "layout_type", o->layout, sizeof o->layout, o->where, err) ||
        !nsr_keys_whole(metadata, "n_bins", 1, INT32_MAX, &o->n_bins, o->where, err) ||
        !nsr_keys_whole(metadata, "n_edges", 0, INT32_MAX, &o->n_links, o->where, err) ||
        !nsr_keys_whole(metadata, "n_dims", 1, 16, &n_dims, o->where, err))
        return false;
    const char *units = json_string_value(json_object_get(metadata, "units")),
               *kind = json_string_value(json_object_get(metadata, "coordinate_kind"));
    snprintf(o->units, sizeof o->units, "%s", units ? units : "");
    o->polar = kind && strcmp(kind, "polar") == 0;
    o->n_dims = (int)n_dims;
    return true;
}

/* The edges of one axis: one more than cells, finite, increasing. */
static double *read_edges(const nsr_outline *o, const json_t *edges, int axis, nsr_err *err) {
    const json_t *list = json_array_get(edges, (size_t)axis);
    size_t n = json_array_size(list);
    if (n != (size_t)o->cells[axis] + 1) {
        nsr_fail(err, NSR_EDATA, "%s: grid_edges of axis %d has %zu numbers for %lld cells; it must be one more",
                 o->where, axis, n, (long long)o->cells[axis]);
        return NULL;
    }
    double *edge = malloc(n * sizeof *edge);
    if (!edge) nsr_fail(err, NSR_EINTERNAL, "out of memory for %zu grid edges", n);
    for (size_t i = 0; edge && i < n; i++) {
        edge[i] = nsr_keys_real(json_array_get(list, i), NAN);
        if (isfinite(edge[i]) && (i == 0 || edge[i] > edge[i - 1])) continue;
        nsr_fail(err, NSR_EDATA, "%s: grid_edges of axis %d: number %zu is not finite or does not increase", o->where,
                 axis, i);
        free(edge);
        return NULL;
    }
    return edge;
}

static bool read_shape(nsr_outline *o, const json_t *grid, nsr_err *err) {
    const json_t *shape = json_object_get(grid, "grid_shape");
    int64_t product = 1;
    if (o->n_dims > 3 || json_array_size(shape) != (size_t)o->n_dims)
        return nsr_fail(err, NSR_EDATA,
                        "%s: a grid of %d dimensions (grid_shape has %zu); only grids of 1 to 3 are drawn", o->where,
                        o->n_dims, json_array_size(shape));
    for (int i = 0; i < o->n_dims; i++) {
        o->cells[i] = json_integer_value(json_array_get(shape, (size_t)i)); /* 0 when it is no integer */
        if (o->cells[i] < 1 || o->cells[i] > INT32_MAX)
            return nsr_fail(err, NSR_EDATA, "%s: grid_shape has no whole numbers above 0", o->where);
        product = product <= INT32_MAX ? product * o->cells[i] : product; /* stays too large */
    }
    if (!nsr_keys_whole(grid, "total_grid_cells", 1, INT32_MAX, &o->n_mask, o->where, err)) return false;
    if (product == o->n_mask) return true;
    return nsr_fail(err, NSR_EDATA, "%s: grid_shape, a product of %lld, does not make total_grid_cells %lld", o->where,
                    (long long)product, (long long)o->n_mask);
}

static bool read_grid(nsr_outline *o, const json_t *grid, nsr_err *err) {
    if (!read_shape(o, grid, err)) return false;
    for (int i = 0; i < o->n_dims; i++)
        if (!(o->edges[i] = read_edges(o, json_object_get(grid, "grid_edges"), i, err))) return false;
    o->n_axes = o->n_dims;
    return true;
}

bool nsr_table_parse(nsr_outline *o, const char *metadata, const char *grid_data, nsr_err *err) {
    json_t *about = nsr_keys_parse(metadata, strlen(metadata), NSR_JSON_STORED, "metadata", o->where, err),
           *grid = NULL;
    bool good = about && read_metadata(o, about, err), cells = good && nsr_outline_is_grid(o->layout);
    if (cells) grid = nsr_keys_parse(grid_data, strlen(grid_data), NSR_JSON_STORED, "grid_data", o->where, err);
    good = good && (!cells || (grid && read_grid(o, grid, err)));
    json_decref(grid);
    json_decref(about);
    if (!good) nsr_outline_free(o);
    return good;
}
