/* SPDX-License-Identifier: MIT */
/* Grids: cells between edges, in one, two or three dimensions, or in polar coordinates. */
#include "outline.h"

#include <math.h>
#include <nsrender/log.h>
#include <stdlib.h>

static bool check_edges(const nsr_outline *o, int axis, nsr_err *err) {
    const double *edge = o->edges[axis];
    if (o->cells[axis] < 1 || o->cells[axis] >= INT32_MAX)
        return nsr_fail(err, NSR_EDATA, "%s: grid_edges of axis %d: %lld cells", o->where, axis,
                        (long long)o->cells[axis]);
    for (int64_t i = 0; i <= o->cells[axis]; i++)
        if (!nsr_outline_place(edge[i]) || (i > 0 && !(edge[i] > edge[i - 1])))
            return nsr_fail(err, NSR_EDATA, "%s: grid_edges of axis %d: number %lld is not finite or not increasing",
                            o->where, axis, (long long)i);
    return true;
}

/* The number of cells; -1 and a failure when there are too many. */
static int64_t count_cells(const nsr_outline *o, nsr_err *err) {
    int64_t n = 1;
    for (int i = 0; i < o->n_axes; i++)
        if ((n *= o->cells[i]) > INT32_MAX) {
            nsr_fail(err, NSR_EDATA, "%s: a grid of more than %d cells", o->where, INT32_MAX);
            return -1;
        }
    return n;
}

/* The mask must have a value for every cell; without a mask every cell must be a bin. */
static bool check_fit(const nsr_outline *o, int64_t cells, nsr_err *err) {
    if (o->mask && o->n_mask != cells)
        return nsr_fail(err, NSR_EDATA, "%s: active_mask has the shape of %lld cells, grid_edges make %lld", o->where,
                        (long long)o->n_mask, (long long)cells);
    if (o->mask) return true;
    if (o->n_bins != cells)
        return nsr_fail(err, NSR_EDATA,
                        "%s: no active_mask, and n_bins is %lld where grid_edges make %lld cells: which are bins?",
                        o->where, (long long)o->n_bins, (long long)cells);
    nsr_warn("%s: no active_mask; all %lld cells are bins", o->where, (long long)cells);
    return true;
}

static bool check_polar(const nsr_outline *o, nsr_err *err) {
    const double *angle = o->edges[1];
    double turn = angle[o->cells[1]] - angle[0];
    if (o->edges[0][0] < 0) return nsr_fail(err, NSR_EDATA, "%s: polar bins of negative distance", o->where);
    if (turn > 2 * M_PI * (1 + 1e-9))
        return nsr_fail(err, NSR_EDATA, "%s: polar bins overlap: their angles span %g radians, a circle has %g",
                        o->where, turn, 2 * M_PI);
    return true;
}

/* Returns the array of a slot and clears the slot. */
static void *move(void *slot) {
    void *array = *(void **)slot;
    *(void **)slot = NULL;
    return array;
}

bool nsr_shape_grid(nsr_outline *o, nsr_environment *env, nsr_err *err) {
    static const nsr_shape shapes[] = {NSR_SHAPE_LINE, NSR_SHAPE_GRID, NSR_SHAPE_GRID3};
    if (o->n_axes < 1 || o->n_axes != o->n_dims)
        return nsr_fail(err, NSR_EDATA, "%s: layout %s of %d dimensions has grid_edges of %d; 1 to 3 can be drawn",
                        o->where, o->layout, o->n_dims, o->n_axes);
    for (int i = 0; i < o->n_axes; i++)
        if (!check_edges(o, i, err)) return false;
    int64_t cells = count_cells(o, err);
    if (cells < 0 || !check_fit(o, cells, err)) return false;
    env->shape = shapes[o->n_axes - 1];
    if (env->shape == NSR_SHAPE_GRID && o->polar) {
        if (!check_polar(o, err)) return false;
        env->shape = NSR_SHAPE_POLAR;
    }
    env->nx = (int)o->cells[0];
    env->ny = o->n_axes > 1 ? (int)o->cells[1] : 1;
    env->nz = o->n_axes > 2 ? (int)o->cells[2] : 1;
    env->x_edges = move(&o->edges[0]);
    env->y_edges = move(&o->edges[1]);
    env->z_edges = move(&o->edges[2]);
    env->active = move(&o->mask);
    return true;
}
