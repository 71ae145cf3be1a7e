/* SPDX-License-Identifier: MIT */
/* An environment as neurospatial stores it, independent of the file format: readers fill an outline, and
   nsr_outline_shape makes a geometry of it. */
#ifndef NSR_ENVIRONMENT_OUTLINE_H
#define NSR_ENVIRONMENT_OUTLINE_H

#include "readers.h"

/* A straight part of a track, in the plane and on the unrolled track. */
typedef struct nsr_run_of_track {
    double xy[4]; /* x0, y0, x1, y1 */
    double first, last;
} nsr_run_of_track;

typedef struct nsr_outline {
    char where[4500]; /* "FILE: PATH", begins the messages */
    char layout[32], units[32];
    int64_t n_bins;
    int n_dims;
    bool polar;       /* x is a distance, y an angle */
    int n_axes;       /* axes with edges; 0: no grid */
    int64_t cells[3]; /* number of cells along each axis */
    double *edges[3]; /* cells + 1 along each axis */
    int64_t n_mask;
    uint8_t *mask;   /* n_mask cells in C order, 0 or 1; NULL: the file has none */
    double *centers; /* n_bins x n_dims; NULL: the file has none */
    int64_t n_links;
    int64_t *links; /* pairs of neighbouring bins */
    double spacing; /* between the centres of neighbouring hexagons, or the points of a mesh; 0: unknown */
    char *boundary; /* of a mesh: "POLYGON ((x y, ...), ...)"; NULL: the file has none */
    int64_t n_runs;
    nsr_run_of_track *runs; /* NULL: the file has none */
    nsr_region *region;     /* NULL: the file has none */
    int n_regions;
} nsr_outline;

/* Is the layout a grid, made of edges and a mask? */
bool nsr_outline_is_grid(const char *layout);
/* Checks the outline and fills `env` except for its origin; `env` takes arrays over. NSR_EDATA. */
bool nsr_outline_shape(nsr_outline *outline, nsr_environment *env, nsr_err *err);
void nsr_outline_free(nsr_outline *outline);

/* --- one file per shape --- */
/* Fills the geometry of `env`; the outline is checked as far as all shapes need. NSR_EDATA. */
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
/* The median distance of a point to the nearest point elsewhere, over all points, or over 512 of them, evenly spaced in
   x order. `least` (may be NULL) gets the smallest of these distances. 0 when all points coincide; NaN when memory is
   short. */
double nsr_points_spacing(const double *xy, int64_t n, double *least);

#endif
