/* SPDX-License-Identifier: MIT */
/* The pyramid of blocks of 64 frames, of blocks of 64 of these, and so on. Private to src/sink. */
#ifndef NSR_SINK_OVERVIEW_H
#define NSR_SINK_OVERVIEW_H

#include "zarr.h"

enum { NSR_BLOCK_FRAMES = 64 };
#define NSR_OVERVIEW "overview.ome.zarr"

/* --- overview_block.c: sums, counts and maxima of some frames, a number each for every bin. They are stored as they
   are, so that blocks that segments cut in two, and those of the levels above, come from adding stored blocks in the
   order of frames --- */
typedef struct nsr_window_sums {
    nsr_type type; /* of the maxima: that of the field */
    size_t n;      /* bins */
    double *sum;
    uint32_t *count; /* of finite values; up to 2^32 frames in a block */
    void *max;       /* -infinity where the count is 0 */
} nsr_window_sums;
bool nsr_window_sums_open(nsr_window_sums *block, nsr_type type, size_t n, nsr_err *err); /* empty */
void nsr_window_sums_close(nsr_window_sums *block);
void nsr_window_sums_clear(nsr_window_sums *block);
/* n_frames rows of block->n values. */
void nsr_window_sums_add(nsr_window_sums *block, const void *values, int64_t n_frames);
void nsr_window_sums_merge(nsr_window_sums *into, const nsr_window_sums *later);
/* NaN where nothing is finite. */
void nsr_window_sums_means(const nsr_window_sums *block, double *means);
/* A stored block: nsr_window_sums_bytes of a file. */
int64_t nsr_window_sums_bytes(const nsr_window_sums *block);
bool nsr_window_sums_write(const nsr_window_sums *block, nsr_file *file, nsr_err *err);
bool nsr_window_sums_read(nsr_window_sums *block, int fd, int64_t offset, const char *path, nsr_err *err);

/* --- overview_levels.c: what the store is made of --- */
enum { NSR_MOST_LEVELS = 11 };
typedef struct nsr_pyramid {
    int n;
    nsr_zarr_array array[NSR_MOST_LEVELS];
} nsr_pyramid;
nsr_pyramid nsr_pyramid_of(const nsr_job *job);
bool nsr_pyramid_finish(const nsr_job *job, nsr_files *files, nsr_err *err);

/* --- overview_join.c --- */
bool nsr_overview_join(const nsr_job *job, const nsr_comm *comm, const nsr_part *parts, nsr_err *err);

#endif
