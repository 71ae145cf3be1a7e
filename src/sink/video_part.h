/* SPDX-License-Identifier: MIT */
/* The part of one segment of the video. Private to src/sink. Its layout:

       samples    one after another, as MP4 stores them
       index      per sample: its size (highest bit set: a key frame), and by how many frames it is shown later than it
                  is stored; 32 bits each
       trailer    "nsrvseg1"; numbers of samples, of key frames, of runs of equal shifts, and the delay (32 bits each);
                  bytes of the samples (64 bits)

   All numbers are big-endian. The joined video holds the parts whole. Its tables refer to the samples only, so players
   never see index and trailer, and a later run can take a segment out of the video when another one must be rendered
   again. All calls are local. */
#ifndef NSR_SINK_VIDEO_PART_H
#define NSR_SINK_VIDEO_PART_H

#include "video_encode.h"

#include <nsrender/sink.h>

enum { NSR_SEGMENT_ENTRY = 8, NSR_SEGMENT_TRAILER = 32 };

/* The contents of a trailer. */
typedef struct nsr_video_part_info {
    int64_t frames, keys, runs;
    int64_t delay; /* the most frames by which a sample is shown earlier than it is stored */
    int64_t bytes; /* of the samples */
} nsr_video_part_info;

typedef struct nsr_video_part_writer {
    nsr_file *file; /* the worker's */
    int64_t frames; /* of the finished part */
    uint8_t *index;
    nsr_video_part_info info;
    int64_t shift; /* of the last sample */
} nsr_video_part_writer;
/* Begins a part of exactly `frames` samples at the end of the open file. drop frees; it is allowed at any time, also
   after a failure and on zeroed memory. */
bool nsr_video_part_begin(nsr_video_part_writer *writer, nsr_file *file, int64_t frames, nsr_err *err);
void nsr_video_part_drop(nsr_video_part_writer *writer);
/* Appends a sample. `nals`: it is NAL units with start codes, in place of which their lengths are stored. */
bool nsr_video_part_add(nsr_video_part_writer *writer, const nsr_sample *sample, bool nals, nsr_err *err);
/* Appends index and trailer. Fails when the number of samples is not the announced one. */
bool nsr_video_part_end(nsr_video_part_writer *writer, nsr_err *err);

/* Reads the trailer of a part that lies in the file `path`, which may be the joined video. NSR_EDATA when it does not
   agree with the part's record. */
bool nsr_video_part_read(const char *path, const nsr_part *part, nsr_video_part_info *info, nsr_err *err);
/* The index of that part from its open file: info->frames entries of NSR_SEGMENT_ENTRY bytes; the caller frees it. NULL
   and NSR_EDATA when it does not agree with the trailer `info`. */
uint8_t *nsr_video_part_index(int fd, const char *path, const nsr_part *part, const nsr_video_part_info *info,
                              nsr_err *err);
/* Of one entry of the index: bytes of the sample, whether it is a key frame, and by how many frames it is shown later
   than it is stored. */
uint32_t nsr_entry_size(const uint8_t *entry);
bool nsr_entry_key(const uint8_t *entry);
int32_t nsr_entry_shift(const uint8_t *entry);

#endif
