/* SPDX-License-Identifier: MIT */
/* The array of the stack, and where its shards lie. */
#include "stack.h"
#include <stdio.h>

nsr_zarr_array nsr_stack_array(const nsr_job *job) {
    return nsr_zarr_array_make(job->config, &job->raster->map, job->plan->n, job->plan->segment_frames, 0);
}

void nsr_stack_part_path(char path[256], int64_t segment) {
    char name[64];
    nsr_shard_name(name, 0, segment);
    snprintf(path, 256, "%s/%s", NSR_STACK_ARRAY, name);
}
