/* SPDX-License-Identifier: MIT */
/* Grids without a stored geometry: --grid AxB for a flat axis of bins, or the shape of a 3-D field. Datasets with the
   names of its dimensions beside such a field are its coordinates. */
#include "readers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool fill_grid(nsr_environment *env, const nsr_config *config, const nsr_field *field, int64_t a, int64_t b) {
    const char *origin = config->input_as.origin;
    bool named = field->n_dims == 3 && field->dim[1][0] && field->dim[2][0];
    snprintf(env->layout, sizeof env->layout, "grid");
    env->shape = NSR_SHAPE_GRID;
    env->x_slow = nsr_axes_x_slow(config, field, false);
    env->nx = (int)(env->x_slow ? a : b);
    env->ny = (int)(env->x_slow ? b : a);
    env->y_up = origin && strcmp(origin, "lower") == 0;
    env->n_bins = env->n_active = field->n_bins;
    snprintf(env->x_name, sizeof env->x_name, "%s", named ? field->dim[env->x_slow ? 1 : 2] : "x");
    snprintf(env->y_name, sizeof env->y_name, "%s", named ? field->dim[env->x_slow ? 2 : 1] : "y");
    return true;
}

/* --- --grid --- */

static bool grid_given(const nsr_config *config, const nsr_field *field) {
    (void)field;
    return config->input_as.grid != NULL;
}

static bool parse_grid(const char *text, int64_t *a, int64_t *b, nsr_err *err) {
    char *end, *last;
    *a = strtoll(text, &end, 10);
    *b = *end == 'x' ? strtoll(end + 1, &last, 10) : 0;
    if (*end == 'x' && end > text && last > end + 1 && *last == 0 && *a > 0 && *b > 0 && *a <= INT32_MAX &&
        *b <= INT32_MAX)
        return true;
    return nsr_fail(err, NSR_EUSAGE, "--grid %s: give two whole numbers above 0, as in 40x40", text);
}

static bool read_grid(nsr_environment *env, const nsr_config *config, const nsr_field *field, nsr_err *err) {
    int64_t a, b;
    if (!parse_grid(config->input_as.grid, &a, &b, err)) return false;
    bool same = field->n_dims == 2 || (a == field->shape[1] && b == field->shape[2]);
    if (a * b != field->n_bins || !same)
        return nsr_fail(err, NSR_EDATA, "--grid %s has %lld bins, but %s: %s has %lld%s", config->input_as.grid,
                        (long long)(a * b), field->file, field->path, (long long)field->n_bins,
                        same ? "" : " in another shape");
    snprintf(env->origin, sizeof env->origin, "--grid %.100s", config->input_as.grid);
    return fill_grid(env, config, field, a, b);
}

bool nsr_grid_agrees(const nsr_environment *env, const nsr_config *config, nsr_err *err) {
    int64_t a, b, slow = env->x_slow ? env->nx : env->ny, fast = env->x_slow ? env->ny : env->nx;
    if (!config->input_as.grid || !config->input_as.environment) return true;
    if (!parse_grid(config->input_as.grid, &a, &b, err)) return false;
    if (env->shape == NSR_SHAPE_GRID && a == slow && b == fast) return true;
    char is[64] = "no grid";
    if (env->shape == NSR_SHAPE_GRID) snprintf(is, sizeof is, "a grid of %lldx%lld", (long long)slow, (long long)fast);
    return nsr_fail(err, NSR_EUSAGE, "--grid %s disagrees with --environment %s, which is %s; leave one of them out",
                    config->input_as.grid, config->input_as.environment, is);
}

/* --- three dimensions --- */

static bool is_cube(const nsr_config *config, const nsr_field *field) {
    (void)config;
    return field->n_dims == 3;
}

/* Reads a 1-D dataset of n numbers; false when there is none. */
static bool read_list(hid_t file, const char *path, int64_t n, double *values) {
    nsr_err none = {0};
    hsize_t length = 0;
    if (nsr_h5_kind(file, path) != H5I_DATASET) return false;
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    bool fits = dataset >= 0 && nsr_h5_shape(dataset, 1, &length) == 1 && length == (hsize_t)n;
    nsr_h5_close(dataset);
    return fits && nsr_h5_rows(file, path, H5T_NATIVE_DOUBLE, length, 0, values, &none);
}

double *nsr_axis_centers(hid_t file, const nsr_field *field, int dim) {
    int folder = (int)(strrchr(field->path, '/') - field->path);
    double *center = field->dim[dim][0] ? malloc((size_t)field->shape[dim] * sizeof *center) : NULL;
    for (int up = 0; center && up < 2; up++) {
        char path[1200];
        snprintf(path, sizeof path, "%.*s/%s", up ? 0 : folder, field->path, field->dim[dim]);
        if (read_list(file, path, field->shape[dim], center)) return center;
    }
    free(center);
    return NULL;
}

static bool coordinates(hid_t file, const nsr_field *field, int dim, double **centers, double **edges) {
    *centers = nsr_axis_centers(file, field, dim);
    *edges = *centers ? nsr_edges_between(*centers, field->shape[dim]) : NULL;
    return *edges != NULL;
}

static void forget(double **array) {
    free(*array);
    *array = NULL;
}

static void find_coordinates(nsr_environment *env, const nsr_field *field) {
    nsr_err none = {0};
    hid_t file = nsr_h5_open(field->file, H5P_DEFAULT, &none);
    if (file < 0) return;
    const bool x = coordinates(file, field, env->x_slow ? 1 : 2, &env->x_centers, &env->x_edges);
    const bool y = coordinates(file, field, env->x_slow ? 2 : 1, &env->y_centers, &env->y_edges);
    nsr_h5_close(file);
    if (x && y) {
        env->y_up = true;
        return;
    }
    forget(&env->x_centers), forget(&env->x_edges);
    forget(&env->y_centers), forget(&env->y_edges);
}

static bool read_cube(nsr_environment *env, const nsr_config *config, const nsr_field *field, nsr_err *err) {
    (void)err;
    fill_grid(env, config, field, field->shape[1], field->shape[2]);
    if (field->dim[1][0] && field->dim[2][0] && !config->input_as.axes) find_coordinates(env, field);
    if (env->x_edges)
        snprintf(env->origin, sizeof env->origin, "%s, %s beside %s", env->x_name, env->y_name, field->path);
    else
        snprintf(env->origin, sizeof env->origin, "axes %s of %s%s", env->x_slow ? "txy" : "tyx", field->path,
                 field->matlab && !config->input_as.axes ? " (rows of MATLAB are y)" : "");
    return true;
}

const nsr_environment_kind nsr_environment_grid = {"grid", grid_given, read_grid};
const nsr_environment_kind nsr_environment_cube = {"cube", is_cube, read_cube};
