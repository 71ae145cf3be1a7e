/* SPDX-License-Identifier: MIT */
/* The watchdog of a stage: where each worker is, and whether all stand still. Functions are local. */
#ifndef NSR_BASE_STANDINGS_H
#define NSR_BASE_STANDINGS_H

#include <nsrender/comm.h>

typedef struct nsr_standing nsr_standing;
typedef struct nsr_standings {
    nsr_standing *of; /* of each worker */
    int n;
} nsr_standings;

/* Close is allowed on zeroed memory. NSR_EINTERNAL. */
bool nsr_standings_open(nsr_standings *standings, int workers, nsr_err *err);
void nsr_standings_close(nsr_standings *standings);
/* Called by the worker itself. `at` must be a literal. */
void nsr_standings_put(nsr_standings *standings, int worker, const char *at, int64_t number);

typedef struct nsr_stall {
    double timeout; /* seconds; NaN: never */
    int64_t frames;
    double moved, told; /* when `frames` last rose, when this rank said where it stands (0: not yet) */
} nsr_stall;

/* A stage begins: nothing stands still yet. */
void nsr_stall_start(nsr_stall *stall);
/* On the root, which knows the frames of all ranks: none was finished for `timeout` seconds. */
bool nsr_stall_found(nsr_stall *stall, int64_t frames);
/* On every rank, once a stall is known: prints where its workers are. A worker that hangs in the system cannot be
   ended: the second call after some seconds ends the processes of all ranks with NSR_ESTOPPED. */
void nsr_stall_report(nsr_stall *stall, const nsr_standings *standings, const nsr_comm *comm);

#endif
