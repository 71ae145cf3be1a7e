/* SPDX-License-Identifier: MIT */
/* The output `video`: one MP4 for browsers. Each segment is encoded by itself into a part that begins with a key frame;
   the join copies the parts into the file without encoding again. This file has the functions of the run and of
   finished parts. */
#include "video.h"
#include "joined_part.h"
#include "kinds.h"
#include "video_join.h"

#include <inttypes.h>
#include <math.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* 38 days at 30 frames per second; the index of such a video has 400 MB. */
static const int64_t MOST_FRAMES = 100000000;

enum { HELD_SHARE = 16 };

static int64_t n_frames(const nsr_job *job) {
    return nsr_timeline_ticks(job->timeline, job->plan, job->plan->n_segments - 1).end;
}

static int64_t held_frames(const nsr_sink *sink, int64_t segment) { return nsr_video_held(sink->job, segment); }

/* Measured with smooth fields at crf 18; noise takes ten times as much. A held frame costs its share of a key frame. */
static void estimate_video(const nsr_job *job, nsr_estimate *out) {
    double pixels = (double)job->picture->w * job->picture->h;
    bool fast = strcmp(job->config->video.preset, "ultrafast") == 0;
    out->files = 1;
    int64_t all = n_frames(job), held = all > job->plan->n ? all - job->plan->n : 0;
    out->bytes = (int64_t)(((double)(all - held) + (double)held / HELD_SHARE) * (0.02 * pixels + 500));
    out->memory = (int64_t)(pixels * (fast ? 50 : 250)) + 32 * job->field->n_bins + (1 << 20);
}

static nsr_encode_spec spec_of(const nsr_job *job) {
    const nsr_config *config = job->config;
    return (nsr_encode_spec){.codec = config->video.codec,
                             .preset = config->video.preset,
                             .w = job->picture->w,
                             .h = job->picture->h,
                             .fps = (int)config->video.fps,
                             .crf = (int)config->video.crf};
}

/* Opens an encoder once, so that a failure is reported before anything is rendered. */
static bool try_encoder(const nsr_encode_spec *spec, nsr_err *err) {
    nsr_encoder *encoder = nsr_encoder_open(spec, err);
    nsr_encoder_close(encoder);
    return encoder != NULL;
}

/* Times in the wrong unit, or a period given as the rate, make days of video. */
static bool check_length(const nsr_job *job, int64_t frames, nsr_err *err) {
    double hours = (double)frames / (double)job->config->video.fps / 3600;
    if (hours <= job->config->output.max_video) return true;
    return nsr_fail(err, NSR_EUSAGE,
                    "video would last %.0f hours; are the times in seconds? Choose --speed, --time or --frames, or "
                    "allow it with --max-video %.0f",
                    hours, ceil(hours));
}

static bool open_video(nsr_sink *sink, nsr_err *err) {
    nsr_video *video = sink->own;
    const nsr_job *job = sink->job;
    int64_t frames = n_frames(job);
    if (frames > MOST_FRAMES)
        return nsr_fail(err, NSR_EUSAGE,
                        "video would have %" PRId64 " frames; choose --speed, --fps, --every-frame, "
                        "--time or --frames",
                        frames);
    if (!check_length(job, frames, err)) return false;
    nsr_yuv_make(&video->yuv, job->palette);
    video->spec = spec_of(job);
    video->how = nsr_resample_named(job->config->video.resample);
    nsr_encoder_speak(job->config->run.verbose);
    if (!try_encoder(&video->spec, err)) return false;
    nsr_video_say(job, frames);
    return true;
}

static int64_t lead_video(const nsr_sink *sink, int64_t segment) {
    const nsr_timeline *timeline = sink->job->timeline;
    return timeline->tick > 0 ? timeline->segment_lead[segment] : 0;
}

/* Also called for the head of the joined video, as segment number n_segments. */
static bool check_video(const nsr_sink *sink, int64_t segment, const nsr_part *part, bool contents, char *why,
                        size_t size) {
    (void)segment;
    return nsr_joined_part_check(sink, part, "video.mp4", contents, why, size);
}

static bool join_video(nsr_sink *sink, const nsr_comm *comm, nsr_part *parts, int64_t n_segments, nsr_err *err) {
    const nsr_video *video = sink->own;
    return nsr_video_join(sink->job, &video->spec, comm, parts, n_segments, err);
}

const nsr_sink_kind nsr_sink_video = {
    .name = "video",
    .help = "video.mp4 (H.264, for browsers)",
    .changed_by = NSR_CHANGES_PICTURE | NSR_CHANGES_VIDEO,
    .stored = true,
    .size = sizeof(nsr_video),
    .writer_size = sizeof(nsr_video_writer),
    .estimate = estimate_video,
    .open = open_video,
    .identity = nsr_encoder_identity,
    .lead = lead_video,
    .held = held_frames,
    .start = nsr_joined_part_start,
    .begin = nsr_video_begin,
    .write = nsr_video_write,
    .commit = nsr_video_commit,
    .drop = nsr_video_drop,
    .check = check_video,
    .join = join_video,
};
