/* SPDX-License-Identifier: MIT */
/* Logs the video's clock, so that no frame is averaged, held or cut silently. */
#include "video.h"

#include <inttypes.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <string.h>

enum { LISTED_GAPS = 5, LONGEST_HOLD = 10 /* seconds */ };

static void say_length(char *text, size_t size, double seconds) {
    int64_t whole = (int64_t)seconds;
    if (whole < 60)
        snprintf(text, size, "%.1f s", seconds);
    else if (whole < 3600)
        snprintf(text, size, "%" PRId64 " min %02" PRId64 " s", whole / 60, whole % 60);
    else
        snprintf(text, size, "%" PRId64 " h %02" PRId64 " min", whole / 3600, whole / 60 % 60);
}

static void say_clock(char *text, size_t size, const nsr_job *job, int64_t frames) {
    double each = (double)job->plan->n / (double)frames; /* data frames per video frame */
    const char *how = job->config->video.resample;
    if (!job->timeline->known)
        snprintf(text, size, "no times, each data frame is one video frame");
    else if (job->timeline->tick == 0 || job->plan->n == frames)
        snprintf(text, size, "each data frame is one video frame");
    else if (each < 1)
        snprintf(text, size, "each data frame held for %.1f video frames", 1 / each);
    else if (strcmp(how, "max") == 0)
        snprintf(text, size, "maximum of %.1f data frames per video frame", each);
    else if (strcmp(how, "nearest") == 0)
        snprintf(text, size, "nearest of %.1f data frames per video frame, the others are not shown", each);
    else
        snprintf(text, size, "%.1f data frames averaged per video frame", each);
}

static void say_gaps(const nsr_job *job) {
    const nsr_timeline *timeline = job->timeline;
    char list[400] = "";
    double before = 0;
    for (int64_t i = 0; i < timeline->n_gaps && i < LISTED_GAPS; i++) {
        size_t n = strlen(list);
        snprintf(list + n, sizeof list - n, "%s%.3g s before frame %" PRId64, i ? ", " : "",
                 timeline->gaps[i].cut - before, nsr_plan_frame(job->plan, timeline->gaps[i].position));
        before = timeline->gaps[i].cut;
    }
    nsr_note("video: %" PRId64 " gap%s longer than ten median steps (%.3g s) cut, %.6g s in all: %s%s",
             timeline->n_gaps, timeline->n_gaps == 1 ? "" : "s", timeline->median_step,
             timeline->gaps[timeline->n_gaps - 1].cut, list, timeline->n_gaps > LISTED_GAPS ? ", ..." : "");
}

/* A frame that is held so long is a sign of times in the wrong unit, or of a period given as the rate. */
static void warn_held(const nsr_job *job, const char *length) {
    const nsr_timeline *timeline = job->timeline;
    const double held = timeline->median_step / job->config->video.speed;
    if (timeline->tick == 0 || held <= LONGEST_HOLD) return;
    if (job->field->times.rate > 0)
        nsr_warn("video: every data frame is held for %.6g s, %s in all: is %.6g the period instead of the rate?", held,
                 length, job->field->times.rate);
    else
        nsr_warn("video: the median data frame is held for %.6g s, %s in all: are the times of %s in ms? Give them the "
                 "attribute `units`, or use --sampling-rate, --speed or --every-frame",
                 held, length, job->field->times.path);
}

void nsr_video_say(const nsr_job *job, int64_t frames) {
    char clock[120], length[40];
    say_clock(clock, sizeof clock, job, frames);
    say_length(length, sizeof length, (double)frames / (double)job->config->video.fps);
    nsr_note("video: %s, %s", clock, length);
    warn_held(job, length);
    if (job->timeline->tick > 0 && job->timeline->n_gaps > 0) say_gaps(job);
}
