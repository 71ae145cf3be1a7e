/* SPDX-License-Identifier: MIT */
/* Everything that one command works on. Each folder owns its part; a function takes the part it needs. */
#ifndef NSR_STAGES_RUN_H
#define NSR_STAGES_RUN_H

#include "bundle/bundle.h"
#include "bundle/manifest_write.h"
#include "bundle/records.h"

typedef struct nsr_run {
    nsr_config config;
    nsr_input input;
    nsr_environment env;
    nsr_picture picture, raster;
    nsr_palette palette;
    nsr_measurement measured;
    nsr_bundle bundle;
    nsr_job job;         /* the parts above as sinks see them */
    unsigned char *todo; /* per segment a bit for every output that must be rendered */
    nsr_records records; /* what earlier runs have made, as the completeness check found it */
    bool refinish;       /* an output must be finished again: its style changed, or a file is missing */
    int64_t frames_wanted, frames_done; /* of the segments of this share: all, and those that earlier runs did */
    nsr_clip clip;       /* values outside the colour limits, as the manifest counts them ... */
    int64_t bad_frames;  /* ... and frames that could not be read */
    nsr_costs costs;
} nsr_run;

/* --- prepare.c: nothing is written. --- */
/* Zeroes the run, takes the configuration and connects the parts with each other. Local. */
void nsr_run_init(nsr_run *run, const nsr_config *config);
/* Draws the run's id. Collective. */
void nsr_run_name(nsr_run *run, const nsr_comm *comm);
/* Opens the input; finds geometry and selection. Collective. */
bool nsr_run_open(nsr_run *run, const nsr_comm *comm, nsr_err *err);
/* Timeline, picture, colours, outputs and the plan of reading. Collective. */
bool nsr_run_prepare(nsr_run *run, const nsr_comm *comm, nsr_err *err);
/* Frees everything but the configuration. Allowed after any failure. Collective. */
void nsr_run_close(nsr_run *run, const nsr_comm *comm);

/* --- steps.c. Collective. --- */
/* Range and colour limits, from the existing plan or by passes over the values. */
bool nsr_run_range(nsr_run *run, const nsr_comm *comm, nsr_err *err);
/* Everything that follows the range: plan, completeness check, render, join, manifest. */
bool nsr_run_make(nsr_run *run, const nsr_comm *comm, nsr_err *err);

/* --- todo.c. Local. --- */
/* Whether the segment belongs to the share of this run. */
bool nsr_in_share(const nsr_run *run, int64_t segment);
/* Whether any segment of this output must be rendered. */
bool nsr_must_render(const nsr_run *run, int output);
/* The same for any output. */
bool nsr_must_render_any(const nsr_run *run);

/* --- completeness.c. Collective. --- */
/* Finds which outputs of which segments are missing: fills run->todo, records, refinish and frames of the run.
 *complete: the bundle is finished and lacks nothing. */
bool nsr_completeness_check(nsr_run *run, const nsr_comm *comm, bool *complete, nsr_err *err);

/* --- render_segments.c. Collective. --- */
/* Renders all segments whose todo bits are set. */
bool nsr_render_segments(nsr_run *run, const nsr_comm *comm, nsr_err *err);

/* --- finish.c. Collective. --- */
/* Joins every output that needs it, writes manifest.json and removes what served rendering only. */
bool nsr_finish(nsr_run *run, const nsr_comm *comm, nsr_err *err);

/* --- cleanup.c. Local; root only. --- */
/* Removes parts/, segments/ and temporary names that killed runs left behind. */
bool nsr_cleanup(const nsr_bundle *bundle, nsr_err *err);

#endif
