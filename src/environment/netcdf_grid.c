/* SPDX-License-Identifier: MIT */
/* The grid of a netCDF file's coordinates. The source has sorted the bins and found the active cells; this file adds
   edges between the centres. */
#include "readers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_axes(const nsr_config *config, const nsr_field *field) {
    (void)config;
    return field->axis[0].n > 0;
}

/* Edges half way between centres; outer cells are symmetric about their centres. A single cell has width 1. */
static bool take_axis(double **centers, double **edges, const nsr_coordinate *axis, nsr_err *err) {
    const int n = axis->n;
    const size_t bytes = (size_t)n * sizeof(double);
    const double *c = axis->center;
    double *edge = *edges = malloc(bytes + sizeof *edge);
    *centers = malloc(bytes);
    if (!edge || !*centers) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the edges of %d cells", n);
    memcpy(*centers, c, bytes);
    for (int i = 1; i < n; i++)
        edge[i] = c[i - 1] + (c[i] - c[i - 1]) / 2;
    edge[0] = c[0] - (n > 1 ? (c[1] - c[0]) / 2 : 0.5);
    edge[n] = c[n - 1] + (n > 1 ? (c[n - 1] - c[n - 2]) / 2 : 0.5);
    return true;
}

static bool copy_active(nsr_environment *env, const nsr_field *field, nsr_err *err) {
    size_t cells = (size_t)env->nx * (size_t)env->ny;
    if (!field->active) return true;
    env->active = malloc(cells);
    if (!env->active) return nsr_fail(err, NSR_EINTERNAL, "out of memory for a mask of %zu cells", cells);
    memcpy(env->active, field->active, cells);
    return true;
}

static bool read_axes(nsr_environment *env, const nsr_config *config, const nsr_field *field, nsr_err *err) {
    const nsr_coordinate *x = &field->axis[0], *y = &field->axis[1];
    bool plane = y->n > 0, alike = !plane || strcmp(x->units, y->units) == 0;
    (void)config;
    snprintf(env->layout, sizeof env->layout, "%s", plane ? "grid" : "line");
    snprintf(env->units, sizeof env->units, "%s", alike ? x->units : "");
    snprintf(env->origin, sizeof env->origin, "%s", field->path);
    snprintf(env->x_name, sizeof env->x_name, "%.63s", x->name);
    snprintf(env->y_name, sizeof env->y_name, "%.63s", y->name);
    env->shape = plane ? NSR_SHAPE_GRID : NSR_SHAPE_LINE;
    env->nx = x->n;
    env->ny = plane ? y->n : 1;
    env->x_slow = env->packed = env->y_up = true;
    env->n_bins = env->n_active = field->n_bins;
    if (!field->active && field->n_bins != (int64_t)env->nx * env->ny)
        return nsr_fail(err, NSR_EDATA, "%s: %s has %lld bins, its coordinates %d x %d", field->file, field->path,
                        (long long)field->n_bins, env->nx, env->ny);
    return take_axis(&env->x_centers, &env->x_edges, x, err) &&
           (!plane || take_axis(&env->y_centers, &env->y_edges, y, err)) && copy_active(env, field, err);
}

const nsr_environment_kind nsr_environment_netcdf = {"netcdf", has_axes, read_axes};
