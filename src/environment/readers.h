/* SPDX-License-Identifier: MIT */
/* The seam inside: a kind knows whether it has something to say about this field, and then reads it. Root only. */
#ifndef NSR_ENVIRONMENT_READERS_H
#define NSR_ENVIRONMENT_READERS_H

#include <nsrender/environment.h>

#include "base/h5.h"

typedef struct nsr_environment_kind {
    const char *name;
    bool (*probe)(const nsr_config *config, const nsr_field *field);
    /* False without an error when there is nothing after all. */
    bool (*read)(nsr_environment *env, const nsr_config *config, const nsr_field *field, nsr_err *err);
} nsr_environment_kind;

extern const nsr_environment_kind nsr_environment_named, nsr_environment_grid, nsr_environment_nwb,
    nsr_environment_bins, nsr_environment_netcdf, nsr_environment_cube;

/* --- arrays.c --- */
/* Copies the environment of the root, with its arrays, to all ranks. Regions stay on the root. Collective. */
bool nsr_environment_share(nsr_environment *env, const nsr_comm *comm, nsr_err *err);

/* Which axis is slow by --axes, else by the names of the dimensions: 1 x, 0 y, -1 nothing is said. */
int nsr_axes_said(const nsr_config *config, const nsr_field *field);
/* True when a bare array, or an environment that fits both ways, has x as its slow axis: --axes, else the names of the
   dimensions, else `otherwise`. */
bool nsr_axes_x_slow(const nsr_config *config, const nsr_field *field, bool otherwise);

/* The other axis becomes the slow one, of the mask too. */
bool nsr_axes_turn(nsr_environment *env, nsr_err *err);

/* Sees that the field has the bins of the geometry; decides how they lie on the cells of a grid that has come with
   coordinates (nx, ny, active in x-major order). NSR_EDATA names both numbers when they do not fit. */
bool nsr_environment_match(nsr_environment *env, const nsr_config *config, const nsr_field *field, nsr_err *err);

/* The coordinates of dimension `dim` of a 3-D field: a dataset of its name beside the field or in the root. To free;
   NULL when there is none. */
double *nsr_axis_centers(hid_t file, const nsr_field *field, int dim);

/* Borders half way between n finite, increasing centres; NULL when they are not, or n < 2, or memory is short. */
double *nsr_edges_between(const double *center, int64_t n);

/* --- where --environment leads --- */
/* Does the name mean a pair NAME.json, NAME.npz? */
bool nsr_saved_is(const char *path);
bool nsr_saved_read(nsr_environment *env, const char *path, nsr_err *err);
bool nsr_saved_has(const char *path, int64_t n_bins);
bool nsr_nwb_has(const char *name, const char *inside, int64_t n_bins);
/* A table in /scratch of an NWB file that fits the field, or the one `inside` (NULL: not told). */
bool nsr_nwb_read(nsr_environment *env, const char *name, const char *inside, const nsr_config *config,
                  const nsr_field *field, nsr_err *err);

#endif
