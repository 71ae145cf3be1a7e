/* SPDX-License-Identifier: MIT */
/* The geometry behind the bins. A new format is one file in src/environment and a row in its registry. */
#ifndef NSRENDER_ENVIRONMENT_H
#define NSRENDER_ENVIRONMENT_H

#include <nsrender/field.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A grid of nx x ny cells. Cell (ix, iy) has the flat number ix*ny + iy (x_slow) or iy*nx + ix.
   packed: bins are the active cells only, numbered in flat order; else bin = flat number. */
typedef struct nsr_environment {
    char layout[32]; /* "RegularGrid", "MaskedGrid", "ImageMask", "ShapelyPolygon": all drawn as grids; "grid": bare */
    char units[32];  /* "cm", "" */
    char origin[4200]; /* where it was found, for the log: "/scratch/spatial_environment", "--grid 40x40" */
    int nx, ny;
    double *x_edges, *y_edges; /* nx+1, ny+1 increasing; NULL for a bare array: cell centres at whole numbers */
    uint8_t *active;           /* nx*ny in flat order; NULL: all */
    bool x_slow, packed, y_up;
    int64_t n_bins, n_active;
    char x_name[64], y_name[64]; /* of the axes, for the orientation line */
} nsr_environment;

/* Finds the geometry of the field: --environment, --grid, the input's own (NWB /scratch), a 3-D shape. Read by the
   root, broadcast. NSR_EDATA when bins do not match (both numbers named), NSR_EUSAGE when nothing says how bins lie. */
bool nsr_environment_find(nsr_environment *env, const nsr_comm *comm, const nsr_config *config, const nsr_field *field,
                          nsr_err *err);
void nsr_environment_free(nsr_environment *env);

#ifdef __cplusplus
}
#endif
#endif
