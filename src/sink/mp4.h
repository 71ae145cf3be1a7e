/* SPDX-License-Identifier: MIT */
/* The head of an MP4 file with one video track, index in front (private to the sinks). */
#ifndef NSR_SINK_MP4_H
#define NSR_SINK_MP4_H

#include "video_part.h"

/* Each segment is one chunk: `info` says what its samples are, `bytes` how much of the file it takes, samples first. */
typedef struct nsr_mp4_segment {
    nsr_video_part_info info;
    int64_t bytes;
} nsr_mp4_segment;

typedef struct nsr_mp4 {
    int w, h, fps;
    const uint8_t *entry; /* box `stsd` */
    size_t entry_bytes;
    const nsr_mp4_segment *segment;
    int64_t n_segments;
} nsr_mp4;

/* Where the three tables that grow with the frames lie, and what comes behind the head. */
typedef struct nsr_mp4_places {
    int64_t sizes;   /* 4 bytes a frame */
    int64_t keys;    /* 4 bytes a key frame: its number, from 1 */
    int64_t shifts;  /* 8 bytes a run: frames, shift; 0 when no frame is reordered */
    int64_t delay;   /* frames between decoding and showing, added to every shift */
    uint32_t ticks;  /* of the time scale a frame */
    int64_t payload; /* the segments, one after another */
} nsr_mp4_places;

/* Writes all of the head but those three tables into `fd` and says where they belong. */
bool nsr_mp4_write_head(const nsr_mp4 *mp4, int fd, const char *path, nsr_mp4_places *places, nsr_err *err);

#endif
