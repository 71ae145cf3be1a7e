/* SPDX-License-Identifier: MIT */
/* What the files of the video sink share (private to the sinks). */
#ifndef NSR_SINK_VIDEO_H
#define NSR_SINK_VIDEO_H

#include "video_encode.h"
#include "video_part.h"
#include "video_resample.h"

#include <nsrender/sink.h>

/* Fixed for the run. */
typedef struct nsr_video {
    nsr_yuv yuv;
    nsr_encode_spec spec;
    nsr_resample_how how;
} nsr_video;

/* One segment being made. */
typedef struct nsr_video_writer {
    nsr_encoder *encoder;
    nsr_video_part_writer part;
    nsr_span ticks;        /* output frames of the segment */
    int64_t next;          /* the next one to encode */
    nsr_painter painter;
    /* only where the video has a clock of its own: */
    nsr_resample resample; /* data frames that fall into `next` */
    uint16_t *bin_levels, *levels;
    void *kept;            /* the last data frame of the last batch */
    const void *last;      /* the last data frame: in a batch, or `kept` */
} nsr_video_writer;

/* --- video_segment.c: the sink's functions of one segment --- */
bool nsr_video_begin(nsr_part_writer *writer, nsr_err *err);
bool nsr_video_write(nsr_part_writer *writer, nsr_batch *batch, nsr_err *err);
bool nsr_video_commit(nsr_part_writer *writer, nsr_part *part, nsr_err *err);
void nsr_video_drop(nsr_part_writer *writer);
/* "parts/video/000042.seg" */
void nsr_video_part_path(char path[256], int64_t segment);

/* --- video_say.c --- */
/* One line on the clock, one on gaps. */
void nsr_video_say(const nsr_job *job, int64_t frames);

#endif
