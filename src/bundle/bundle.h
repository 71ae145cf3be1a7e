/* SPDX-License-Identifier: MIT */
/* A bundle, the output directory of a run, and the outputs that this run makes in it. */
#ifndef NSR_BUNDLE_BUNDLE_H
#define NSR_BUNDLE_BUNDLE_H

#include "measure/measurement.h"
#include <nsrender/sink.h>

/* One output of this run. */
typedef struct nsr_output {
    nsr_sink sink;
    char digest[NSR_HASH_CHARS]; /* of everything that decides the bytes of its parts */
    char style[NSR_HASH_CHARS];  /* of everything that decides the files that `finish` writes */
} nsr_output;

/* The pointers are the run's and outlive the bundle. */
typedef struct nsr_bundle {
    nsr_config *config;
    nsr_input *input;
    nsr_measurement *measured;
    const nsr_job *job;
    char dir[NSR_PATH];        /* "": none */
    char run_id[12];           /* marks temporary names of this run */
    char input_path[NSR_PATH]; /* that an earlier run remembered; config->input may point here */
    char taken[NSR_HASH_CHARS]; /* root: of what this run took from the plan before it had the lock; "": nothing */
    char range_of[NSR_HASH_CHARS]; /* the stamp of the input that the range was measured of */
    struct nsr_lock *lock;         /* root: held by this run; NULL: by the bundle around it */
    bool existing;             /* it had a plan before this run */
    bool made;                 /* root: this run made the directory */
    nsr_output output[NSR_MOST_OUTPUTS];
    int n_outputs;
} nsr_bundle;

#endif
