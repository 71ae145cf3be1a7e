/* SPDX-License-Identifier: MIT */
/* All outputs, for the registry, and checks that they share. Private to src/sink. */
#ifndef NSR_SINK_KINDS_H
#define NSR_SINK_KINDS_H

#include <nsrender/sink.h>

extern const nsr_sink_kind nsr_sink_summary, nsr_sink_overview, nsr_sink_zarr, nsr_sink_png, nsr_sink_video,
    nsr_sink_hash, nsr_sink_null;

/* --- part.c --- */
/* nsr_sink_kind.check of a part that lies in a file: the file exists, and the part has its size and, with `contents`,
   its hash. */
bool nsr_part_check(const nsr_sink *sink, const nsr_part *part, bool contents, char *why, size_t size);
/* Copies the reason `wrong` into `why`. Always false. */
bool nsr_part_wrong(const char *wrong, char *why, size_t size);

#endif
