/* SPDX-License-Identifier: MIT */
/* The registry of outputs: a new one is a file in this folder and a row here. They are finished in this order: the
   stack comes after the outputs that its launcher shows too. */
#include "kinds.h"
#include <string.h>

const nsr_sink_kind *const nsr_sinks[] = {
    &nsr_sink_summary, &nsr_sink_overview, &nsr_sink_zarr, &nsr_sink_png,
    &nsr_sink_video,   &nsr_sink_hash,     &nsr_sink_null, NULL,
};
_Static_assert(NSR_COUNTOF(nsr_sinks) - 1 <= NSR_MOST_OUTPUTS, "every output has a bit and a slot");

const nsr_sink_kind *nsr_sink_find(const char *name) {
    for (const nsr_sink_kind *const *kind = nsr_sinks; *kind; kind++)
        if (strcmp((*kind)->name, name) == 0) return *kind;
    return NULL;
}
