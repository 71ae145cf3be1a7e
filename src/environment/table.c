/* SPDX-License-Identifier: MIT */
/* Strict: a key that is missing or of the wrong kind is named, and nothing is allocated by a number alone, only by the
   length of an array that is there. */
#include "table.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const grids[] = {"RegularGrid", "MaskedGrid", "ImageMask", "ShapelyPolygon"};

static json_t *parse(const char *text, const char *column, const char *where, nsr_err *err) {
    json_error_t trouble;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &trouble);
    if (json_is_object(root)) return root;
    if (root)
        nsr_fail(err, NSR_EDATA, "%s: %s: the JSON is no object", where, column);
    else
        nsr_fail(err, NSR_EDATA, "%s: %s: no valid JSON: line %d: %s", where, column, trouble.line, trouble.text);
    json_decref(root);
    return NULL;
}

static bool whole(const json_t *object, const char *key, int64_t least, int64_t most, int64_t *value, const char *where,
                  nsr_err *err) {
    const json_t *number = json_object_get(object, key);
    if (!json_is_integer(number)) return nsr_fail(err, NSR_EDATA, "%s: %s is missing or no whole number", where, key);
    *value = json_integer_value(number);
    if (*value >= least && *value <= most) return true;
    return nsr_fail(err, NSR_EDATA, "%s: %s is %lld; it must lie in %lld..%lld", where, key, (long long)*value,
                    (long long)least, (long long)most);
}

static bool text(const json_t *object, const char *key, char out[32], const char *where, nsr_err *err) {
    const char *value = json_string_value(json_object_get(object, key));
    if (!value || !*value) return nsr_fail(err, NSR_EDATA, "%s: %s is missing or no text", where, key);
    snprintf(out, 32, "%s", value);
    return true;
}

static bool read_metadata(nsr_table *table, const json_t *metadata, const char *where, nsr_err *err) {
    int64_t n_dims = 0;
    if (!text(metadata, "layout_type", table->layout, where, err) ||
        !whole(metadata, "n_bins", 1, INT32_MAX, &table->n_bins, where, err) ||
        !whole(metadata, "n_edges", 0, INT32_MAX, &table->n_edges, where, err) ||
        !whole(metadata, "n_dims", 1, 16, &n_dims, where, err))
        return false;
    const char *units = json_string_value(json_object_get(metadata, "units"));
    snprintf(table->units, sizeof table->units, "%s", units ? units : "");
    table->n_dims = (int)n_dims;
    for (size_t i = 0; i < NSR_COUNTOF(grids); i++)
        table->grid = table->grid || strcmp(table->layout, grids[i]) == 0;
    return true;
}

/* The edges of one axis: one more than cells, finite, increasing. */
static double *read_edges(const json_t *edges, int axis, int64_t cells, const char *where, nsr_err *err) {
    const json_t *list = json_array_get(edges, (size_t)axis);
    size_t n = json_array_size(list);
    if (n != (size_t)cells + 1) {
        nsr_fail(err, NSR_EDATA, "%s: grid_edges of axis %d has %zu numbers for %lld cells; it must be one more", where,
                 axis, n, (long long)cells);
        return NULL;
    }
    double *edge = malloc(n * sizeof *edge);
    if (!edge) nsr_fail(err, NSR_EINTERNAL, "out of memory for %zu grid edges", n);
    for (size_t i = 0; edge && i < n; i++) {
        const json_t *number = json_array_get(list, i);
        edge[i] = json_is_number(number) ? json_number_value(number) : NAN;
        if (isfinite(edge[i]) && (i == 0 || edge[i] > edge[i - 1])) continue;
        nsr_fail(err, NSR_EDATA, "%s: grid_edges of axis %d: number %zu is not finite or does not increase", where,
                 axis, i);
        free(edge);
        return NULL;
    }
    return edge;
}

static bool read_grid(nsr_table *table, const json_t *grid, const char *where, nsr_err *err) {
    const json_t *shape = json_object_get(grid, "grid_shape"), *edges = json_object_get(grid, "grid_edges");
    int64_t total = 0, side[2];
    if (table->n_dims != 2 || json_array_size(shape) != 2)
        return nsr_fail(err, NSR_EDATA,
                        "%s: a grid of %d dimensions (grid_shape has %zu); only grids of 2 can be drawn", where,
                        table->n_dims, json_array_size(shape));
    for (size_t i = 0; i < 2; i++) {
        side[i] = json_integer_value(json_array_get(shape, i)); /* 0 where it is none */
        if (side[i] < 1 || side[i] > INT32_MAX)
            return nsr_fail(err, NSR_EDATA, "%s: grid_shape has no two whole numbers above 0", where);
    }
    if (!whole(grid, "total_grid_cells", 1, INT32_MAX, &total, where, err)) return false;
    if (side[0] * side[1] != total)
        return nsr_fail(err, NSR_EDATA, "%s: grid_shape %lld x %lld does not make total_grid_cells %lld", where,
                        (long long)side[0], (long long)side[1], (long long)total);
    table->nx = (int)side[0];
    table->ny = (int)side[1];
    return (table->x_edges = read_edges(edges, 0, side[0], where, err)) &&
           (table->y_edges = read_edges(edges, 1, side[1], where, err));
}

bool nsr_table_parse(nsr_table *table, const char *metadata, const char *grid_data, const char *where, nsr_err *err) {
    *table = (nsr_table){0};
    json_t *about = parse(metadata, "metadata", where, err);
    bool good = about && read_metadata(table, about, where, err);
    json_t *grid = good && table->grid ? parse(grid_data, "grid_data", where, err) : NULL;
    good = good && (!table->grid || (grid && read_grid(table, grid, where, err)));
    json_decref(grid);
    json_decref(about);
    if (!good) nsr_table_free(table);
    return good;
}

void nsr_table_free(nsr_table *table) {
    free(table->x_edges);
    free(table->y_edges);
    *table = (nsr_table){0};
}
