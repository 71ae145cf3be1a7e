/* SPDX-License-Identifier: MIT */
/* Hexagons with one corner at the top. neurospatial stores their centres and sometimes the distance of neighbouring
   centres, which is sqrt 3 radii. */
#include "outline.h"

#include <math.h>
#include <nsrender/log.h>
#include <stdlib.h>

/* The distance of neighbouring centres: the file's, unless hexagons of that size would overlap. */
static double neighbour_distance(const nsr_outline *o, nsr_err *err) {
    double least = 0, median = nsr_points_spacing(o->centers, o->n_bins, &least);
    if (isnan(median)) nsr_fail(err, NSR_EINTERNAL, "out of memory for %lld bin centres", (long long)o->n_bins);
    if (!(o->spacing > 0) || !nsr_outline_place(o->spacing))
        return least > 0 ? least : 1; /* the size of a single hexagon is arbitrary */
    if (least == 0 || least > 0.99 * o->spacing) return o->spacing;
    nsr_warn("%s: bin centres are only %g apart, hexagons of width %g would overlap; drawn %g wide", o->where, least,
             o->spacing, least);
    return least;
}

static void add_hexagon(double *corner, const double center[2], double radius) {
    for (int k = 0; k < 6; k++) {
        double angle = k * M_PI / 3; /* from straight up, counter-clockwise */
        corner[2 * k] = center[0] - radius * sin(angle);
        corner[2 * k + 1] = center[1] + radius * cos(angle);
    }
}

bool nsr_shape_hexagons(nsr_outline *o, nsr_environment *env, nsr_err *err) {
    if (o->n_dims != 2)
        return nsr_fail(err, NSR_EDATA, "%s: hexagons of %d dimensions cannot be drawn", o->where, o->n_dims);
    double radius = neighbour_distance(o, err) / sqrt(3);
    if (!nsr_good(err) || !nsr_cells_open(env, o->n_bins, 6, err)) return false;
    for (int64_t i = 0; i < o->n_bins; i++)
        add_hexagon(env->cell_xy + 12 * i, o->centers + 2 * i, radius);
    nsr_extent_of(env->extent, env->cell_xy, 6 * o->n_bins);
    env->centers = o->centers;
    o->centers = NULL;
    env->radius = radius;
    return true;
}
