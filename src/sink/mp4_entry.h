/* SPDX-License-Identifier: MIT */
/* MP4 sample descriptions (private to the sinks). */
#ifndef NSR_SINK_MP4_ENTRY_H
#define NSR_SINK_MP4_ENTRY_H

#include <nsrender/err.h>
#include <stddef.h>
#include <stdint.h>

struct AVCodecContext;

/* The box `stsd` for samples of an open encoder; to free. NULL with err. */
uint8_t *nsr_entry_make(const struct AVCodecContext *context, size_t *bytes, nsr_err *err);

#endif
