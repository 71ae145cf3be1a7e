/* SPDX-License-Identifier: MIT */
/* Parts become one video (private to the sinks). */
#ifndef NSR_SINK_VIDEO_JOIN_H
#define NSR_SINK_VIDEO_JOIN_H

#include "video_encode.h"

#include <nsrender/sink.h>

/* Collective. parts[n_segments] becomes that of the head of the file. */
bool nsr_video_join(const nsr_job *job, const nsr_encode_spec *spec, const nsr_comm *comm, nsr_part *parts,
                    int64_t n_segments, nsr_err *err);

#endif
