/* SPDX-License-Identifier: MIT */
/* The overview overview.ome.zarr: mean and maximum of windows of 64 frames, of 4096, and so on, so that a whole session
   can be browsed quickly. Workers sum up their frames; the join quantises the means and writes the store. */
#include "overview.h"

#include "kinds.h"
#include "joined_part.h"

typedef struct overview_writer {
    nsr_window_sums window;
} overview_writer;

static void estimate_overview(const nsr_job *job, nsr_estimate *out) {
    const nsr_pyramid p = nsr_pyramid_of(job);
    const nsr_window_sums window = {.type = job->field->type, .n = (size_t)job->field->n_bins};
    *out = (nsr_estimate){.files = 1, .memory = nsr_window_sums_bytes(&window) + (1 << 18)};
    for (int i = 0; i < p.n; i++) {
        out->files += nsr_zarr_shards(&p.array[i]) + 1;
        out->bytes += p.array[i].length * (int64_t)nsr_zarr_frame_bytes(&p.array[i]);
    }
}

static bool begin_overview(nsr_part_writer *writer, nsr_err *err) {
    overview_writer *own = writer->own;
    const nsr_job *job = writer->sink->job;
    const nsr_quantisation q = nsr_zarr_quantisation(job);
    return nsr_quantisation_fits(&q, err) &&
           nsr_window_sums_open(&own->window, job->field->type, (size_t)job->field->n_bins, err) &&
           nsr_joined_part_begin(writer, err);
}

/* Windows are counted from the start of the selection, so a border of segments may divide one: each segment then stores
   its piece. */
static bool write_overview(nsr_part_writer *writer, nsr_batch *batch, nsr_err *err) {
    overview_writer *own = writer->own;
    const char *values = batch->values;
    for (int64_t at = batch->shown.first, n; at < batch->shown.end && !batch->lead; at += n) {
        const int64_t room = NSR_WINDOW_FRAMES - at % NSR_WINDOW_FRAMES, rest = batch->shown.end - at;
        n = rest < room ? rest : room;
        nsr_window_sums_add(&own->window, values, n);
        values += (size_t)n * nsr_field_row_bytes(batch->job->field);
        if (n < room && at + n < writer->shown.end) continue;
        if (!nsr_window_sums_write(&own->window, &writer->joined->file, err)) return false;
        nsr_window_sums_clear(&own->window);
    }
    return true;
}

static void drop_overview(nsr_part_writer *writer) {
    overview_writer *own = writer->own;
    nsr_window_sums_close(&own->window);
}

static bool commit_overview(nsr_part_writer *writer, nsr_part *part, nsr_err *err) {
    if (!nsr_joined_part_commit(writer, part, err)) return false;
    drop_overview(writer);
    return true;
}

static bool start_overview(const nsr_sink *sink, nsr_err *err) {
    nsr_zarr_hide(sink->job, NSR_OVERVIEW);
    return nsr_joined_part_start(sink, err);
}

static bool check_overview(const nsr_sink *sink, int64_t segment, const nsr_part *part, bool contents, char *why,
                           size_t size) {
    (void)segment;
    return nsr_joined_part_check(sink, part, NSR_OVERVIEW, contents, why, size);
}

static bool join_overview(nsr_sink *sink, const nsr_comm *comm, nsr_part *parts, int64_t n_segments, nsr_err *err) {
    if (!nsr_overview_join(sink->job, comm, parts, err)) return false;
    nsr_joined_part_redirect(parts, n_segments, NSR_OVERVIEW);
    return true;
}

static bool finish_overview(const nsr_sink *sink, nsr_files *files, nsr_err *err) {
    return nsr_pyramid_finish(sink->job, files, err);
}

const nsr_sink_kind nsr_sink_overview = {
    .name = "overview",
    .help = "overview.ome.zarr: mean and maximum of windows of 64, 4096, ... frames",
    .changed_by = NSR_CHANGES_ZARR | NSR_CHANGES_RASTER,
    .styled_by = NSR_CHANGES_PICTURE | NSR_CHANGES_PLACES,
    .whole = true,
    .stored = true,
    .writer_size = sizeof(overview_writer),
    .estimate = estimate_overview,
    .start = start_overview,
    .begin = begin_overview,
    .write = write_overview,
    .commit = commit_overview,
    .drop = drop_overview,
    .check = check_overview,
    .join = join_overview,
    .finish = finish_overview,
};
