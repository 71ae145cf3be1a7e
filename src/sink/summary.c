/* SPDX-License-Identifier: MIT */
/* The output `summary`: summary.h5, summary.csv, summary.png, frame_times.npy, with one row per frame. Workers compute
   the rows; the join copies them into the files. */
#include "summary.h"

#include "kinds.h"
#include "joined_part.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct summary {
    double *center; /* x, y of each bin */
} summary;

typedef struct summary_writer {
    nsr_summary_piece *piece;
} summary_writer;

static void estimate_summary(const nsr_job *job, nsr_estimate *out) {
    *out = (nsr_estimate){.files = job->timeline->known ? 4 : 3,
                          .bytes = job->plan->n * (NSR_SUMMARY_COLUMNS * (int64_t)sizeof(nsr_cell) + 120) + (64 << 10),
                          .memory = (int64_t)sizeof(nsr_summary_piece) + job->field->n_bins * 16 + (1 << 18)};
}

static bool open_summary(nsr_sink *sink, nsr_err *err) {
    summary *own = sink->own;
    own->center = nsr_layout_centers(sink->job->env, err);
    return own->center != NULL;
}

static void close_summary(nsr_sink *sink) {
    summary *own = sink->own;
    free(own->center);
    own->center = NULL;
}

static bool begin_summary(nsr_part_writer *writer, nsr_err *err) {
    summary_writer *own = writer->own;
    own->piece = malloc(sizeof *own->piece);
    if (!own->piece) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the summary of frames");
    own->piece->rows = own->piece->bytes = 0;
    return nsr_joined_part_begin(writer, err);
}

static void make_row(nsr_cell row[NSR_SUMMARY_COLUMNS], const nsr_frame_summary *frame, const double *center) {
    const double *at = frame->argmax < 0 ? (const double[]){NAN, NAN} : center + 2 * frame->argmax;
    row[NSR_COLUMN_MIN].real = frame->min;
    row[NSR_COLUMN_MAX].real = frame->max;
    row[NSR_COLUMN_MEAN].real = frame->mean;
    row[NSR_COLUMN_ARGMAX].whole = frame->argmax;
    row[NSR_COLUMN_X].real = at[0];
    row[NSR_COLUMN_Y].real = at[1];
    row[NSR_COLUMN_ENTROPY].real = frame->entropy;
    row[NSR_COLUMN_FINITE].whole = frame->n_finite;
}

static bool write_summary(nsr_part_writer *writer, nsr_batch *batch, nsr_err *err) {
    summary_writer *own = writer->own;
    const summary *all = writer->sink->own;
    const nsr_job *job = batch->job;
    const char *values = batch->values;
    for (int64_t at = batch->shown.first; at < batch->shown.end && !batch->lead; at++) {
        nsr_frame_summary frame;
        nsr_cell row[NSR_SUMMARY_COLUMNS];
        nsr_frame_summarise(&frame, job->field->type, values, (size_t)job->field->n_bins);
        make_row(row, &frame, all->center);
        row[NSR_COLUMN_FRAME].whole = nsr_plan_frame(job->plan, at);
        row[NSR_COLUMN_TIME].real = batch->times ? batch->times[at - batch->shown.first] : NAN;
        nsr_summary_add(own->piece, row, job);
        if (own->piece->rows == NSR_SUMMARY_ROWS && !nsr_summary_flush(own->piece, &writer->joined->file, err))
            return false;
        values += nsr_field_row_bytes(job->field);
    }
    return true;
}

static void drop_summary(nsr_part_writer *writer) {
    summary_writer *own = writer->own;
    free(own->piece);
    own->piece = NULL;
}

static bool commit_summary(nsr_part_writer *writer, nsr_part *part, nsr_err *err) {
    summary_writer *own = writer->own;
    if (!nsr_summary_flush(own->piece, &writer->joined->file, err) || !nsr_joined_part_commit(writer, part, err))
        return false;
    drop_summary(writer);
    return true;
}

static bool check_summary(const nsr_sink *sink, int64_t segment, const nsr_part *part, bool contents, char *why,
                          size_t size) {
    (void)segment;
    return nsr_joined_part_check(sink, part, nsr_summary_files[0], contents, why, size);
}

static bool join_summary(nsr_sink *sink, const nsr_comm *comm, nsr_part *parts, int64_t n_segments, nsr_err *err) {
    if (!nsr_summary_join(sink->job, comm, parts, err)) return false;
    nsr_joined_part_redirect(parts, n_segments, nsr_summary_files[0]);
    return true;
}

static bool finish_summary(const nsr_sink *sink, nsr_files *files, nsr_err *err) {
    for (const char *const *name = nsr_summary_files; *name; name++)
        if ((strcmp(*name, "frame_times.npy") || sink->job->timeline->known) &&
            !nsr_files_add(files, sink->job, *name, err))
            return false;
    return true;
}

const nsr_sink_kind nsr_sink_summary = {
    .name = "summary",
    .help = "summary.h5, .csv, .png: range, mean, peak, entropy and number of finite bins of each frame",
    .changed_by = NSR_CHANGES_PLACES,
    .whole = true,
    .stored = true,
    .size = sizeof(summary),
    .writer_size = sizeof(summary_writer),
    .estimate = estimate_summary,
    .open = open_summary,
    .start = nsr_joined_part_start,
    .begin = begin_summary,
    .write = write_summary,
    .commit = commit_summary,
    .drop = drop_summary,
    .check = check_summary,
    .join = join_summary,
    .finish = finish_summary,
    .close = close_summary,
};
