/* SPDX-License-Identifier: MIT */
/* Levels and counts of a batch of frames. Each is computed at most once, when the first sink asks for it, in buffers
   allocated before the first frame. */
#include <nsrender/sink.h>
#include <stdlib.h>

static size_t map_cells(const nsr_job *job) { return (size_t)job->picture->map.w * (size_t)job->picture->map.h; }

bool nsr_batch_open(nsr_batch *batch, const nsr_job *job, int64_t capacity, nsr_err *err) {
    *batch = (nsr_batch){.job = job};
    size_t cells = map_cells(job), bins = (size_t)job->field->n_bins, bytes;
    if (!__builtin_mul_overflow(cells, (size_t)capacity * sizeof *batch->levels, &bytes)) batch->levels = malloc(bytes);
    if (!__builtin_mul_overflow(bins, sizeof *batch->bin_levels, &bytes)) batch->bin_levels = malloc(bytes);
    if (batch->levels && batch->bin_levels) return true;
    nsr_batch_close(batch);
    return nsr_fail(err, NSR_EINTERNAL,
                    "out of memory for pictures of %lld frames; use a smaller --memory or --threads",
                    (long long)capacity);
}

void nsr_batch_close(nsr_batch *batch) {
    free(batch->levels);
    free(batch->bin_levels);
    batch->levels = batch->bin_levels = NULL;
}

void nsr_batch_offer(nsr_batch *batch, nsr_span shown, const void *values, const double *times, bool lead) {
    batch->shown = shown;
    batch->values = values;
    batch->times = times;
    batch->lead = lead;
    batch->have_levels = batch->counted = false;
}

/* Computes the levels of the bins of one frame. */
static void quantise(nsr_batch *batch, int64_t frame, nsr_clip *clip) {
    const nsr_field *field = batch->job->field;
    const char *row = (const char *)batch->values + (size_t)frame * nsr_field_row_bytes(field);
    nsr_levels(batch->bin_levels, field->type, row, (size_t)field->n_bins, batch->job->limits,
               batch->job->borders, clip);
}

static void count(nsr_batch *batch, const nsr_clip *clip) {
    if (!batch->counted && !batch->lead && batch->clip) {
        batch->clip->below += clip->below;
        batch->clip->above += clip->above;
        batch->clip->nodata += clip->nodata;
    }
    batch->counted = true;
}

const uint16_t *nsr_batch_levels(nsr_batch *batch) {
    if (batch->have_levels) return batch->levels;
    nsr_clip clip = {0};
    size_t cells = map_cells(batch->job);
    for (int64_t i = 0; i < batch->shown.end - batch->shown.first; i++) {
        quantise(batch, i, &clip);
        nsr_bin_map_paint(batch->levels + (size_t)i * cells, &batch->job->picture->map, batch->bin_levels);
    }
    count(batch, &clip);
    batch->have_levels = true;
    return batch->levels;
}

/* Computes levels only when the range of the frame, which is cheaper, exceeds the limits. */
static void count_frame(nsr_batch *batch, int64_t frame, nsr_clip *clip) {
    const nsr_field *field = batch->job->field;
    const nsr_color_limits *limits = batch->job->limits;
    nsr_range range;
    nsr_range_init(&range);
    nsr_range_scan(&range, field->type, (const char *)batch->values + (size_t)frame * nsr_field_row_bytes(field),
                   (size_t)field->n_bins);
    if (range.min < limits->vmin || range.max > limits->vmax) quantise(batch, frame, clip);
    else clip->nodata += range.n_values - range.n_finite;
}

void nsr_batch_count(nsr_batch *batch) {
    if (batch->counted || batch->lead || !batch->clip) return;
    nsr_clip clip = {0};
    for (int64_t i = 0; i < batch->shown.end - batch->shown.first; i++) count_frame(batch, i, &clip);
    count(batch, &clip);
}
