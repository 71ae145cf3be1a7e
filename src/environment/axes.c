/* SPDX-License-Identifier: MIT */
/* The order of the axes of a grid, and whether the bins of a field fit the cells. */
#include "readers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Is it the name of an axis: x, X, x_position, pos_x? */
static bool is_axis(const char *name, char axis) {
    size_t n = strlen(name);
    if (n == 0) return false;
    char first = name[0] | 0x20, last = name[n - 1] | 0x20;
    return n == 1 ? first == axis : (first == axis && name[1] == '_') || (last == axis && name[n - 2] == '_');
}

int nsr_axes_given(const nsr_config *config, const nsr_field *field) {
    const char *axes = config->input_as.axes;
    if (axes && strchr(axes, 'x')) return strstr(axes, "xy") != NULL;
    if (field->n_dims == 3 && is_axis(field->dim[1], 'x') && is_axis(field->dim[2], 'y')) return 1;
    if (field->n_dims == 3 && is_axis(field->dim[1], 'y') && is_axis(field->dim[2], 'x')) return 0;
    return field->n_dims == 3 && field->matlab ? 1 : -1;
}

bool nsr_axes_x_slow(const nsr_config *config, const nsr_field *field, bool otherwise) {
    int given = nsr_axes_given(config, field);
    return given < 0 ? otherwise : given;
}

bool nsr_axes_turn(nsr_environment *env, nsr_err *err) {
    size_t slow = (size_t)(env->x_slow ? env->nx : env->ny), fast = (size_t)(env->x_slow ? env->ny : env->nx);
    uint8_t *turned = env->active ? malloc(slow * fast) : NULL;
    env->x_slow = !env->x_slow;
    if (!env->active) return true;
    if (!turned) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the mask of the environment");
    for (size_t i = 0; i < slow; i++)
        for (size_t k = 0; k < fast; k++)
            turned[k * slow + i] = env->active[i * fast + k];
    free(env->active);
    env->active = turned;
    return true;
}

static bool match_cube(nsr_environment *env, const nsr_config *config, const nsr_field *field, nsr_err *err) {
    bool xy = field->shape[1] == env->nx && field->shape[2] == env->ny,
         yx = field->shape[1] == env->ny && field->shape[2] == env->nx;
    if (!xy && !yx)
        return nsr_fail(err, NSR_EDATA, "%s: %s has frames of %lld x %lld bins, the environment %s has %d x %d (x, y)",
                        field->file, field->path, (long long)field->shape[1], (long long)field->shape[2], env->origin,
                        env->nx, env->ny);
    if (config->input_as.axes && nsr_axes_x_slow(config, field, xy) != xy && !(xy && yx))
        return nsr_fail(err, NSR_EDATA,
                        "--axes %s: %s: %s has frames of %lld x %lld bins, the environment %s has %d x %d "
                        "(x, y): they fit only the other way round",
                        config->input_as.axes, field->file, field->path, (long long)field->shape[1],
                        (long long)field->shape[2], env->origin, env->nx, env->ny);
    env->by_shape = true;
    env->packed = false;
    env->n_bins = field->n_bins;
    return (xy && (!yx || nsr_axes_x_slow(config, field, false))) || nsr_axes_turn(env, err);
}

static bool fail_bins(const nsr_environment *env, const nsr_field *field, nsr_err *err) {
    int64_t cells = (int64_t)env->nx * env->ny * (env->nz > 0 ? env->nz : 1);
    char more[60] = "";
    if (cells > 0 && cells != env->n_active) snprintf(more, sizeof more, " (%lld cells in all)", (long long)cells);
    return nsr_fail(err, NSR_EDATA, "%s: %s has %lld bins, the environment %s has %lld%s", field->file, field->path,
                    (long long)field->n_bins, env->origin, (long long)env->n_active, more);
}

bool nsr_environment_match(nsr_environment *env, const nsr_config *config, const nsr_field *field, nsr_err *err) {
    int64_t cells = (int64_t)env->nx * env->ny * (env->nz > 0 ? env->nz : 1);
    bool plane = env->shape == NSR_SHAPE_GRID || env->shape == NSR_SHAPE_POLAR;
    env->n_bins = field->n_bins;
    env->x_slow = true;
    if (field->n_dims == 3 && plane) return match_cube(env, config, field, err);
    env->packed = field->n_bins == env->n_active;
    return env->packed || (cells > 0 && field->n_bins == cells) || fail_bins(env, field, err);
}
