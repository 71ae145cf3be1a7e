/* SPDX-License-Identifier: MIT */
/* Parts that several shapes share: valid coordinates, the extent of points, room for polygons. */
#include "outline.h"

#include <math.h>
#include <stdlib.h>

bool nsr_outline_place(double coordinate) { return fabs(coordinate) < 1e150; }

void nsr_extent_of(double extent[4], const double *xy, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        for (int axis = 0; axis < 2; axis++) {
            double value = xy[2 * i + axis], *range = extent + 2 * axis;
            if (i == 0 || value < range[0]) range[0] = value;
            if (i == 0 || value > range[1]) range[1] = value;
        }
}

bool nsr_cells_open(nsr_environment *env, int64_t n, int corners, nsr_err *err) {
    env->shape = NSR_SHAPE_CELLS;
    env->cell_first = malloc(((size_t)n + 1) * sizeof *env->cell_first);
    env->cell_xy = malloc((size_t)n * (size_t)corners * 2 * sizeof *env->cell_xy);
    if (!env->cell_first || !env->cell_xy)
        return nsr_fail(err, NSR_EINTERNAL, "out of memory for %lld polygons", (long long)n);
    for (int64_t i = 0; i <= n; i++)
        env->cell_first[i] = i * corners;
    return true;
}
