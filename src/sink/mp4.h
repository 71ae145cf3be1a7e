/* SPDX-License-Identifier: MIT */
/* The head of an MP4 file with one video track, index in front. Private to src/sink. */
#ifndef NSR_SINK_MP4_H
#define NSR_SINK_MP4_H

#include "file_slice.h"
#include "video_part.h"

/* Each segment is one chunk of the file, of `bytes` bytes that begin with its samples; `info` describes these. */
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

/* Where in the file the three tables lie that grow with the frames, and where the head ends. */
typedef struct nsr_mp4_places {
    int64_t sizes;   /* 4 bytes per frame */
    int64_t keys;    /* 4 bytes per key frame: its number, from 1 */
    int64_t shifts;  /* 8 bytes per run of frames: their number, their shift; 0 when no frame is reordered */
    int64_t delay;   /* frames between decoding and showing, added to every shift */
    uint32_t ticks;  /* of the time scale per frame */
    int64_t payload; /* the segments, one after another */
} nsr_mp4_places;

/* Writes the head without those three tables, as far as it lies in the slice, and fills in *places. Local. */
bool nsr_mp4_write_head(const nsr_mp4 *mp4, const nsr_file_slice *slice, nsr_mp4_places *places, nsr_err *err);

#endif
