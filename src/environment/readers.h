/* SPDX-License-Identifier: MIT */
/* The interface of a kind of environment (a source of geometry), and functions that kinds share. Kinds run on the root
   only. */
#ifndef NSR_ENVIRONMENT_READERS_H
#define NSR_ENVIRONMENT_READERS_H

#include <nsrender/environment.h>

#include "base/h5.h"

typedef struct nsr_environment_kind {
    const char *name;
    /* May this kind have the geometry of the field? */
    bool (*probe)(const nsr_config *config, const nsr_field *field);
    /* Reads it. False without an error when there is none after all. */
    bool (*read)(nsr_environment *env, const nsr_config *config, const nsr_field *field, nsr_err *err);
} nsr_environment_kind;

extern const nsr_environment_kind nsr_environment_named, nsr_environment_grid, nsr_environment_nwb,
    nsr_environment_bins, nsr_environment_netcdf, nsr_environment_cube;

/* --- arrays.c --- */
/* Copies the environment of the root, with its arrays, to all ranks. Regions stay on the root. Collective. */
bool nsr_environment_share(nsr_environment *env, const nsr_comm *comm, nsr_err *err);

/* --- axes.c --- */
/* The slow axis by --axes, else by the names of the dimensions: 1 x, 0 y, -1 unknown. */
int nsr_axes_given(const nsr_config *config, const nsr_field *field);
/* Is x the slow axis? Decided by --axes, else by the names of the dimensions, else `otherwise`. */
bool nsr_axes_x_slow(const nsr_config *config, const nsr_field *field, bool otherwise);

/* Makes the other axis the slow one, also in the mask. Fails when memory is short. */
bool nsr_axes_turn(nsr_environment *env, nsr_err *err);

/* Checks that the geometry has as many bins as the field, and decides the order of the bins on a grid with coordinates
   (nx, ny, active in x-major order). NSR_EDATA, with both numbers, when they differ. */
bool nsr_environment_match(nsr_environment *env, const nsr_config *config, const nsr_field *field, nsr_err *err);

/* --- grid.c --- */
/* Whether --grid, where it is given beside --environment, is the same grid; NSR_EUSAGE where it is not. */
bool nsr_grid_agrees(const nsr_environment *env, const nsr_config *config, nsr_err *err);
/* The coordinates of dimension `dim` of a 3-D field: a dataset with the dimension's name beside the field or in the
   root group. malloc'ed; NULL when there is none. */
double *nsr_axis_centers(hid_t file, const nsr_field *field, int dim);

/* --- spacing.c --- */
/* n + 1 edges half way between n centres, malloc'ed; NULL when the centres are not finite and increasing, when n < 2,
   or when memory is short. */
double *nsr_edges_between(const double *center, int64_t n);

/* --- saved.c and nwb_scratch.c: the files that --environment names --- */
/* Does the path name a pair NAME.json, NAME.npz? */
bool nsr_saved_is(const char *path);
/* Reads such a pair. */
bool nsr_saved_read(nsr_environment *env, const char *path, nsr_err *err);
/* Does the pair, or the NWB file `name`, have a geometry of n_bins bins or cells? `inside`: path of the table, NULL for
   any in /scratch. False, without an error, for damaged files. */
bool nsr_saved_has(const char *path, int64_t n_bins);
bool nsr_nwb_has(const char *name, const char *inside, int64_t n_bins);
/* Reads the table `inside` of an NWB file; NULL: the first in /scratch that fits the field. */
bool nsr_nwb_read(nsr_environment *env, const char *name, const char *inside, const nsr_config *config,
                  const nsr_field *field, nsr_err *err);

#endif
