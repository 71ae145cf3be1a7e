/* SPDX-License-Identifier: MIT */
/* Metadata of Zarr stores, from what a job knows: zarr.json of arrays (Zarr v3, with CF attributes) and of groups
   (OME-NGFF 0.5 images). All calls are local. Private to src/sink. */
#ifndef NSR_SINK_ZARR_META_H
#define NSR_SINK_ZARR_META_H

#include "zarr_array.h"

#include <nsrender/sink.h>

/* --- zarr_axes.c: the length of a step along an axis --- */
typedef struct nsr_zarr_axis {
    double step;         /* in data units; 1 where nothing is known */
    const char *unit;    /* as NGFF spells it; NULL: not known */
    double si;           /* the same step in si_unit */
    const char *si_unit; /* "s" or "m"; "" where nothing is known */
} nsr_zarr_axis;
/* The step from frame to frame of the selection, and those from pixel to pixel of job->raster. */
nsr_zarr_axis nsr_zarr_axis_t(const nsr_job *job);
nsr_zarr_axis nsr_zarr_axis_y(const nsr_job *job);
nsr_zarr_axis nsr_zarr_axis_x(const nsr_job *job);

/* --- zarr_meta.c --- */
/* How all stores of a job quantise values: --zarr-dtype over the range of the selection. */
nsr_quantisation nsr_zarr_quantisation(const nsr_job *job);
/* Writes PATH/zarr.json of an array of numbers so quantised, PATH below the bundle. */
bool nsr_zarr_put_array(const nsr_job *job, const char *path, const nsr_zarr_array *array, const nsr_quantisation *q,
                        nsr_err *err);
/* Reads PATH/zarr.json of an array below the bundle `dir`. NSR_EDATA when it is not as nsr_zarr_put_array writes it. */
bool nsr_zarr_get_array(nsr_zarr_array *array, const char *dir, const char *path, nsr_err *err);

/* One array of a store that is a pyramid along t. */
typedef struct nsr_zarr_level {
    char path[32];  /* of the array below the store */
    int64_t frames; /* frames of the selection in one frame of this level */
} nsr_zarr_level;
typedef struct nsr_zarr_store {
    const char *path;            /* below the bundle: "frames.ome.zarr" */
    const char *name;            /* of the image, for people */
    const char *const *channel;  /* labels */
    int n_channels, n_levels;    /* n_channels 0: no channel axis */
    const nsr_zarr_level *level; /* the first one is the finest */
    const char *type, *method;   /* of multiscales: "mean", and in words */
} nsr_zarr_store;
/* Writes PATH/zarr.json of the group. Call it last: with it viewers see a store. */
bool nsr_zarr_put_group(const nsr_job *job, const nsr_zarr_store *store, const nsr_quantisation *q, nsr_err *err);
/* Removes the zarr.json of the group and of its arrays, so that viewers see no store while parts of it are rendered. */
void nsr_zarr_hide(const nsr_job *job, const char *path);

#endif
