/* SPDX-License-Identifier: MIT */
/* The levels of the overview, their arrays, and their metadata. */
#include "base/whole.h"
#include "overview.h"
#include <stdio.h>

/* A shard covers whole windows of the next level, so that one rank stores each of these. There are some dozens of
   shards for the ranks to share, unless there are few frames. */
static int64_t shard_frames(int64_t length) {
    enum { SHARDS = 64, LONGEST = 4096 };
    int64_t shard = NSR_WINDOW_FRAMES;
    while (shard * SHARDS < length && shard < LONGEST) shard *= 2;
    return shard;
}

nsr_pyramid nsr_pyramid_of(const nsr_job *job) {
    nsr_pyramid p = {0};
    int64_t length = job->plan->n;
    do {
        length = nsr_divide_up(length, NSR_WINDOW_FRAMES);
        p.array[p.n++] = nsr_zarr_array_make(job->config, &job->raster->map, length, shard_frames(length), 2);
    } while (length > NSR_WINDOW_FRAMES && p.n < NSR_MOST_LEVELS);
    return p;
}

static bool put_arrays(const nsr_job *job, const nsr_pyramid *p, const nsr_quantisation *q, nsr_err *err) {
    char path[64];
    for (int i = 0; i < p->n; i++) {
        snprintf(path, sizeof path, NSR_OVERVIEW "/%d", i);
        if (!nsr_zarr_put_array(job, path, &p->array[i], q, err)) return false;
    }
    return true;
}

static bool put_group(const nsr_job *job, const nsr_pyramid *p, const nsr_quantisation *q, nsr_err *err) {
    static const char *const channel[] = {"mean", "max"};
    nsr_zarr_level level[NSR_MOST_LEVELS];
    int64_t frames = 1;
    for (int i = 0; i < p->n; i++) {
        level[i].frames = frames *= NSR_WINDOW_FRAMES;
        snprintf(level[i].path, sizeof level[i].path, "%d", i);
    }
    const nsr_zarr_store store = {.path = NSR_OVERVIEW,
                                  .name = job->field->name,
                                  .channel = channel,
                                  .n_channels = 2,
                                  .n_levels = p->n,
                                  .level = level,
                                  .type = "mean",
                                  .method = "mean and maximum of windows along t; missing values take no part"};
    return nsr_zarr_put_group(job, &store, q, err);
}

static bool add_level(const nsr_job *job, const nsr_zarr_array *array, int level, nsr_files *files, nsr_err *err) {
    char name[64], path[128];
    for (int64_t s = 0; s < nsr_zarr_shards(array); s++) {
        nsr_shard_name(name, array->channels, s);
        snprintf(path, sizeof path, NSR_OVERVIEW "/%d/%s", level, name);
        if (!nsr_files_add(files, job, path, err)) return false;
    }
    snprintf(path, sizeof path, NSR_OVERVIEW "/%d/zarr.json", level);
    return nsr_files_add(files, job, path, err);
}

bool nsr_pyramid_finish(const nsr_job *job, nsr_files *files, nsr_err *err) {
    const nsr_pyramid p = nsr_pyramid_of(job);
    const nsr_quantisation q = nsr_zarr_quantisation(job);
    if (!put_arrays(job, &p, &q, err) || !put_group(job, &p, &q, err)) return false;
    for (int i = 0; i < p.n; i++)
        if (!add_level(job, &p.array[i], i, files, err)) return false;
    return nsr_files_add(files, job, NSR_OVERVIEW "/zarr.json", err);
}
