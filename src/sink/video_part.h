/* SPDX-License-Identifier: MIT */
/* The part of one segment of the video (private to the sinks):

       samples    one after another, as MP4 stores them
       index      a sample: size (the highest bit: key frame), shown place minus place in the file; 32 bits each
       trailer    "nsrvseg1", samples, key frames, runs of equal shifts, delay (32 bits each), bytes of the samples (64)

   All numbers are big-endian. The joined video holds the parts whole: its tables point at the samples only, so players
   never see the index, and a segment can be taken out of the video again when another one had to be made anew. */
#ifndef NSR_SINK_VIDEO_PART_H
#define NSR_SINK_VIDEO_PART_H

#include "video_encode.h"

#include <nsrender/sink.h>

enum { NSR_SEGMENT_ENTRY = 8, NSR_SEGMENT_TRAILER = 32 };

/* What the trailer says. */
typedef struct nsr_video_part_info {
    int64_t frames, keys, runs;
    int64_t delay; /* the most that a sample stands behind its shown place */
    int64_t bytes; /* of the samples */
} nsr_video_part_info;

typedef struct nsr_video_part_writer {
    nsr_file file;
    bool open;
    int64_t frames; /* to come in all */
    uint8_t *index;
    nsr_video_part_info info;
    int64_t shift; /* of the last sample */
} nsr_video_part_writer;
bool nsr_video_part_create(nsr_video_part_writer *writer, const char *path, const char *run, int64_t frames,
                           nsr_err *err);
/* `nals`: the sample is NAL units with start codes, which become lengths. */
bool nsr_video_part_add(nsr_video_part_writer *writer, const nsr_sample *sample, bool nals, nsr_err *err);
/* Index and trailer, durable. Fills frames, bytes and hash of the part. */
bool nsr_video_part_commit(nsr_video_part_writer *writer, nsr_part *part, nsr_err *err);
void nsr_video_part_drop(nsr_video_part_writer *writer); /* at any time, also on a zeroed one */

/* Reads and checks the trailer of a part in the file `path`. */
bool nsr_video_part_read(const char *path, const nsr_part *part, nsr_video_part_info *info, nsr_err *err);
/* The index of that part, checked against its trailer; to free. */
uint8_t *nsr_video_part_index(int fd, const char *path, const nsr_part *part, const nsr_video_part_info *info,
                              nsr_err *err);
/* Of one entry of the index. */
uint32_t nsr_entry_size(const uint8_t *entry);
bool nsr_entry_key(const uint8_t *entry);
int32_t nsr_entry_shift(const uint8_t *entry);

#endif
