/* SPDX-License-Identifier: MIT */
/* The workers of a run and what goes on beside them: dealing of work, progress, signals, stopping on all ranks.
   A stage runs `threads` workers (OpenMP) while the main thread watches: it alone calls MPI, tells the root how far
   this rank is, looks for a stop and draws progress. */
#ifndef NSRENDER_TEAM_H
#define NSRENDER_TEAM_H

#include <nsrender/comm.h>
#include <nsrender/config.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- base/queue.c: n items dealt cyclically to ranks; a worker takes its own rank's first, then (steal) from the rank
   of its node that has most left. --- */
typedef struct nsr_queue {
    nsr_window window; /* one (next, end) pair a rank of the node */
    int64_t n;
    int rank, ranks, node_rank, node_ranks;
    const nsr_comm *comm; /* for the members of the node only */
    bool steal;
} nsr_queue;
bool nsr_queue_open(nsr_queue *queue, const nsr_comm *comm, int64_t n, bool steal, nsr_err *err);
int64_t nsr_queue_next(nsr_queue *queue); /* local, thread-safe; -1: nothing left that this rank can take */
void nsr_queue_close(nsr_queue *queue, const nsr_comm *comm);

/* --- base/machine.c: what this process may use --- */
int nsr_usable_cpus(void);                     /* of the affinity mask; local */
int nsr_default_threads(const nsr_comm *comm); /* usable cpus / ranks of the node that share the mask; at least 1 */
int64_t
nsr_default_memory(const nsr_comm *comm); /* half of what cgroup, Slurm or the machine grants / ranks of the node */

/* --- base/progress.c: root only draws --- */
typedef struct nsr_progress {
    enum { NSR_SHOW_NONE, NSR_SHOW_BAR, NSR_SHOW_LINE, NSR_SHOW_JSON } show;
    const char *stage;
    int64_t done, skipped, total;  /* frames; skipped were done by earlier runs */
    double start, last, last_line; /* monotonic seconds */
    bool drawn;
} nsr_progress;
void nsr_progress_start(nsr_progress *progress, const char *stage, int64_t skipped, int64_t total);
void nsr_progress_draw(nsr_progress *progress, int64_t done, bool last);
double nsr_seconds_now(void); /* monotonic */
/* "1 h 16 min", "3.2 s" */
void nsr_seconds_text(double seconds, char *text, size_t size);
/* --- base/text.c, local: "1.5 GB" (decimal) --- */
void nsr_bytes_text(int64_t bytes, char *text, size_t size);

/* --- base/team.c --- */
typedef enum nsr_stop {
    NSR_GO,
    NSR_DRAIN, /* SIGUSR1, --on-error: finish the segment in hand, take no other */
    NSR_DROP   /* SIGTERM, SIGINT, a run error: give up the segment in hand at the next batch */
} nsr_stop;

typedef struct nsr_team nsr_team;
nsr_team *nsr_team_open(const nsr_comm *comm, const nsr_config *config,
                        nsr_err *err); /* installs the signal handlers */
void nsr_team_close(nsr_team *team);
int nsr_team_threads(const nsr_team *team);
/* The run ends on all ranks, with the message of `may`, when that says no (the lock was lost). Asked often: in stages
   and by nsr_team_goes_on. NULL: nobody is asked any more. */
typedef bool nsr_team_may(const void *user, nsr_err *err);
void nsr_team_only_while(nsr_team *team, nsr_team_may *may, const void *user);

typedef struct nsr_stage {
    const char *name;
    int64_t skipped, total;                               /* frames over all ranks, for progress */
    void (*work)(void *user, int worker, nsr_team *team); /* a worker's whole loop */
    void *user;
    bool main_works; /* the main thread is the only worker (it may call MPI); watching happens inside nsr_team_stop */
} nsr_stage;
/* Collective. Returns after all workers of all ranks ended. False when a worker failed (first failing rank's message)
   or a signal stopped the stage (NSR_ESTOPPED). */
bool nsr_team_run(nsr_team *team, const nsr_comm *comm, const nsr_stage *stage, nsr_err *err);

/* For the main thread in long work between stages; local. NSR_ESTOPPED after a signal. `team` may be NULL. */
bool nsr_team_goes_on(nsr_team *team, nsr_err *err);

/* For workers; local, thread-safe. */
nsr_stop nsr_team_stop(nsr_team *team);
void nsr_team_report(nsr_team *team, int64_t frames);
void nsr_team_fail(nsr_team *team, const nsr_err *err); /* a run error: stops the dealing on all ranks */

#ifdef __cplusplus
}
#endif
#endif
