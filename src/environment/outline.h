/* SPDX-License-Identifier: MIT */
/* What a file of neurospatial says of an environment, as it says it: the readers fill this, whatever the format, and
   one function makes a shape of it that can be drawn. */
#ifndef NSR_ENVIRONMENT_OUTLINE_H
#define NSR_ENVIRONMENT_OUTLINE_H

#include "readers.h"

/* A straight part of a track: where it lies, and which stretch of the unrolled track it is. */
typedef struct nsr_run_of_track {
    double xy[4]; /* x0, y0, x1, y1 */
    double first, last;
} nsr_run_of_track;

typedef struct nsr_outline {
    char where[4500]; /* FILE: PLACE, begins the messages */
    char layout[32], units[32];
    int64_t n_bins;
    int n_dims;
    bool polar;       /* x is a distance, y an angle */
    int n_axes;       /* with edges; 0: it is no grid */
    int64_t cells[3]; /* of each axis */
    double *edges[3]; /* cells + 1 of each */
    int64_t n_mask;
    uint8_t *mask;   /* n_mask cells in C order, 0 or 1; NULL: the file has none */
    double *centers; /* n_bins x n_dims; NULL: the file has none */
    int64_t n_links;
    int64_t *links; /* pairs of neighbouring bins */
    double spacing; /* of hexagons, between the centres of neighbours; of a mesh, between its points; 0: not known */
    char *boundary; /* of a mesh: "POLYGON ((x y, ...), ...)"; NULL: the file has none */
    int64_t n_runs;
    nsr_run_of_track *runs; /* NULL: the file has none */
    nsr_region *region;     /* NULL: the file has none */
    int n_regions;
} nsr_outline;

/* Is the layout one that is made of edges and a mask? */
bool nsr_outline_is_grid(const char *layout);
/* Checks all of it and fills `env` but for its origin; takes arrays over. NSR_EDATA. */
bool nsr_outline_shape(nsr_outline *outline, nsr_environment *env, nsr_err *err);
void nsr_outline_free(nsr_outline *outline);

/* --- one file a shape --- */
typedef bool nsr_shape_fn(nsr_outline *outline, nsr_environment *env, nsr_err *err);
nsr_shape_fn nsr_shape_grid, nsr_shape_hexagons, nsr_shape_mesh, nsr_shape_track, nsr_shape_points;

/* --- shape_parts.c --- */
/* Is the coordinate finite, and small enough for finite distances and areas? */
bool nsr_outline_place(double coordinate);
/* Makes `env` a geometry of n polygons with so many corners each, still without coordinates. */
bool nsr_cells_open(nsr_environment *env, int64_t n, int corners, nsr_err *err);
/* x0, x1, y0, y1 around n points. */
void nsr_extent_of(double extent[4], const double *xy, int64_t n);

/* --- spacing.c --- */
/* The median distance of a point to the nearest other place; all points count up to 512, else 512 that are spread
   evenly. `least` (may be NULL) becomes the smallest of these distances. 0 when all points are in one place. NaN when
   memory is short. */
double nsr_points_spacing(const double *xy, int64_t n, double *least);

#endif
