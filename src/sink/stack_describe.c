/* SPDX-License-Identifier: MIT */
/* The description of the stack in the manifest: how to decode its numbers, its shape, and how it is divided. */
#include "stack.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* Missing for doubles stored as float32 when the range is an estimate: their error depends on the largest value. */
static json_t *error_json(const nsr_job *job, const nsr_quantisation *q) {
    const bool known = q->type != NSR_ZARR_F32 || job->field->type == NSR_F32 || job->exact;
    return known ? json_real(nsr_quantisation_error(q, job->field->type)) : NULL;
}

static json_t *quantisation_json(const nsr_job *job) {
    const nsr_quantisation q = nsr_zarr_quantisation(job);
    char lo[40], hi[40];
    snprintf(lo, sizeof lo, "%a", q.lo);
    snprintf(hi, sizeof hi, "%a", q.hi);
    return json_pack("{ss sf sf ss ss sf sf so*}", "dtype", job->config->zarr.dtype, "lo", q.lo, "hi", q.hi, "lo_hex",
                     lo, "hi_hex", hi, "scale_factor", nsr_quantisation_scale(&q), "add_offset",
                     nsr_quantisation_offset(&q), "error_bound", error_json(job, &q));
}

void nsr_stack_describe(const nsr_sink *sink, char *text, size_t size) {
    const nsr_job *job = sink->job;
    const nsr_zarr_array a = nsr_stack_array(job);
    const double *m = job->raster->affine;
    json_t *json = json_pack("{so ss si si s[[fff][fff]] sI sI sI sf}", "stored", quantisation_json(job), "codec",
                             job->config->zarr.codec, "width", a.w, "height", a.h, "affine", m[0], m[1], m[2], m[3],
                             m[4], m[5], "chunk_frames", (json_int_t)a.chunk, "shard_frames", (json_int_t)a.shard,
                             "chunks", (json_int_t)nsr_zarr_chunks(&a), "step_ms", nsr_zarr_step_ms(&a));
    char *dumped = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    snprintf(text, size, "%s", dumped ? dumped : "");
    free(dumped);
    json_decref(json);
}
