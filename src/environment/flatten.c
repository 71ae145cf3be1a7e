/* SPDX-License-Identifier: MIT */
/* Selects the values of the field that become bins. A 3-D grid becomes a 2-D one: one layer (--slice z=VALUE), or the
   largest value of each column (--slice max). Values of cells that are no bins are left out, so that they do not count
   in the range. */
#include "readers.h"

#include <math.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Writes the centres of the layers, as many as fit. */
static void list_layers(const nsr_environment *env, char *text, size_t size) {
    size_t at = 0;
    text[0] = 0;
    for (int i = 0; i < env->nz && at + 40 < size; i++)
        at +=
            (size_t)snprintf(text + at, size - at, "%s%g", i ? ", " : "", (env->z_edges[i] + env->z_edges[i + 1]) / 2);
    if (at + 40 >= size) snprintf(text + at, size - at, ", ...");
}

static bool fail_choice(const nsr_environment *env, const char *slice, nsr_err *err) {
    char layers[400];
    list_layers(env, layers, sizeof layers);
    if (!slice)
        return nsr_fail(err, NSR_EUSAGE,
                        "environment %.300s: a grid of %d x %d x %d cells is not flat: give --slice max, or "
                        "--slice z=VALUE with one of its layers z = %s",
                        env->origin, env->nx, env->ny, env->nz, layers);
    return nsr_fail(err, NSR_EUSAGE, "--slice %.100s: give max, or z=VALUE between %g and %g; layers are z = %s", slice,
                    env->z_edges[0], env->z_edges[env->nz], layers);
}

/* The layer that contains the value of `text`; the uppermost edge belongs to the last layer. -1: none. */
static int layer_at(const nsr_environment *env, const char *text) {
    char *end;
    double z = strtod(text, &end);
    if (end == text || *end || !isfinite(z)) return -1;
    for (int i = 0; i < env->nz; i++)
        if (z >= env->z_edges[i] && (z < env->z_edges[i + 1] || (i + 1 == env->nz && z == env->z_edges[i + 1])))
            return i;
    return -1;
}

/* Sets the layers first .. end-1 that --slice selects. */
static bool choose_layers(const nsr_environment *env, const char *slice, int *first, int *end, nsr_err *err) {
    bool most = slice && (strcmp(slice, "max") == 0 || strcmp(slice, "z=max") == 0);
    *first = most ? 0 : slice && strncmp(slice, "z=", 2) == 0 ? layer_at(env, slice + 2) : -1;
    *end = most ? env->nz : *first + 1;
    return *first >= 0 || fail_choice(env, slice, err);
}

/* Finds the active columns, which have an active cell in the selected layers, and lists the bins of each in `from`.
   Returns the number of active columns. */
static int64_t gather_columns(const nsr_environment *env, int first, int end, uint8_t *flat, int32_t *from) {
    int64_t columns = (int64_t)env->nx * env->ny, cell = 0, n = 0;
    int32_t number = 0;
    for (int64_t column = 0; column < columns; column++) {
        flat[column] = 0;
        for (int z = 0; z < env->nz; z++, cell++) {
            bool active = !env->active || env->active[cell];
            int32_t bin = !active ? -1 : env->packed ? number : (int32_t)cell;
            number += active;
            if (z < first || z >= end) continue;
            from[n * (end - first) + z - first] = bin;
            flat[column] |= active;
        }
        n += flat[column];
    }
    return n;
}

static void make_flat(nsr_environment *env, uint8_t *flat, int64_t n_bins) {
    free(env->active);
    free(env->z_edges);
    env->active = flat;
    env->z_edges = NULL;
    env->nz = 0;
    env->shape = NSR_SHAPE_GRID;
    env->packed = true;
    env->n_bins = env->n_active = n_bins;
}

/* Position of a cell among the stored values of a frame. */
static size_t stored_at(const nsr_environment *env, size_t x, size_t y) {
    size_t nx = (size_t)env->nx, ny = (size_t)env->ny;
    if (env->flip_x) x = nx - 1 - x;
    if (env->flip_y) y = ny - 1 - y;
    return env->x_slow ? x * ny + y : y * nx + x;
}

/* Makes the active cells the bins, in x-major order (as in neurospatial) whatever the order of the field. */
static bool select_active(nsr_environment *env, nsr_fold *fold, nsr_err *err) {
    size_t nx = (size_t)env->nx, ny = (size_t)env->ny, n = 0;
    uint8_t *active = malloc(nx * ny);
    int32_t *from = malloc(nx * ny * sizeof *from);
    if (!active || !from) {
        free(active);
        free(from);
        return nsr_fail(err, NSR_EINTERNAL, "out of memory for a grid of %zu x %zu cells", nx, ny);
    }
    for (size_t x = 0; x < nx; x++)
        for (size_t y = 0; y < ny; y++) {
            bool is_bin = !env->active || env->active[env->x_slow ? x * ny + y : y * nx + x];
            active[x * ny + y] = is_bin;
            if (is_bin) from[n++] = (int32_t)stored_at(env, x, y);
        }
    free(env->active);
    env->active = active;
    env->x_slow = env->packed = true;
    env->flip_x = env->flip_y = false;
    env->n_bins = (int64_t)n;
    *fold = (nsr_fold){NSR_FOLD_SELECT, 1, (int64_t)n, from};
    return true;
}

static bool slice_grid(nsr_environment *env, const char *slice, nsr_fold *fold, nsr_err *err) {
    int first, end;
    if (!choose_layers(env, slice, &first, &end, err)) return false;
    size_t columns = (size_t)env->nx * (size_t)env->ny;
    uint8_t *flat = malloc(columns);
    int32_t *from = malloc(columns * (size_t)(end - first) * sizeof *from);
    if (!flat || !from) {
        free(flat);
        free(from);
        return nsr_fail(err, NSR_EINTERNAL, "out of memory for a grid of %zu columns", columns);
    }
    int64_t n = gather_columns(env, first, end, flat, from);
    if (n == 0) {
        free(flat);
        free(from);
        return nsr_fail(err, NSR_EUSAGE, "--slice %.100s: no bin of %.300s is active there", slice, env->origin);
    }
    *fold = (nsr_fold){end - first > 1 ? NSR_FOLD_MAX : NSR_FOLD_SELECT, end - first, n, from};
    if (fold->op == NSR_FOLD_SELECT)
        nsr_note("slice: layer %d of %d, z from %g to %g", first, env->nz, env->z_edges[first], env->z_edges[end]);
    make_flat(env, flat, n);
    return true;
}

bool nsr_environment_flatten(nsr_environment *env, const nsr_config *config, nsr_fold *fold, nsr_err *err) {
    const char *slice = config->input_as.slice;
    *fold = (nsr_fold){0};
    if (env->shape == NSR_SHAPE_GRID3) return slice_grid(env, slice, fold, err);
    if (slice)
        return nsr_fail(err, NSR_EUSAGE, "--slice %.100s: the bins of %.300s do not lie in three dimensions", slice,
                        env->origin);
    bool spare = env->active && !env->packed && env->n_active > 0 && env->n_active < env->n_bins;
    return !(spare || env->flip_x || env->flip_y) || select_active(env, fold, err);
}
