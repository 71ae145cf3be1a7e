/* SPDX-License-Identifier: MIT */
/* All that one command works on, filled step by step in run.c. */
#ifndef NSR_STAGES_RUN_H
#define NSR_STAGES_RUN_H

#include "frames/frames.h"
#include <nsrender/team.h>

enum { NSR_MOST_OUTPUTS = 8, NSR_IDENTITY_ROWS = 64 };

/* Tells inputs apart: a hash of shape, type and times, one of which bins are shown ("" where they are the stored ones),
   and one of each of 64 spread rows ("" where it is unreadable). */
typedef struct nsr_identity {
    char shape[NSR_HASH_CHARS], bins[NSR_HASH_CHARS];
    int n;
    char row[NSR_IDENTITY_ROWS][17];
} nsr_identity;

/* One output of this run. */
typedef struct nsr_output {
    nsr_sink sink;
    char digest[NSR_HASH_CHARS]; /* of all that decides the bytes of its parts */
    char style[NSR_HASH_CHARS];  /* of all that decides what is written when it is finished */
} nsr_output;

/* The positions of the pick whose values the limits are taken from. */
typedef struct nsr_subset {
    enum { NSR_SUBSET_ALL, NSR_SUBSET_STRIDE, NSR_SUBSET_SAMPLE } kind;
    int64_t n, of;        /* positions, of all in the pick */
    int64_t stride, seed;
    int64_t *position;    /* of a sample, ascending */
} nsr_subset;

typedef struct nsr_run {
    nsr_config config;
    nsr_team *team;
    nsr_source *source;
    const nsr_field *field;
    nsr_environment env;
    nsr_picture picture, raster;
    nsr_palette palette;
    nsr_plan plan;
    nsr_timeline timeline;
    nsr_subset subset;
    nsr_range range;             /* of the subset */
    nsr_percentiles percentiles; /* those that are known */
    nsr_percentiles wanted;      /* those that are needed */
    double low, high;            /* percentiles that are the limits; NaN: minimum, maximum */
    nsr_color_limits limits;
    nsr_norm norm;
    nsr_borders borders; /* unless the norm is linear and the ends have no colours of their own */
    double peak[NSR_IDENTITY_ROWS]; /* of the rows that identify the input; -infinity: none */
    bool distribution;              /* these rows add up to 1 */
    nsr_identity identity; /* of the input */
    char dir[NSR_PATH], id[12];    /* the bundle, this run's id */
    char input[NSR_PATH];          /* that the bundle remembers; config.input points here */
    nsr_job job;
    nsr_output output[NSR_MOST_OUTPUTS];
    int n_outputs;
    nsr_reading reading;
    nsr_store store;
    bool existing;       /* the bundle had a plan before this run */
    unsigned char *todo; /* a bit an output for every segment */
    bool refinish;       /* an output must be finished anew: its style changed, or a file is missing */
    int64_t frames_done; /* by earlier runs */
    nsr_clip clip;
    int64_t bad_frames; /* could not be read */
    struct {
        double open, range, render, join;
        int64_t bytes_written, bytes_read, segments;
    } spent;
} nsr_run;

/* --- prepare.c: input, geometry, colours, plan, sinks; nothing is written. Collective. --- */
void nsr_run_name(nsr_run *run, const nsr_comm *comm); /* the run's id */
bool nsr_run_open(nsr_run *run, const nsr_comm *comm, nsr_err *err);
bool nsr_run_prepare(nsr_run *run, const nsr_comm *comm, nsr_err *err);
void nsr_run_close(nsr_run *run, const nsr_comm *comm);

/* --- scan.c. Collective. --- */
/* Range and identity in one streamed pass; fills the cache; counts for `order` and sifts for `bracketed` unless NULL.
   Frames that cannot be read are counted (range.n_bad) and their first message kept in store.first_bad; that is no
   failure here. */
bool nsr_scan(nsr_run *run, nsr_key_counts *order, nsr_bracketed_counts *bracketed, const nsr_comm *comm, nsr_err *err);
/* Only counts and sifts. Blocks that are in memory are not read again. */
bool nsr_count(nsr_run *run, nsr_key_counts *order, nsr_bracketed_counts *bracketed, const nsr_comm *comm,
               nsr_err *err);
/* Only counts how values spread. */
bool nsr_count_histogram(nsr_run *run, nsr_histogram *spread, const nsr_comm *comm, nsr_err *err);
/* --- glance.c. Collective. --- */
/* A bracketed for these percentiles, from values of some rows, where rows can be read one by one and are many; else
   bracketed->n is 0. */
bool nsr_pilot_sample(nsr_run *run, const nsr_percentiles *sought, nsr_bracketed_counts *bracketed,
                      const nsr_comm *comm, nsr_err *err);
/* --- rows.c. Collective. --- */
/* The identity alone, for a bundle whose range is known. */
bool nsr_identify(nsr_run *run, const nsr_comm *comm, nsr_err *err);

/* --- render.c. Collective. Renders all segments whose todo bits are set. --- */
bool nsr_render(nsr_run *run, const nsr_comm *comm, nsr_err *err);

#endif
