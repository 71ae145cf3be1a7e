/* SPDX-License-Identifier: MIT */
/* All sinks, for the registry. Private to src/sink. */
#ifndef NSR_SINK_KINDS_H
#define NSR_SINK_KINDS_H

#include <nsrender/sink.h>

extern const nsr_sink_kind nsr_sink_summary, nsr_sink_overview, nsr_sink_zarr, nsr_sink_png, nsr_sink_video,
    nsr_sink_hash, nsr_sink_null;

#endif
