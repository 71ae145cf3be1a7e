/* SPDX-License-Identifier: MIT */
/* One segment of the stack: frames are quantised into a chunk, and full chunks go into the segment's shard. */
#include "stack.h"
#include <inttypes.h>
#include <stdlib.h>

static size_t stored_bytes(const nsr_job *job, nsr_zarr_type type) {
    return ((size_t)job->field->n_bins + NSR_STORED_MARKS) * nsr_zarr_type_size(type);
}

size_t nsr_stack_memory(const nsr_job *job) {
    enum { LIBRARIES = 2 << 20 }; /* what blosc or zstd take while they pack */
    const nsr_zarr_array a = nsr_stack_array(job);
    return nsr_zarr_chunk_bytes(&a) + stored_bytes(job, a.type) + nsr_shard_memory(&a) + LIBRARIES;
}

/* --- begin --- */

static bool is_straight(const nsr_bin_map *map, int64_t n_bins) {
    const int64_t n = (int64_t)map->w * map->h;
    int64_t i = 0;
    while (i < n && map->bin[i] == i)
        i++;
    return i == n && n == n_bins;
}

bool nsr_stack_start(const nsr_sink *sink, nsr_err *err) {
    nsr_zarr_hide(sink->job, NSR_STACK);
    return nsr_make_dirs(sink->job->dir, NSR_STACK_ARRAY, err);
}

static bool open_stack_shard(nsr_part_writer *writer, const nsr_zarr_array *array, nsr_err *err) {
    const nsr_job *job = writer->sink->job;
    nsr_stack_writer *own = writer->own;
    char path[NSR_PATH], part[256];
    nsr_stack_part_path(part, writer->segment);
    return nsr_path(path, err, "%s/%s", job->dir, part) && nsr_shard_open(&own->shard, array, path, job->run, err);
}

bool nsr_stack_begin(nsr_part_writer *writer, nsr_err *err) {
    const nsr_job *job = writer->sink->job;
    nsr_stack_writer *own = writer->own;
    const nsr_zarr_array array = nsr_stack_array(job);
    own->quantisation = nsr_zarr_quantisation(job);
    own->straight = is_straight(&job->raster->map, job->field->n_bins);
    own->chunk = malloc(nsr_zarr_chunk_bytes(&array));
    own->stored = malloc(stored_bytes(job, array.type));
    if (!own->chunk || !own->stored)
        return nsr_fail(err, NSR_EINTERNAL,
                        "out of memory for a chunk of %" PRId64 " frames; give a smaller --chunk-frames", array.chunk);
    nsr_stored_nothing(own->stored, array.type, NSR_STORED_MARKS);
    return nsr_quantisation_fits(&own->quantisation, err) && open_stack_shard(writer, &array, err);
}

/* --- write --- */

/* Appends n frames of values to the chunk, which has room for them. */
static bool quantise_frames(nsr_stack_writer *own, const nsr_job *job, const char *values, int64_t n, nsr_err *err) {
    const nsr_zarr_array *array = &own->shard.array;
    const nsr_field *field = job->field;
    const size_t bins = (size_t)field->n_bins, frame = nsr_zarr_frame_bytes(array);
    unsigned char *image = own->chunk + (size_t)own->fill * frame;
    unsigned char *stored = own->stored + NSR_STORED_MARKS * nsr_zarr_type_size(array->type);
    if (!nsr_values_fit(field, &own->quantisation, field->type, values, (size_t)n * bins, err)) return false;
    own->fill += n;
    if (own->straight) {
        nsr_quantise(image, &own->quantisation, field->type, values, (size_t)n * bins);
        return true;
    }
    for (int64_t i = 0; i < n; i++, image += frame, values += nsr_field_row_bytes(field)) {
        nsr_quantise(stored, &own->quantisation, field->type, values, bins);
        nsr_stored_paint(image, &job->raster->map, array->type, stored);
    }
    return true;
}

static bool put_stack_chunk(nsr_stack_writer *own, nsr_err *err) {
    own->fill = 0;
    return nsr_shard_put(&own->shard, own->slot++, own->chunk, err);
}

bool nsr_stack_write(nsr_part_writer *writer, nsr_batch *batch, nsr_err *err) {
    nsr_stack_writer *own = writer->own;
    const nsr_job *job = batch->job;
    const char *values = batch->values;
    int64_t left = batch->lead ? 0 : batch->shown.end - batch->shown.first;
    for (int64_t n; left > 0; left -= n) {
        const int64_t room = own->shard.array.chunk - own->fill;
        n = left < room ? left : room;
        if (!quantise_frames(own, job, values, n, err)) return false;
        if (n == room && !put_stack_chunk(own, err)) return false;
        values += (size_t)n * nsr_field_row_bytes(job->field);
    }
    return true;
}

/* --- commit or drop --- */

/* The last chunk of the recording may have fewer frames: it is padded with no data. */
static void pad_chunk(nsr_stack_writer *own) {
    const nsr_zarr_array *a = &own->shard.array;
    const size_t pixels = (size_t)a->h * (size_t)a->w, missing = (size_t)(a->chunk - own->fill);
    nsr_stored_nothing(own->chunk + (size_t)own->fill * nsr_zarr_frame_bytes(a), a->type, missing * pixels);
}

static void free_chunk(nsr_stack_writer *own) {
    free(own->chunk);
    free(own->stored);
    own->chunk = own->stored = NULL;
}

bool nsr_stack_commit(nsr_part_writer *writer, nsr_part *part, nsr_err *err) {
    nsr_stack_writer *own = writer->own;
    *part = (nsr_part){.files = 1, .frames = writer->shown.end - writer->shown.first};
    nsr_stack_part_path(part->path, writer->segment);
    if (own->fill) {
        pad_chunk(own);
        if (!put_stack_chunk(own, err)) return false;
    }
    if (!nsr_shard_commit(&own->shard, part->hash, &part->bytes, err)) return false;
    free_chunk(own);
    return true;
}

void nsr_stack_drop(nsr_part_writer *writer) {
    nsr_stack_writer *own = writer->own;
    nsr_shard_drop(&own->shard);
    free_chunk(own);
}
