/* SPDX-License-Identifier: MIT */
/* The corners that neurospatial gives a mesh: points of a square grid inside the boundary, and points along its outer
   ring, at most a spacing apart. */
#ifndef NSR_ENVIRONMENT_MESH_POINTS_H
#define NSR_ENVIRONMENT_MESH_POINTS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct nsr_mesh_points {
    double *xy;
    int64_t n;
    double x0, y0, spacing; /* points are sorted into square cells of this side */
    int64_t nx, ny;
    int64_t *first, *of; /* cell iy*nx + ix holds points of[first[cell]] .. of[first[cell + 1] - 1] */
} nsr_mesh_points;

/* From "POLYGON ((x y, ...), (hole), ...)". False when the text is another, there are too many points, or memory is
   short. Free is allowed after a failure. */
bool nsr_mesh_points_make(nsr_mesh_points *points, const char *boundary, double spacing);
void nsr_mesh_points_free(nsr_mesh_points *points);

#endif
