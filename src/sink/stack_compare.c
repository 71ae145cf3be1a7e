/* SPDX-License-Identifier: MIT */
/* Whether a finished segment of the stack holds the values of the input: `verify --against`. */
#include "stack.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct stack_comparison {
    const nsr_job *job;
    nsr_zarr_array array;
    nsr_quantisation quantisation;
    double error; /* the most by which a decoded value may differ */
    unsigned char *chunk;
    double *stored; /* numbers of one frame's pixels */
} stack_comparison;

static double value_at(const nsr_field *field, const void *row, int32_t bin) {
    if (bin < 0) return NAN;
    return field->type == NSR_F32 ? (double)((const float *)row)[bin] : ((const double *)row)[bin];
}

/* A float32 is compared exactly: the range, which may be an estimate, does not limit its error. */
static bool agrees(const stack_comparison *c, double stored, double value) {
    if (c->quantisation.type == NSR_ZARR_F32) return isfinite(value) ? stored == (double)(float)value : isnan(stored);
    const double decoded = nsr_quantised_value(&c->quantisation, stored);
    return isfinite(value) ? fabs(decoded - value) <= c->error : isnan(decoded);
}

/* The frame at `position` of the selection, which lies in c->chunk, against its row of the input. */
static bool compare_frame(stack_comparison *c, int64_t position, const void *row, char *why, size_t size) {
    const nsr_bin_map *map = &c->job->raster->map;
    const size_t n = (size_t)map->w * (size_t)map->h, frame = nsr_zarr_frame_bytes(&c->array);
    nsr_stored_read(c->stored, c->array.type, c->chunk + (size_t)(position % c->array.chunk) * frame, n);
    for (size_t i = 0; i < n; i++) {
        const double value = value_at(c->job->field, row, map->bin[i]);
        if (agrees(c, c->stored[i], value)) continue;
        snprintf(why, size, "frame %" PRId64 ", row %zu, column %zu: holds %.9g for %.9g",
                 nsr_plan_frame(c->job->plan, position), i / (size_t)map->w, i % (size_t)map->w,
                 nsr_quantised_value(&c->quantisation, c->stored[i]), value);
        return false;
    }
    return true;
}

/* All frames of the batch against the shard `path`, whose first frame is at position `first`. */
static bool compare_batch(stack_comparison *c, const char *path, int64_t first, const nsr_batch *batch, char *why,
                          size_t size) {
    const char *row = batch->values;
    int64_t unpacked = -1;
    nsr_err err = {0};
    for (int64_t at = batch->shown.first; at < batch->shown.end; at++) {
        const int64_t slot = (at - first) / c->array.chunk;
        if (slot != unpacked && !nsr_shard_get(path, &c->array, slot, c->chunk, &err))
            return snprintf(why, size, "%s", err.msg), false;
        unpacked = slot;
        if (!compare_frame(c, at, row, why, size)) return false;
        row += nsr_field_row_bytes(c->job->field);
    }
    return true;
}

bool nsr_stack_compare(const nsr_sink *sink, int64_t segment, const nsr_part *part, nsr_batch *batch, char *why,
                       size_t size) {
    const nsr_job *job = sink->job;
    stack_comparison c = {.job = job, .array = nsr_stack_array(job), .quantisation = nsr_zarr_quantisation(job)};
    char path[NSR_PATH];
    nsr_err err = {0};
    bool good = false;
    c.error = nsr_quantisation_error(&c.quantisation, job->field->type);
    c.chunk = malloc(nsr_zarr_chunk_bytes(&c.array));
    c.stored = malloc((size_t)c.array.h * (size_t)c.array.w * sizeof *c.stored);
    if (!c.chunk || !c.stored)
        snprintf(why, size, "%s: out of memory for comparing it", part->path);
    else if (!nsr_path(path, &err, "%s/%s", job->dir, part->path))
        snprintf(why, size, "%s", err.msg);
    else
        good = compare_batch(&c, path, nsr_plan_segment(job->plan, segment).first, batch, why, size);
    free(c.chunk);
    free(c.stored);
    return good;
}
