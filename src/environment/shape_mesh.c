/* SPDX-License-Identifier: MIT */
/* Triangular meshes. neurospatial stores only the centroids of the triangles, and the boundary and spacing of the mesh,
   from which mesh_points.c computes the possible corners. The triangle of a bin is the Delaunay triangle (no other
   point in its circumcircle) with the stored centroid; the centroid also resolves ties (four points on a circle). When
   a bin has no such triangle, or only centres are stored, the bins are drawn as points. */
#include "mesh_points.h"
#include "outline.h"

#include <math.h>
#include <nsrender/log.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_NEAR = 96,
    LEAST_REACH = 2,
    MOST_REACH = 4
}; /* candidate points of one bin; range of the search, in cells */

/* Points around a centre, relative to it and in units of the spacing. */
typedef struct near {
    double x[MOST_NEAR], y[MOST_NEAR];
    int n;
} near;

static void look_around(const nsr_mesh_points *p, const double center[2], int reach, near *found) {
    double column = floor((center[0] - p->x0) / p->spacing), row = floor((center[1] - p->y0) / p->spacing);
    found->n = 0;
    if (!(column >= -1 && row >= -1 && column <= (double)p->nx && row <= (double)p->ny)) return;
    for (int64_t iy = (int64_t)row - reach; iy <= (int64_t)row + reach; iy++)
        for (int64_t ix = (int64_t)column - reach; ix <= (int64_t)column + reach; ix++) {
            if (ix < 0 || iy < 0 || ix >= p->nx || iy >= p->ny) continue;
            int64_t cell = iy * p->nx + ix;
            for (int64_t k = p->first[cell]; k < p->first[cell + 1] && found->n < MOST_NEAR; k++) {
                found->x[found->n] = (p->xy[2 * p->of[k]] - center[0]) / p->spacing;
                found->y[found->n++] = (p->xy[2 * p->of[k] + 1] - center[1]) / p->spacing;
            }
        }
}

static int point_at(const near *p, int from, double x, double y) {
    for (int i = from; i < p->n; i++)
        if (fabs(p->x[i] - x) < 1e-6 && fabs(p->y[i] - y) < 1e-6) return i;
    return -1;
}

/* The circle through three points; false when they lie on a line. */
static bool circle(const near *p, const int corner[3], double *x, double *y, double *radius) {
    double ax = p->x[corner[0]], ay = p->y[corner[0]];
    double bx = p->x[corner[1]] - ax, by = p->y[corner[1]] - ay, cx = p->x[corner[2]] - ax, cy = p->y[corner[2]] - ay;
    double twice = 2 * (bx * cy - by * cx);
    if (fabs(twice) < 1e-9) return false;
    double b = bx * bx + by * by, c = cx * cx + cy * cy, ux = (cy * b - by * c) / twice, uy = (bx * c - cx * b) / twice;
    *x = ax + ux;
    *y = ay + uy;
    *radius = hypot(ux, uy);
    return true;
}

static bool is_delaunay(const near *p, const int corner[3], double *radius) {
    double x, y;
    if (!circle(p, corner, &x, &y, radius)) return false;
    for (int i = 0; i < p->n; i++)
        if (hypot(p->x[i] - x, p->y[i] - y) < *radius - 1e-6) return false;
    return true;
}

/* Finds the triangle; of several (there should be one) the smallest. */
static bool find_triangle(const near *p, int best[3]) {
    double least = INFINITY, radius;
    for (int i = 0; i < p->n; i++)
        for (int k = i + 1; k < p->n; k++) {
            int corner[3] = {i, k, point_at(p, k + 1, -p->x[i] - p->x[k], -p->y[i] - p->y[k])};
            if (corner[2] < 0 || !is_delaunay(p, corner, &radius) || !(radius < least)) continue;
            least = radius;
            memcpy(best, corner, sizeof corner);
        }
    return isfinite(least);
}

/* Finds the triangles of all bins up to the first without one; returns their number. */
static int64_t find_all(const nsr_mesh_points *points, const nsr_outline *o, double *xy) {
    near *around = malloc(sizeof *around);
    int64_t bin = 0;
    for (bool found = around; found && bin < o->n_bins; bin += found) {
        const double *center = o->centers + 2 * bin;
        int corner[3] = {0};
        found = false;
        for (int reach = LEAST_REACH; !found && reach <= MOST_REACH;
             reach++) { /* a wide range is needed only beside holes */
            look_around(points, center, reach, around);
            found = find_triangle(around, corner);
        }
        for (int i = 0; found && i < 3; i++) {
            xy[6 * bin + 2 * i] = center[0] + around->x[corner[i]] * points->spacing;
            xy[6 * bin + 2 * i + 1] = center[1] + around->y[corner[i]] * points->spacing;
        }
    }
    free(around);
    return bin;
}

static void drop_cells(nsr_environment *env) {
    free(env->cell_first);
    free(env->cell_xy);
    env->cell_first = NULL;
    env->cell_xy = NULL;
}

bool nsr_shape_mesh(nsr_outline *o, nsr_environment *env, nsr_err *err) {
    nsr_mesh_points points = {0};
    bool known = o->n_dims == 2 && o->boundary && nsr_mesh_points_make(&points, o->boundary, o->spacing);
    if (known && !nsr_cells_open(env, o->n_bins, 3, err)) {
        nsr_mesh_points_free(&points);
        return false;
    }
    int64_t found = known ? find_all(&points, o, env->cell_xy) : 0;
    nsr_mesh_points_free(&points);
    if (found < o->n_bins) {
        nsr_note("%s: the triangles of this mesh are not stored; its bins are drawn as points", o->where);
        drop_cells(env);
        return nsr_shape_points(o, env, err);
    }
    nsr_extent_of(env->extent, env->cell_xy, 3 * o->n_bins);
    env->centers = o->centers;
    o->centers = NULL;
    return true;
}
