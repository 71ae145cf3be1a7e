/* SPDX-License-Identifier: MIT */
/* The bin of each cell of a grid, from the order in which the file numbers them. */
#include "layouts.h"
#include <stdlib.h>

static int64_t number_cells(int32_t *cells, const nsr_environment *env) {
    const int outer_n = env->x_slow ? env->nx : env->ny, inner_n = env->x_slow ? env->ny : env->nx;
    int32_t flat = 0, used = 0;
    for (int outer = 0; outer < outer_n; outer++)
        for (int inner = 0; inner < inner_n; inner++, flat++) {
            int ix = env->x_slow ? outer : inner, iy = env->x_slow ? inner : outer;
            bool active = !env->active || env->active[flat];
            cells[(size_t)iy * (size_t)env->nx + (size_t)ix] = !active ? NSR_BIN_INACTIVE : env->packed ? used : flat;
            used += active;
        }
    return used;
}

int32_t *nsr_grid_numbers(const nsr_environment *env, nsr_err *err) {
    int64_t n = (int64_t)env->nx * env->ny;
    int32_t *cells = malloc((size_t)n * sizeof *cells);
    if (!cells) {
        nsr_fail(err, NSR_EINTERNAL, "out of memory for a grid of %d x %d cells", env->nx, env->ny);
        return NULL;
    }
    int64_t used = number_cells(cells, env), bins = env->packed ? used : n;
    if (used == env->n_active && bins == env->n_bins) return cells;
    nsr_fail(err, NSR_EDATA,
             "environment %s: a grid of %d x %d with %lld active cells does not fit %lld bins, %lld of them active",
             env->origin, env->nx, env->ny, (long long)used, (long long)env->n_bins, (long long)env->n_active);
    free(cells);
    return NULL;
}
