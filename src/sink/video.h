/* SPDX-License-Identifier: MIT */
/* The state of the output `video`, and its functions. All are local. Private to src/sink. */
#ifndef NSR_SINK_VIDEO_H
#define NSR_SINK_VIDEO_H

#include "video_encode.h"
#include "video_part.h"
#include "video_resample.h"

#include <nsrender/sink.h>

/* State of the run. */
typedef struct nsr_video {
    nsr_yuv yuv;
    nsr_encode_spec spec;
    nsr_resample_how how;
} nsr_video;

/* State of one segment. */
typedef struct nsr_video_writer {
    nsr_encoder *encoder;
    nsr_video_part_writer part;
    nsr_span ticks;        /* output frames of the segment, counted from the start of the video */
    int64_t next;          /* the next one to encode */
    int64_t held;          /* how many are more than one per data frame */
    nsr_painter painter;
    /* only where output frames follow a clock: */
    nsr_resample resample; /* data frames that fall into `next` */
    uint16_t *bin_levels, *levels;
    void *kept;            /* the last data frame of the last batch */
    const void *last;      /* the last data frame: in a batch, or `kept` */
} nsr_video_writer;

/* --- video_segment.c --- */
/* As nsr_sink_kind.begin, write, commit and drop. */
bool nsr_video_begin(nsr_part_writer *writer, nsr_err *err);
bool nsr_video_write(nsr_part_writer *writer, nsr_batch *batch, nsr_err *err);
bool nsr_video_commit(nsr_part_writer *writer, nsr_part *part, nsr_err *err);
void nsr_video_drop(nsr_part_writer *writer);
/* Output frames of the segment beyond one per data frame. */
int64_t nsr_video_held(const nsr_job *job, int64_t segment);

/* --- video_report.c --- */
/* Logs how data frames become `frames` output frames, and which gaps were cut. */
void nsr_video_say(const nsr_job *job, int64_t frames);

#endif
