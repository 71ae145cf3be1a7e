/* SPDX-License-Identifier: MIT */
/* The centres of bins in data units, for every layout. */
#include "layouts.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double middle(const double *centers, const double *edges, int i) {
    if (centers) return centers[i];
    return edges ? edges[i] + (edges[i + 1] - edges[i]) / 2 : i;
}

static bool of_grid(double *xy, const nsr_environment *env, nsr_err *err) {
    nsr_environment plane = *env;
    bool line = env->shape == NSR_SHAPE_LINE;
    if (line) plane.ny = 1;
    int32_t *cells = nsr_grid_numbers(&plane, err), *cell = cells;
    if (!cells) return false;
    for (int iy = 0; iy < plane.ny; iy++)
        for (int ix = 0; ix < plane.nx; ix++, cell++) {
            if (*cell < 0) continue;
            xy[2 * *cell] = middle(env->x_centers, env->x_edges, ix);
            xy[2 * *cell + 1] = line ? NAN : middle(env->y_centers, env->y_edges, iy);
        }
    free(cells);
    return true;
}

static void of_cells(double *xy, const nsr_environment *env) {
    for (int64_t k = 0; k < env->n_bins; k++) {
        int64_t first = env->cell_first[k], n = env->cell_first[k + 1] - first;
        double sum[2] = {0, 0};
        for (int64_t i = 2 * first; i < 2 * (first + n); i++) sum[i % 2] += env->cell_xy[i];
        for (int axis = 0; axis < 2; axis++) xy[2 * k + axis] = sum[axis] / (double)n;
    }
}

static void of_track(double *xy, const nsr_environment *env) {
    for (int64_t k = 0; k < env->n_bins; k++)
        for (int axis = 0; axis < 2; axis++) {
            const double *piece = env->bin_line + 4 * k + axis;
            xy[2 * k + axis] = (piece[0] + piece[2]) / 2;
        }
}

static bool fill_centers(double *xy, const nsr_environment *env, nsr_err *err) {
    if (env->shape == NSR_SHAPE_GRID || env->shape == NSR_SHAPE_LINE || env->shape == NSR_SHAPE_POLAR)
        return of_grid(xy, env, err);
    if (env->centers) memcpy(xy, env->centers, (size_t)env->n_bins * 2 * sizeof *xy);
    else if (env->shape == NSR_SHAPE_CELLS && env->cell_first) of_cells(xy, env);
    else if (env->shape == NSR_SHAPE_TRACK && env->bin_line)
        of_track(xy, env);
    return true;
}

double *nsr_layout_centers(const nsr_environment *env, nsr_err *err) {
    size_t n = (size_t)env->n_bins * 2;
    double *xy = malloc((n ? n : 1) * sizeof *xy);
    if (!xy) return nsr_fail(err, NSR_EINTERNAL, "out of memory for %lld bin centres", (long long)env->n_bins), NULL;
    for (size_t i = 0; i < n; i++) xy[i] = NAN;
    if (fill_centers(xy, env, err)) return xy;
    free(xy);
    return NULL;
}
