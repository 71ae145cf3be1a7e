/* SPDX-License-Identifier: MIT */
/* The geometry of the bins. A new format is one file in src/environment and one row in environment.c. */
#ifndef NSRENDER_ENVIRONMENT_H
#define NSRENDER_ENVIRONMENT_H

#include <nsrender/source.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The kind of geometry, by which src/layout/layouts.c chooses the layout. */
typedef enum nsr_shape {
    NSR_SHAPE_NONE,   /* cannot be drawn; the error names the file's `layout` */
    NSR_SHAPE_GRID,   /* nx x ny cells between edges */
    NSR_SHAPE_GRID3,  /* nx x ny x nz; --slice makes it 2-D before it is drawn */
    NSR_SHAPE_LINE,   /* 1-D: nx cells between x_edges, drawn as a strip */
    NSR_SHAPE_POLAR,  /* x = distance, y = angle in radians: a grid, or ring sectors with --rings */
    NSR_SHAPE_CELLS,  /* one polygon per bin: hexagons, triangles, any polygons */
    NSR_SHAPE_POINTS, /* bin centres only; a pixel shows the nearest within `radius` */
    NSR_SHAPE_TRACK   /* one piece of a 2-D track per bin, drawn with --track-width, or unrolled with --unroll */
} nsr_shape;

/* A named point or area. */
typedef struct nsr_region {
    char name[64];
    bool point;
    int64_t n;  /* corners of the polygon; 1 for a point */
    double *xy; /* n x 2, data units */
} nsr_region;

/* Grid, line, polar: cell (ix, iy) has the flat number ix*ny + iy (x_slow) or iy*nx + ix; grid3: (ix*ny + iy)*nz + iz.
   packed: only active cells are bins, numbered in flat order; else the bin is the flat number. */
typedef struct nsr_environment {
    char layout[32];   /* the file's name for it: "RegularGrid", "Hexagonal", "Graph", ...; "grid" without a file */
    char units[32];    /* "cm", "" */
    char origin[4200]; /* its source, for the log: "/scratch/spatial_environment", "--grid 40x40" */
    nsr_shape shape;
    int nx, ny, nz;
    double *x_edges, *y_edges, *z_edges; /* one more than cells, increasing; NULL: cell centres at whole numbers */
    double *x_centers, *y_centers; /* of the cells, if the input has centres (the edges lie between them); NULL: the
                                      middles of the edges */
    uint8_t *active;   /* nx*ny(*nz) in flat order; NULL: all */
    bool x_slow, packed, y_up;
    bool by_shape;       /* the cells are those of a 3-D field; nsr_environment_orient finds its axes and directions */
    bool flip_x, flip_y; /* the field stores the last cell of the axis first; nsr_environment_flatten undoes this */
    int64_t n_bins, n_active;
    double *centers;     /* n_bins x 2; for points and tracks, and where the input has them */
    int64_t *cell_first; /* cells, n_bins + 1 numbers: bin k has the corners cell_first[k] .. cell_first[k+1] - 1 */
    double *cell_xy;     /* cells: x, y of each corner */
    double *bin_line;  /* track: n_bins x 4: x0, y0, x1, y1 of the bin's piece */
    double *linear;    /* track: n_bins x 2: begin and end of the piece on the unrolled track */
    double radius;     /* points: radius of a bin */
    double extent[4];  /* x0, x1, y0, y1 of all bins; all 0: the extent of the edges */
    char x_name[64], y_name[64]; /* names of the coordinates, for the orientation line */
    nsr_region *region;          /* on the root only */
    int n_regions;
} nsr_environment;

/* Finds the geometry of the field: from --environment, --grid, the input (NWB /scratch, netCDF coordinates), or a 3-D
   shape. The root reads, all ranks get a copy. NSR_EDATA when the numbers of bins differ, NSR_EUSAGE when there is no
   geometry. Collective. */
bool nsr_environment_find(nsr_environment *env, const nsr_comm *comm, const nsr_config *config, const nsr_field *field,
                          nsr_err *err);
/* Does the geometry that --environment names have this many bins, or cells? A source uses it to tell whether bins are
   the first dimension. Reads only counts; false, without an error, for a damaged file. Local. */
bool nsr_environment_has(const nsr_config *config, int64_t n_bins);
/* Frees the arrays; also allowed after a failure. */
void nsr_environment_free(nsr_environment *env);
/* Finds the order and direction of the axes of a 3-D field on a grid with coordinates: from --axes and --origin, from
   names and coordinates of its dimensions, else from a few frames, in which only active cells may have values. Called
   between find and flatten. Collective. */
bool nsr_environment_orient(nsr_environment *env, const nsr_comm *comm, const nsr_config *config, nsr_source *source,
                            nsr_err *err);
/* Selects the values that are bins: cuts a 3-D grid by --slice, and leaves out cells that are no bins. `fold` gets the
   selection for nsr_source_fold (fold->from is malloc'ed; NULL when all values are bins). NSR_EUSAGE when --slice is
   missing (the message names it and the layers), not understood, or given without a 3-D grid. Local, on all ranks. */
bool nsr_environment_flatten(nsr_environment *env, const nsr_config *config, nsr_fold *fold, nsr_err *err);

#ifdef __cplusplus
}
#endif
#endif
