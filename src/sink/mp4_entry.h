/* SPDX-License-Identifier: MIT */
/* MP4 sample descriptions. Private to src/sink. */
#ifndef NSR_SINK_MP4_ENTRY_H
#define NSR_SINK_MP4_ENTRY_H

#include <nsrender/err.h>
#include <stddef.h>
#include <stdint.h>

struct AVCodecContext;

/* The box `stsd` for samples of an open encoder, of *bytes bytes; the caller frees it. NULL with err on failure. Local.
 */
uint8_t *nsr_entry_make(const struct AVCodecContext *context, size_t *bytes, nsr_err *err);

#endif
