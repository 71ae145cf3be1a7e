/* SPDX-License-Identifier: MIT */
/* The output that keeps nothing: what reading costs, and the template for a new sink. To make one: copy this file, name
   the kind in kinds.h, give it a row in sink.c. An output that is kept also sets `stored` and fills the members that
   are NULL here; png.c is the example of one directory a segment, hash.c of parts that are joined into one file. */
#include "kinds.h"

/* What one worker keeps while it makes one segment. The front end hands it out zeroed. A sink that needs something for
   the whole run as well (tables, say) gives `size` too, and fills sink->own in `open`. */
typedef struct null_writer {
    double sum; /* of the values: reading them must not be optimised away */
} null_writer;

/* What `plan` announces: final files, their bytes, and the memory of one worker. Called before anything is opened. */
static void estimate_null(const nsr_job *job, nsr_estimate *out) {
    (void)job;
    *out = (nsr_estimate){0};
}

/* Called by the worker before the first batch of a segment. Files are created here, under a temporary name that carries
   writer->sink->job->run; memory that the segment needs is allocated here and not in `write`. */
static bool begin_null(nsr_part_writer *writer, nsr_err *err) {
    (void)writer, (void)err;
    return true;
}

/* The frames of the segment, in order, some at a time. A sink asks the batch for the view that it needs: batch->values
   as here, or nsr_batch_levels(batch) for levels on the map. A batch with `lead` lies behind the segment; only a sink
   with a `lead` function sees one. */
static bool write_null(nsr_part_writer *writer, nsr_batch *batch, nsr_err *err) {
    (void)err;
    null_writer *own = writer->own;
    const nsr_field *field = batch->job->field;
    size_t n = (size_t)(batch->shown.end - batch->shown.first) * (size_t)field->n_bins;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += field->type == NSR_F32 ? (double)((const float *)batch->values)[i] : ((const double *)batch->values)[i];
    own->sum += sum;
    return true;
}

/* The segment is complete: make it durable (flush, rename, flush the directory), say in `part` what it is, free. */
static bool commit_null(nsr_part_writer *writer, nsr_part *part, nsr_err *err) {
    (void)err;
    *part = (nsr_part){.frames = writer->shown.end - writer->shown.first};
    return true;
}

/* The segment will not be completed: free, remove what is temporary. Also called after a failed begin, write or commit.
 */
static void drop_null(nsr_part_writer *writer) { (void)writer; }

const nsr_sink_kind nsr_sink_null = {
    .name = "null",
    .help = "reads everything and keeps nothing (for measuring)",
    .changed_by = NSR_CHANGES_NOTHING,
    .stored = false,
    .writer_size = sizeof(null_writer),
    .estimate = estimate_null,
    .begin = begin_null,
    .write = write_null,
    .commit = commit_null,
    .drop = drop_null,
};
