/* SPDX-License-Identifier: MIT */
/* The geometry behind the bins. A new format is one file in src/environment and a row in its registry. */
#ifndef NSRENDER_ENVIRONMENT_H
#define NSRENDER_ENVIRONMENT_H

#include <nsrender/source.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the geometry of the bins is made of; a layout is chosen by it (src/layout/layout.c). */
typedef enum nsr_shape {
    NSR_SHAPE_NONE,   /* not known how to draw: `layout` names it in the refusal */
    NSR_SHAPE_GRID,   /* nx x ny cells between edges */
    NSR_SHAPE_GRID3,  /* nx x ny x nz; made 2-D by --slice or a projection before it is drawn */
    NSR_SHAPE_LINE,   /* 1-D: nx cells between x_edges, drawn as a strip */
    NSR_SHAPE_POLAR,  /* x = distance, y = angle in radians: a grid, or ring sectors with --rings */
    NSR_SHAPE_CELLS,  /* one polygon a bin: hexagons, triangles, any polygons */
    NSR_SHAPE_POINTS, /* bin centres only: the nearest within `radius` */
    NSR_SHAPE_TRACK   /* a piece of a 2-D track a bin, drawn with --track-width, or unrolled with --unroll */
} nsr_shape;

/* A place or an area that has a name. */
typedef struct nsr_region {
    char name[64];
    bool point;
    int64_t n;  /* corners of a polygon; 1 */
    double *xy; /* n x 2, data units */
} nsr_region;

/* Grid, line, polar: cell (ix, iy) has the flat number ix*ny + iy (x_slow) or iy*nx + ix; grid3: (ix*ny + iy)*nz + iz.
   packed: bins are the active cells only, numbered in flat order; else bin = flat number. */
typedef struct nsr_environment {
    char layout[32];   /* as the file calls it: "RegularGrid", "Hexagonal", "Graph", ...; "grid": bare */
    char units[32];    /* "cm", "" */
    char origin[4200]; /* where it was found, for the log: "/scratch/spatial_environment", "--grid 40x40" */
    nsr_shape shape;
    int nx, ny, nz;
    double *x_edges, *y_edges, *z_edges; /* one more than cells, increasing; NULL for a bare array: cell centres at
                                            whole numbers */
    double *x_centers, *y_centers; /* of the cells, where the input gives these and edges were put between them; NULL:
                                      the middles of the edges */
    uint8_t *active;   /* nx*ny(*nz) in flat order; NULL: all */
    bool x_slow, packed, y_up;
    bool by_shape;       /* a 3-D field lies on the cells; which way round is left to nsr_environment_orient ... */
    bool flip_x, flip_y; /* ... : it has the last cell of the axis first; nsr_environment_flatten undoes it */
    int64_t n_bins, n_active;
    double *centers;   /* n_bins x 2: points, track, and where known */
    int64_t *cell_first; /* cells: polygon k has corners cell_first[k] .. cell_first[k+1] (n_bins + 1 numbers) ... */
    double *cell_xy;   /* ... x, y of each corner */
    double *bin_line;  /* track: n_bins x 4: x0, y0, x1, y1 of the bin's piece */
    double *linear;    /* track: n_bins x 2: where the piece begins and ends on the unrolled track */
    double radius;     /* points: how far a bin reaches */
    double extent[4];  /* x0, x1, y0, y1 of all that is drawn; all 0: the edges say it */
    char x_name[64], y_name[64]; /* of the axes, for the orientation line */
    nsr_region *region; /* on the root alone */
    int n_regions;
} nsr_environment;

/* Finds the geometry of the field: --environment, --grid, the input's own (NWB /scratch), a 3-D shape. Read by the
   root, broadcast. NSR_EDATA when bins do not match (both numbers named), NSR_EUSAGE when nothing says how bins lie. */
bool nsr_environment_find(nsr_environment *env, const nsr_comm *comm, const nsr_config *config, const nsr_field *field,
                          nsr_err *err);
/* Has a geometry that --environment names so many bins, or cells? Looks at counts only and says nothing, not even of
   damage: a source asks whether its bins come first. Local. */
bool nsr_environment_has(const nsr_config *config, int64_t n_bins);
void nsr_environment_free(nsr_environment *env);
/* Collective, between find and flatten. How a field of three dimensions lies on a grid that has come with coordinates:
   --axes and --origin, names and coordinates of its dimensions, else a few frames, in which only active cells may have
   values. */
bool nsr_environment_orient(nsr_environment *env, const nsr_comm *comm, const nsr_config *config, nsr_source *source,
                            nsr_err *err);
/* Which values are bins: makes a grid of three dimensions flat, as --slice says, and leaves out values stored for cells
   that are no bins. `fold` says how (for nsr_source_fold; from is malloc'ed); fold->from is NULL when all values are
   bins already. NSR_EUSAGE when --slice is missing (names it and the layers), is not understood, or there is nothing to
   slice. Local, on all ranks. */
bool nsr_environment_flatten(nsr_environment *env, const nsr_config *config, nsr_fold *fold, nsr_err *err);

#ifdef __cplusplus
}
#endif
#endif
