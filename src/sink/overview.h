/* SPDX-License-Identifier: MIT */
/* The overview: a pyramid along time. A frame of level 0 is the mean and the maximum of a window of 64 frames, a frame
   of level 1 that of 64 such windows, and so on. Private to src/sink. */
#ifndef NSR_SINK_OVERVIEW_H
#define NSR_SINK_OVERVIEW_H

#include "zarr_meta.h"
#include "zarr_shard.h"

enum { NSR_WINDOW_FRAMES = 64 };
#define NSR_OVERVIEW "overview.ome.zarr"

/* --- overview_window.c, local: for every bin the sum, the number and the maximum of its finite values in a window of
   frames. These are what is stored between the levels: a window that a border of segments divides, and a window of the
   next level, is the merged sums of its pieces, in the order of frames --- */
typedef struct nsr_window_sums {
    nsr_type type; /* of the maxima: that of the field */
    size_t n;      /* bins: the length of the three arrays */
    double *sum;   /* begins the memory of all three, in the order of a stored window */
    void *max;       /* of `type`; -infinity where the count is 0 */
    uint32_t *count; /* of finite values; a window has fewer than 2^32 frames */
} nsr_window_sums;
/* Allocates the sums of n bins, of no frame yet; false when memory runs out. Close is allowed after a failed open and
   on zeroed memory. */
bool nsr_window_sums_open(nsr_window_sums *window, nsr_type type, size_t n, nsr_err *err);
void nsr_window_sums_close(nsr_window_sums *window);
/* Forgets all frames: the window is as after open. */
void nsr_window_sums_clear(nsr_window_sums *window);
/* Adds frames: n_frames rows of window->n values of window->type. NaN and infinities do not count. */
void nsr_window_sums_add(nsr_window_sums *window, const void *values, int64_t n_frames);
/* Adds the frames of `later`, of the same type and length, behind those of `into`. */
void nsr_window_sums_merge(nsr_window_sums *into, const nsr_window_sums *later);
/* The mean of each of n bins; NaN where no value was finite. */
void nsr_window_sums_means(const nsr_window_sums *window, double *means);
/* A stored window takes nsr_window_sums_bytes of a file: sums, maxima, counts, in native byte order. write appends one;
   read fills an open window with the one at `offset` of the open file `fd`, which errors call `path`. NSR_EIO when the
   file cannot be read or written. */
int64_t nsr_window_sums_bytes(const nsr_window_sums *window);
bool nsr_window_sums_write(const nsr_window_sums *window, nsr_file *file, nsr_err *err);
bool nsr_window_sums_read(nsr_window_sums *window, int fd, int64_t offset, const char *path, nsr_err *err);

/* --- overview_levels.c, local: the levels of the store --- */
enum { NSR_MOST_LEVELS = 11 };
typedef struct nsr_pyramid {
    int n;                                 /* levels, at least 1 */
    nsr_zarr_array array[NSR_MOST_LEVELS]; /* of each level; axes t, c (mean, maximum), y, x */
} nsr_pyramid;
/* The levels that a job's frames need: each has a 64th of the frames of the one before, the last at most 64. */
nsr_pyramid nsr_pyramid_of(const nsr_job *job);
/* Writes the metadata of the arrays and then of the group, so that viewers see a complete store only, and adds all
   files of the store with their hashes to `files`. False with err after a failure or a signal. */
bool nsr_pyramid_finish(const nsr_job *job, nsr_files *files, nsr_err *err);

/* --- overview_join.c --- */
/* Collective: writes the shards of all levels from `parts`, one per segment of the plan. False on all ranks when one
   fails. */
bool nsr_overview_join(const nsr_job *job, const nsr_comm *comm, const nsr_part *parts, nsr_err *err);

#endif
