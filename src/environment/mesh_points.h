/* SPDX-License-Identifier: MIT */
/* The points from which neurospatial builds a triangular mesh: those of a square grid inside the boundary, and points
   along its outer ring, at most one spacing apart. */
#ifndef NSR_ENVIRONMENT_MESH_POINTS_H
#define NSR_ENVIRONMENT_MESH_POINTS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct nsr_mesh_points {
    double *xy;
    int64_t n;
    double x0, y0, spacing; /* points are sorted into square cells of side `spacing` */
    int64_t nx, ny;
    int64_t *first, *of; /* cell iy*nx + ix holds points of[first[cell]] .. of[first[cell + 1] - 1] */
} nsr_mesh_points;

/* Computes the points from "POLYGON ((x y, ...), (hole), ...)". False when the text has another form, when there are
   too many points, or when memory is short. Free is allowed after a failure. */
bool nsr_mesh_points_make(nsr_mesh_points *points, const char *boundary, double spacing);
void nsr_mesh_points_free(nsr_mesh_points *points);

#endif
