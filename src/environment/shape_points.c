/* SPDX-License-Identifier: MIT */
/* Bins of which only the centres are known. Their radius is sqrt 1/2 of the median distance of neighbours: half the
   diagonal of a square grid, so that the points of such a grid cover the plane. */
#include "outline.h"

#include <math.h>
#include <stdlib.h>

/* Points in one dimension become a strip. */
static bool shape_line(nsr_outline *o, nsr_environment *env, nsr_err *err) {
    env->shape = NSR_SHAPE_LINE;
    env->nx = (int)o->n_bins;
    env->ny = env->nz = 1;
    env->x_edges = nsr_edges_between(o->centers, o->n_bins);
    if (!env->x_edges)
        return nsr_fail(err, NSR_EDATA, "%s: bin_centers of one dimension must be two or more, and increase", o->where);
    env->x_centers = o->centers;
    o->centers = NULL;
    return true;
}

bool nsr_shape_points(nsr_outline *o, nsr_environment *env, nsr_err *err) {
    if (o->n_dims == 1) return shape_line(o, env, err);
    if (o->n_dims != 2)
        return nsr_fail(err, NSR_EDATA, "%s: bin_centers of %d dimensions: points of 1 or 2 can be drawn", o->where,
                        o->n_dims);
    double spacing = nsr_points_spacing(o->centers, o->n_bins, NULL);
    if (isnan(spacing)) return nsr_fail(err, NSR_EINTERNAL, "out of memory for %lld bin centres", (long long)o->n_bins);
    env->shape = NSR_SHAPE_POINTS;
    env->radius = spacing > 0 ? spacing * M_SQRT1_2 : 1;
    nsr_extent_of(env->extent, o->centers, o->n_bins);
    for (int i = 0; i < 4; i++)
        env->extent[i] += i % 2 ? env->radius : -env->radius;
    env->centers = o->centers;
    o->centers = NULL;
    return true;
}
