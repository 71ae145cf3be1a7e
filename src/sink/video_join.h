/* SPDX-License-Identifier: MIT */
/* Joining the parts into one video. Private to src/sink. */
#ifndef NSR_SINK_VIDEO_JOIN_H
#define NSR_SINK_VIDEO_JOIN_H

#include "video_encode.h"

#include <nsrender/sink.h>

/* Collective: writes video.mp4, updates path and offset of the n_segments parts, and describes the head of the file in
   parts[n_segments], for which the caller has room. False on all ranks when one fails. */
bool nsr_video_join(const nsr_job *job, const nsr_encode_spec *spec, const nsr_comm *comm, nsr_part *parts,
                    int64_t n_segments, nsr_err *err);

#endif
