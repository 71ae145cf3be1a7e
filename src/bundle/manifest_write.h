/* SPDX-License-Identifier: MIT */
/* manifest.json: what was rendered, and that the bundle is finished. */
#ifndef NSR_BUNDLE_MANIFEST_WRITE_H
#define NSR_BUNDLE_MANIFEST_WRITE_H

#include "base/json.h"
#include "bundle.h"

/* One output of the finished bundle: n_segments parts, then the container (the head of a joined file). */
typedef struct nsr_finished_output {
    const nsr_sink_kind *kind;
    char digest[NSR_HASH_CHARS], style[NSR_HASH_CHARS];
    nsr_part *parts;
    nsr_files files;     /* files that are no parts */
    json_t *description; /* by the sink, of itself; NULL: none */
} nsr_finished_output;

/* Seconds and bytes of this run. */
typedef struct nsr_costs {
    double open, range, render, join; /* seconds */
    int64_t bytes_written, bytes_read, segments;
    double flush_rate; /* bytes per second, of this rank's slowest flush; 0: not measured */
} nsr_costs;

typedef struct nsr_finished {
    nsr_finished_output output[NSR_MOST_OUTPUTS];
    int n;
    json_t *clipped;    /* per segment: below, above, no data, unreadable frames */
    json_t *values;     /* per segment: the hash of its values */
    nsr_clip clip;      /* their sums ... */
    int64_t bad_frames; /* ... */
    nsr_costs costs;
} nsr_finished;

/* Writes the manifest, whole or not at all. Root only. */
bool nsr_manifest_write(const nsr_bundle *bundle, const nsr_finished *finished, int ranks, nsr_err *err);

#endif
