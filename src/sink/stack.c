/* SPDX-License-Identifier: MIT */
/* The stack frames.ome.zarr: every selected frame as stored integers, for viewers of images. Each segment is one shard,
   which is written where it stays; the metadata that make viewers see the stack come last. */
#include "stack.h"
#include "kinds.h"
#include "launcher.h"
#include <blosc.h>
#include <inttypes.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <zstd.h>

static void estimate_stack(const nsr_job *job, nsr_estimate *out) {
    enum { OTHER_FILES = 6 };
    static const double packed[] = {[NSR_ZARR_LZ4] = 0.6, [NSR_ZARR_ZSTD] = 0.4, [NSR_ZARR_NONE] = 1};
    const nsr_zarr_array a = nsr_stack_array(job);
    *out = (nsr_estimate){.files = job->plan->n_segments + OTHER_FILES,
                          .bytes = (int64_t)((double)job->plan->n * (double)nsr_zarr_frame_bytes(&a) * packed[a.codec]),
                          .memory = (int64_t)nsr_stack_memory(job)};
}

static void identify_stack(char *text, size_t size) {
    snprintf(text, size, "blosc %s zstd %s", blosc_get_version_string(), ZSTD_versionString());
}

/* Names the nearest lengths that do divide the segment. */
static bool fail_chunk(int64_t given, int64_t segment, nsr_err *err) {
    int64_t below = given, above = given;
    while (segment % below)
        below--;
    while (segment % above)
        above++;
    return nsr_fail(err, NSR_EUSAGE,
                    "--chunk-frames %" PRId64 " does not divide the %" PRId64 " frames of a segment; give %" PRId64
                    " or %" PRId64 ", or another --segment-frames",
                    given, segment, below, above);
}

static void log_stack(const nsr_zarr_array *a, int64_t given) {
    nsr_note("stack: %dx%d pixels, chunks of %" PRId64 " frame%s, %" PRId64
             " in all; about %.0f ms a step through dask",
             a->w, a->h, a->chunk, a->chunk == 1 ? "" : "s", nsr_zarr_chunks(a), nsr_zarr_step_ms(a));
    if (given != NSR_NOT_GIVEN && given > a->shard)
        nsr_note("stack: --chunk-frames %" PRId64 ": a segment has %" PRId64 " frames, and so has a chunk", given,
                 a->shard);
}

static bool open_stack(nsr_sink *sink, nsr_err *err) {
    const int64_t given = sink->job->config->zarr.chunk_frames, segment = sink->job->plan->segment_frames;
    const nsr_zarr_array a = nsr_stack_array(sink->job);
    if (given != NSR_NOT_GIVEN && given < segment && segment % given) return fail_chunk(given, segment, err);
    if (!nsr_packer_fits(&a, err)) return false;
    log_stack(&a, given);
    return true;
}

static bool finish_stack(const nsr_sink *sink, nsr_files *files, nsr_err *err) {
    const nsr_job *job = sink->job;
    const nsr_zarr_array array = nsr_stack_array(job);
    const nsr_quantisation q = nsr_zarr_quantisation(job);
    const nsr_zarr_level level = {.path = "0", .frames = 1};
    const nsr_zarr_store store = {.path = NSR_STACK,
                                  .name = job->field->name,
                                  .n_levels = 1,
                                  .level = &level,
                                  .type = "none",
                                  .method = "every frame, one stored number per value"};
    if (job->borders->n) nsr_note("stack: open_in_napari.py shows these colours; other viewers know only even steps");
    return nsr_zarr_put_array(job, NSR_STACK_ARRAY, &array, &q, err) &&
           nsr_files_add(files, job, NSR_STACK_ARRAY "/zarr.json", err) && nsr_neuroglancer_write(job, &q, err) &&
           nsr_files_add(files, job, "neuroglancer.json", err) && nsr_launcher_write(job, files, err) &&
           nsr_zarr_put_group(job, &store, &q, err) && nsr_files_add(files, job, NSR_STACK "/zarr.json", err);
}

const nsr_sink_kind nsr_sink_zarr = {
    .name = "zarr",
    .help = "frames.ome.zarr: a stack of all frames for napari and other viewers, with overview and summary",
    .changed_by = NSR_CHANGES_ZARR | NSR_CHANGES_RASTER,
    .styled_by = NSR_CHANGES_PICTURE | NSR_CHANGES_PLACES | NSR_CHANGES_REGIONS,
    .with = "overview,summary",
    .stored = true,
    .writer_size = sizeof(nsr_stack_writer),
    .estimate = estimate_stack,
    .open = open_stack,
    .identity = identify_stack,
    .start = nsr_stack_start,
    .begin = nsr_stack_begin,
    .write = nsr_stack_write,
    .commit = nsr_stack_commit,
    .drop = nsr_stack_drop,
    .erase = nsr_stack_erase,
    .check = nsr_stack_check,
    .finish = finish_stack,
    .describe = nsr_stack_describe,
    .compare = nsr_stack_compare,
};
