/* SPDX-License-Identifier: MIT */
/* An environment as a DynamicTable. All columns are padded with zeros to the longest; the JSON columns hold the true
   lengths, and repeat one text in every row, of which row 0 is read. */
#include "nwb_table.h"

#include "base/h5_bounds.h"
#include "regions.h"
#include "table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct open_table {
    hid_t group;
    const char *where; /* begins the messages */
    int64_t rows;      /* of every column */
} open_table;

/* Checks that a column exists and has n rows, a number that the JSON key `count` states. */
static bool needs(const open_table *p, const char *column, int64_t n, const char *count, nsr_err *err) {
    if (nsr_h5_kind(p->group, column) != H5I_DATASET)
        return nsr_fail(err, NSR_EDATA, "%s: no column '%s'", p->where, column);
    if (n <= p->rows) return true;
    return nsr_fail(err, NSR_EDATA, "%s: %s is %lld, but the table has only %lld rows", p->where, count, (long long)n,
                    (long long)p->rows);
}

static bool column(const open_table *p, const char *name, hid_t type, int64_t rows, int64_t columns, void *values,
                   nsr_err *err) {
    nsr_err why = {0};
    return nsr_h5_rows(p->group, name, type, (hsize_t)rows, (hsize_t)columns, values, &why) ||
           nsr_fail(err, NSR_EDATA, "%s: %.300s", p->where, why.msg);
}

static void *room(int64_t n, size_t size, const char *what, nsr_err *err) {
    void *array = malloc((size_t)n * size);
    if (!array) nsr_fail(err, NSR_EINTERNAL, "out of memory for %lld %s", (long long)n, what);
    return array;
}

static bool read_mask(nsr_outline *o, const open_table *p, nsr_err *err) {
    if (o->n_mask == 0) return true;
    if (!needs(p, "active_mask", o->n_mask, "total_grid_cells", err) ||
        !(o->mask = room(o->n_mask, 1, "cells of a mask", err)) ||
        !column(p, "active_mask", H5T_NATIVE_UINT8, o->n_mask, 0, o->mask, err))
        return false;
    for (int64_t i = 0; i < o->n_mask; i++)
        o->mask[i] = o->mask[i] != 0;
    return true;
}

/* A grid needs no centres. */
static bool read_centers(nsr_outline *o, const open_table *p, nsr_err *err) {
    if (o->n_mask > 0) return true;
    return needs(p, "bin_centers", o->n_bins, "n_bins", err) &&
           (o->centers = room(o->n_bins * o->n_dims, sizeof *o->centers, "bin centres", err)) &&
           column(p, "bin_centers", H5T_NATIVE_DOUBLE, o->n_bins, o->n_dims, o->centers, err);
}

static bool read_links(nsr_outline *o, const open_table *p, nsr_err *err) {
    if (o->n_links == 0 || o->n_mask > 0) {
        o->n_links = 0;
        return true;
    }
    return needs(p, "edges", o->n_links, "n_edges", err) &&
           (o->links = room(o->n_links, 2 * sizeof *o->links, "edges", err)) &&
           column(p, "edges", H5T_NATIVE_INT64, o->n_links, 2, o->links, err);
}

/* Neighbouring hexagons have one distance: the smallest edge weight. */
static bool read_spacing(nsr_outline *o, const open_table *p, nsr_err *err) {
    if (o->n_links == 0 || nsr_h5_kind(p->group, "edge_weights") != H5I_DATASET) return true;
    double *weight = room(o->n_links, sizeof *weight, "edge weights", err);
    bool good = weight && needs(p, "edge_weights", o->n_links, "n_edges", err) &&
                column(p, "edge_weights", H5T_NATIVE_DOUBLE, o->n_links, 0, weight, err);
    for (int64_t i = 0; good && i < o->n_links; i++)
        if (isfinite(weight[i]) && weight[i] > 0 && (o->spacing == 0 || weight[i] < o->spacing)) o->spacing = weight[i];
    free(weight);
    return good;
}

static int64_t rows_of(hid_t group) {
    hsize_t n = 0;
    hid_t dataset = H5Dopen2(group, "metadata", H5P_DEFAULT);
    int dims = dataset >= 0 ? nsr_h5_shape(dataset, 1, &n) : -1;
    nsr_h5_close(dataset);
    return dims == 1 && n <= INT64_MAX ? (int64_t)n : 0;
}

static char *column_text(const open_table *p, const char *name, nsr_err *err) {
    nsr_err why = {0};
    char *text = nsr_h5_text(p->group, name, &why);
    if (!text) nsr_fail(err, NSR_EDATA, "%s: %.300s", p->where, why.msg);
    return text;
}

static bool read_texts(nsr_outline *o, const open_table *p, nsr_err *err) {
    char *metadata = column_text(p, "metadata", err), *grid = metadata ? column_text(p, "grid_data", err) : NULL;
    bool good = grid && nsr_table_parse(o, metadata, grid, err);
    free(grid);
    free(metadata);
    return good;
}

/* Older files have no regions. */
static bool read_regions(nsr_outline *o, const open_table *p, nsr_err *err) {
    if (nsr_h5_kind(p->group, "regions") != H5I_DATASET) return true;
    char *text = column_text(p, "regions", err);
    const bool good = text && nsr_regions_parse(o, text, err);
    free(text);
    return good;
}

bool nsr_nwb_table(nsr_environment *env, hid_t file, const char *name, const char *path, nsr_err *err) {
    nsr_outline o = {0};
    char where[sizeof o.where];
    snprintf(where, sizeof where, "%s: %s", name, path);
    snprintf(o.where, sizeof o.where, "%s", where);
    open_table p = {.group = H5Gopen2(file, path, H5P_DEFAULT), .where = where};
    if (p.group < 0) return nsr_h5_fail(err, NSR_EDATA, "%s: no environment table", where);
    p.rows = rows_of(p.group);
    bool good = read_texts(&o, &p, err) && read_mask(&o, &p, err) && read_centers(&o, &p, err) &&
                read_links(&o, &p, err) && read_spacing(&o, &p, err) && read_regions(&o, &p, err) &&
                nsr_outline_shape(&o, env, err);
    nsr_outline_free(&o);
    nsr_h5_close(p.group);
    return good;
}

/* --- centres alone --- */

static bool centers_shape(hid_t file, const char *path, nsr_outline *o) {
    hsize_t shape[3] = {0};
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    bool good = dataset >= 0 && nsr_h5_shape(dataset, 3, shape) == 3 && shape[0] == 1 && shape[1] > 0 &&
                shape[1] <= INT32_MAX && shape[2] > 0 && shape[2] <= 16;
    nsr_h5_close(dataset);
    o->n_bins = (int64_t)shape[1];
    o->n_dims = (int)(good ? shape[2] : 0);
    return good;
}

/* Memory is allocated only for a dataset that stores values, because the shape is merely claimed. */
static bool read_cube(hid_t file, const char *path, nsr_outline *o, nsr_err *err) {
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    nsr_err why = {0};
    bool bounded = o->n_bins <= NSR_H5_WHOLE / (int64_t)sizeof *o->centers / o->n_dims;
    if (dataset >= 0 && bounded && H5Dget_storage_size(dataset) > 0 && nsr_h5_may_read(dataset, 1, &why))
        o->centers = room(o->n_bins * o->n_dims, sizeof *o->centers, "bin centres", err);
    bool good = o->centers && H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, o->centers) >= 0;
    if (!good)
        nsr_h5_fail(err, NSR_EDATA, "%s: bin_centers cannot be read%s%.300s", o->where, why.msg[0] ? ": " : "",
                    why.msg);
    nsr_h5_close(dataset);
    return good;
}

bool nsr_nwb_centers(nsr_environment *env, hid_t file, const char *name, const char *path, nsr_err *err) {
    nsr_outline o = {.layout = "bin_centers"};
    snprintf(o.where, sizeof o.where, "%s: %s", name, path);
    bool good = centers_shape(file, path, &o) ||
                nsr_fail(err, NSR_EDATA, "%s: bin_centers do not have the shape (1, bins, dimensions)", o.where);
    good = good && read_cube(file, path, &o, err) && nsr_outline_shape(&o, env, err);
    nsr_outline_free(&o);
    return good;
}
