/* SPDX-License-Identifier: MIT */
/* One segment of the video. Its number of output frames is known before it begins. Either each data frame is one output
   frame, with the levels that all outputs share; or the video has a clock, and output frame k shows the data frames
   that fall into its interval or, if there are none, the last one before. Data frames come in order, so one output
   frame is open at a time. Data frames before the segment's first output frame belong to the segment before, which gets
   them as its lead. */
#include "joined_part.h"
#include "video.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_clock(const nsr_job *job) { return job->timeline->tick > 0; }

static bool begin_part(nsr_part_writer *writer, nsr_err *err) {
    nsr_video_writer *w = writer->own;
    return nsr_joined_part_begin(writer, err) &&
           nsr_video_part_begin(&w->part, &writer->joined->file, w->ticks.end - w->ticks.first, err);
}

static bool open_encoder(nsr_part_writer *writer, nsr_err *err) {
    nsr_video_writer *w = writer->own;
    const nsr_video *video = writer->sink->own;
    if (!nsr_painter_open(&w->painter, &video->yuv, writer->sink->job->picture, err)) return false;
    w->encoder = nsr_encoder_open(&video->spec, err);
    const nsr_planes *planes = w->encoder ? nsr_encoder_planes(w->encoder, err) : NULL;
    if (planes) nsr_paint_background(&w->painter, planes);
    return planes != NULL;
}

static bool open_clock(nsr_part_writer *writer, nsr_err *err) {
    nsr_video_writer *w = writer->own;
    const nsr_video *video = writer->sink->own;
    const nsr_job *job = writer->sink->job;
    const nsr_bin_map *map = &job->picture->map;
    size_t n_bins = (size_t)job->field->n_bins, cells = (size_t)map->w * (size_t)map->h;
    w->bin_levels = malloc(n_bins * sizeof *w->bin_levels);
    w->levels = malloc(cells * sizeof *w->levels);
    w->kept = malloc(n_bins * nsr_type_size(job->field->type));
    if (!w->bin_levels || !w->levels || !w->kept)
        return nsr_fail(err, NSR_EINTERNAL, "out of memory for resampling the video");
    return nsr_resample_open(&w->resample, video->how, job->field->type, job->field->n_bins, err);
}

bool nsr_video_begin(nsr_part_writer *writer, nsr_err *err) {
    nsr_video_writer *w = writer->own;
    const nsr_job *job = writer->sink->job;
    w->ticks = nsr_timeline_ticks(job->timeline, job->plan, writer->segment);
    w->next = w->ticks.first;
    w->held = nsr_video_held(job, writer->segment);
    if (!begin_part(writer, err)) return false;
    if (w->ticks.first == w->ticks.end) /* no output frame falls into the segment */
        return true;
    return open_encoder(writer, err) && (!has_clock(job) || open_clock(writer, err));
}

/* Moves what the encoder has finished into the part. */
static bool drain(nsr_video_writer *w, nsr_err *err) {
    nsr_sample sample;
    while (nsr_encoder_take(w->encoder, &sample, err))
        if (!nsr_video_part_add(&w->part, &sample, nsr_encoder_has_nals(w->encoder), err)) return false;
    return nsr_good(err);
}

int64_t nsr_video_held(const nsr_job *job, int64_t segment) {
    const nsr_span shown = nsr_plan_segment(job->plan, segment),
                   ticks = nsr_timeline_ticks(job->timeline, job->plan, segment);
    const int64_t more = (ticks.end - ticks.first) - (shown.end - shown.first);
    return more > 0 ? more : 0;
}

/* Encodes the planes as all output frames before `end`. A data frame may be held for thousands of them, so progress and
   stops are not left to the batches. False without an error: a stop. */
static bool encode_until(const nsr_part_writer *writer, int64_t end, nsr_err *err) {
    nsr_video_writer *w = writer->own;
    nsr_team *team = writer->sink->job->team;
    for (; w->next < end; w->next++) {
        if (nsr_team_stop(team) == NSR_DROP) return false;
        if (!nsr_encoder_put(w->encoder, err) || !drain(w, err)) return false;
        if (w->next - w->ticks.first < w->held) nsr_team_report(team, 1);
    }
    return true;
}

static bool paint_picture(nsr_video_writer *w, const uint16_t *levels, nsr_err *err) {
    const nsr_planes *planes = nsr_encoder_planes(w->encoder, err);
    if (planes) nsr_paint_levels(&w->painter, planes, levels);
    return planes != NULL;
}

static bool paint_values(const nsr_part_writer *writer, nsr_type type, const void *values, nsr_err *err) {
    nsr_video_writer *w = writer->own;
    const nsr_job *job = writer->sink->job;
    nsr_clip ignored = {0}; /* clipped values are counted before resampling */
    nsr_levels(w->bin_levels, type, values, (size_t)job->field->n_bins, job->limits, job->borders,
               &ignored);
    nsr_bin_map_paint(w->levels, &job->picture->map, w->bin_levels);
    return paint_picture(w, w->levels, err);
}

/* Encodes the open output frame, and then the last data frame as the output frames before `end`, which have none. */
static bool encode_clock(const nsr_part_writer *writer, int64_t end, nsr_err *err) {
    nsr_video_writer *w = writer->own;
    if (w->resample.n > 0) {
        if (!paint_values(writer, NSR_F64, nsr_resample_result(&w->resample), err) ||
            !encode_until(writer, w->next + 1, err))
            return false;
        nsr_resample_reset(&w->resample);
    }
    if (w->next >= end) return true;
    if (!w->last)
        return nsr_fail(err, NSR_EINTERNAL, "video: segment %" PRId64 " got no frame before its first moment",
                        writer->segment);
    return paint_values(writer, writer->sink->job->field->type, w->last, err) && encode_until(writer, end, err);
}

static bool write_shown(const nsr_part_writer *writer, double shown, const void *values, nsr_err *err) {
    nsr_video_writer *w = writer->own;
    const nsr_timeline *timeline = writer->sink->job->timeline;
    int64_t tick = nsr_timeline_tick(timeline, shown);
    if (tick >= w->ticks.end) /* a lead that is longer than needed */
        return true;
    if (tick > w->next && !encode_clock(writer, tick, err)) return false;
    if (tick >= w->ticks.first) nsr_resample_add(&w->resample, values, fabs(shown - (double)tick * timeline->tick));
    w->last = values;
    return true;
}

/* Copies the last data frame, which may be shown again after the values of its batch are gone. */
static void keep_last(const nsr_part_writer *writer) {
    nsr_video_writer *w = writer->own;
    const nsr_field *field = writer->sink->job->field;
    if (w->last && w->last != w->kept) {
        memcpy(w->kept, w->last, nsr_field_row_bytes(field));
        w->last = w->kept;
    }
}

static bool write_clock(const nsr_part_writer *writer, const nsr_batch *batch, nsr_err *err) {
    const nsr_job *job = writer->sink->job;
    size_t stride = nsr_field_row_bytes(job->field);
    const char *values = batch->values;
    for (int64_t i = 0; i < batch->shown.end - batch->shown.first; i++, values += stride) {
        double shown = nsr_timeline_shown(job->timeline, batch->shown.first + i, batch->times[i]);
        if (!write_shown(writer, shown, values, err)) return false;
    }
    keep_last(writer);
    return true;
}

static bool write_each(const nsr_part_writer *writer, nsr_batch *batch, nsr_err *err) {
    nsr_video_writer *w = writer->own;
    const nsr_bin_map *map = &writer->sink->job->picture->map;
    const uint16_t *levels = nsr_batch_levels(batch);
    for (int64_t i = batch->shown.first; i < batch->shown.end; i++, levels += (size_t)map->w * (size_t)map->h)
        if (!paint_picture(w, levels, err) || !encode_until(writer, w->next + 1, err)) return false;
    return true;
}

bool nsr_video_write(nsr_part_writer *writer, nsr_batch *batch, nsr_err *err) {
    const nsr_video_writer *w = writer->own;
    if (!w->encoder) return true;
    if (has_clock(writer->sink->job)) return write_clock(writer, batch, err);
    return batch->lead || write_each(writer, batch, err);
}

static bool end_encoder(const nsr_part_writer *writer, nsr_err *err) {
    nsr_video_writer *w = writer->own;
    if (!w->encoder) return true;
    if (has_clock(writer->sink->job) && !encode_clock(writer, w->ticks.end, err)) return false;
    return nsr_encoder_end(w->encoder, err) && drain(w, err);
}

bool nsr_video_commit(nsr_part_writer *writer, nsr_part *part, nsr_err *err) {
    nsr_video_writer *w = writer->own;
    if (!end_encoder(writer, err) || !nsr_video_part_end(&w->part, err) || !nsr_joined_part_commit(writer, part, err))
        return false;
    part->frames = w->ticks.end - w->ticks.first;
    nsr_video_drop(writer);
    return true;
}

void nsr_video_drop(nsr_part_writer *writer) {
    nsr_video_writer *w = writer->own;
    nsr_encoder_close(w->encoder);
    nsr_video_part_drop(&w->part);
    nsr_resample_close(&w->resample);
    nsr_painter_close(&w->painter);
    free(w->bin_levels);
    free(w->levels);
    free(w->kept);
    *w = (nsr_video_writer){0};
}
