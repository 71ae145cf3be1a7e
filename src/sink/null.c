/* SPDX-License-Identifier: MIT */
/* The output `null` keeps nothing: it measures what reading costs, and is the template for new outputs. To write one,
   copy this file, name the kind in kinds.h, and add a row in sink.c. An output with files also sets `stored` and the
   members that are NULL here. png.c is an example with one directory per segment, frame_hashes.c one with parts that
   are joined into one file. */
#include "kinds.h"

/* The state of one segment, zeroed before `begin`. A sink that needs state for the whole run as well (tables, for
   example) sets `size` too, and fills sink->own in `open`. */
typedef struct null_writer {
    double sum; /* of the values, so that the compiler cannot drop reading them */
} null_writer;

/* For `plan`: numbers of final files and bytes, and the memory of one worker. Called before `open`. */
static void estimate_null(const nsr_job *job, nsr_estimate *out) {
    (void)job;
    *out = (nsr_estimate){0};
}

/* Called by the worker before the first batch of a segment. Files are created here, under a temporary name that carries
   writer->sink->job->run; memory for the segment is allocated here, not in `write`. */
static bool begin_null(nsr_part_writer *writer, nsr_err *err) {
    (void)writer, (void)err;
    return true;
}

/* The next frames of the segment, in order. A sink takes batch->values, as here, or nsr_batch_levels(batch) for levels
   on the map. A batch with `lead` lies behind the segment; only a sink with a `lead` function gets one. */
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

/* The segment is complete: flush the file, rename it, flush the directory; describe it in *part; free. */
static bool commit_null(nsr_part_writer *writer, nsr_part *part, nsr_err *err) {
    (void)err;
    *part = (nsr_part){.frames = writer->shown.end - writer->shown.first};
    return true;
}

/* The segment will not be completed: free, and remove temporary files. Also called after a failed begin, write or
   commit. */
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
