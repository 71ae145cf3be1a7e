/* SPDX-License-Identifier: MIT */
/* A table beside an NWB series with one row per bin: limits of the bin, or coordinates in one or two dimensions. */
#include "outline.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* One or two columns that hold the coordinates. */
typedef struct columns {
    const char *name[2]; /* the second one may be NULL */
    int width;           /* values per row of the first one; 0: a 1-D dataset */
    bool limits;         /* the values are low and high end instead of x and y */
} columns;

static const columns known[] = {{{"band_limits"}, 2, true},      {{"bin_limits"}, 2, true},
                                {{"bin_edges"}, 2, true},        {{"x_position", "y_position"}, 0, false},
                                {{"x", "y"}, 0, false},          {{"bin_centers"}, 2, false},
                                {{"bin_centers"}, 1, false},     {{"bin_centers"}, 0, false},
                                {{"linear_position"}, 0, false}, {{"position"}, 0, false},
                                {{"x_position"}, 0, false},      {{"x"}, 0, false}};

/* Reads two 1-D datasets as pairs. */
static bool read_pairs(const columns *c, hid_t table, int64_t n, double *xy) {
    nsr_err none = {0};
    double *list = malloc((size_t)n * sizeof *list);
    bool good = list != NULL;
    for (int k = 0; good && k < 2; k++) {
        good = nsr_h5_kind(table, c->name[k]) == H5I_DATASET &&
               nsr_h5_rows(table, c->name[k], H5T_NATIVE_DOUBLE, (hsize_t)n, 0, list, &none);
        for (int64_t i = 0; good && i < n; i++)
            xy[2 * i + k] = list[i];
    }
    free(list);
    return good;
}

static bool read_columns(const columns *c, hid_t table, int64_t n, double *values) {
    nsr_err none = {0};
    if (c->name[1]) return read_pairs(c, table, n, values);
    return nsr_h5_kind(table, c->name[0]) == H5I_DATASET &&
           nsr_h5_rows(table, c->name[0], H5T_NATIVE_DOUBLE, (hsize_t)n, (hsize_t)c->width, values, &none);
}

/* Do the bins follow each other without gaps? Otherwise only their middles are used. */
static bool is_chain(const double *limit, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        double low = limit[2 * i], high = limit[2 * i + 1];
        if (!nsr_outline_place(low) || !nsr_outline_place(high) || !(high > low)) return false;
        if (i > 0 && fabs(low - limit[2 * i - 1]) > 1e-6 * (high - low)) return false;
    }
    return true;
}

static bool shape_chain(nsr_environment *env, const double *limit, int64_t n, nsr_err *err) {
    env->x_edges = malloc((size_t)(n + 1) * sizeof *env->x_edges);
    if (!env->x_edges) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the edges of %lld bins", (long long)n);
    for (int64_t i = 0; i < n; i++)
        env->x_edges[i] = limit[2 * i];
    env->x_edges[n] = limit[2 * n - 1];
    snprintf(env->layout, sizeof env->layout, "bins");
    snprintf(env->x_name, sizeof env->x_name, "x");
    env->shape = NSR_SHAPE_LINE;
    env->nx = (int)n;
    env->ny = 1;
    env->n_bins = env->n_active = n;
    env->y_up = env->x_slow = env->packed = true;
    return true;
}

static bool shape_points(nsr_environment *env, const nsr_field *field, const columns *c, double **values,
                         nsr_err *err) {
    nsr_outline o = {.layout = "bin_centers", .n_bins = field->n_bins, .centers = *values};
    o.n_dims = c->limits ? 1 : c->name[1] ? 2 : c->width ? c->width : 1;
    for (int64_t i = 0; c->limits && i < o.n_bins; i++)
        o.centers[i] = (o.centers[2 * i] + o.centers[2 * i + 1]) / 2;
    *values = NULL;
    snprintf(o.where, sizeof o.where, "%.3000s: %.1000s", field->file, field->bins);
    bool good = nsr_outline_shape(&o, env, err);
    nsr_outline_free(&o);
    return good;
}

static bool read_table(nsr_environment *env, hid_t table, const nsr_field *field, nsr_err *err) {
    int64_t n = field->n_bins;
    double *values = malloc((size_t)n * 2 * sizeof *values);
    if (!values) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the places of %lld bins", (long long)n);
    const columns *c = known, *end = known + NSR_COUNTOF(known);
    while (c < end && !read_columns(c, table, n, values))
        c++;
    bool chain = c < end && c->limits && is_chain(values, n);
    bool good = c < end && (chain ? shape_chain(env, values, n, err) : shape_points(env, field, c, &values, err));
    free(values);
    return good;
}

static bool has_table(const nsr_config *config, const nsr_field *field) {
    (void)config;
    return field->bins[0] != 0;
}

static bool read_bins(nsr_environment *env, const nsr_config *config, const nsr_field *field, nsr_err *err) {
    hid_t file = nsr_h5_open(field->file, H5P_DEFAULT, err);
    hid_t table = file >= 0 ? H5Gopen2(file, field->bins, H5P_DEFAULT) : H5I_INVALID_HID;
    snprintf(env->origin, sizeof env->origin, "%s", field->bins);
    bool good = table >= 0 && read_table(env, table, field, err) && nsr_environment_match(env, config, field, err);
    nsr_h5_close(table);
    nsr_h5_close(file);
    H5Eclear2(H5E_DEFAULT);
    return good;
}

const nsr_environment_kind nsr_environment_bins = {"bins", has_table, read_bins};
