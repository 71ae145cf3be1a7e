/* SPDX-License-Identifier: MIT */
/* The workers of a run: scheduling, progress, signals, and stopping on all ranks. A stage runs `threads` workers
   (OpenMP) while the main thread watches: it alone calls MPI, reports this rank's progress to the root, checks for a
   stop and, on the root, draws progress. */
#ifndef NSRENDER_TEAM_H
#define NSRENDER_TEAM_H

#include <nsrender/comm.h>
#include <nsrender/config.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- base/queue.c: schedules n items cyclically over the ranks. A worker takes its own rank's items first, then (with
   `steal`) items of the rank of its node that has most items left. --- */
typedef struct nsr_queue {
    nsr_window window; /* a (next, end) pair per rank of the node, then the number of each */
    int64_t n;
    int rank, ranks, node_rank, node_ranks;
    bool steal;
} nsr_queue;
/* Open and close are collective. Items are numbered from 0; n <= UINT32_MAX. Close is also allowed after a
   failed open. */
bool nsr_queue_open(nsr_queue *queue, const nsr_comm *comm, int64_t n, bool steal, nsr_err *err);
void nsr_queue_close(nsr_queue *queue, const nsr_comm *comm);
/* The number of the next item; -1 when none is left that this rank may take. Local, thread-safe. */
int64_t nsr_queue_next(nsr_queue *queue);

/* --- base/machine.c: the cpus and the memory that this process may use --- */
/* Cpus in the affinity mask. Local. */
int nsr_usable_cpus(void);
/* Workers of this rank: --threads, or the least of: usable cpus divided by the ranks of the node that share the
   affinity mask; what Slurm granted to a task, or to the node divided by its ranks; OMP_NUM_THREADS. One with --io
   mpio. Collective. */
int nsr_threads(const nsr_config *config, const nsr_comm *comm);
/* Bytes that this rank may use: --memory, or half of its share of what cgroup, Slurm and the machine grant to the
   node, without the 64 MB that libraries take. Local. */
int64_t nsr_granted_memory(const nsr_config *config, const nsr_comm *comm);

/* --- base/progress.c, local: progress on stderr; `show` is NSR_SHOW_NONE on other ranks than the root --- */
enum { NSR_PROGRESS_SEEN = 31 };
typedef struct nsr_progress_seen {
    double time;
    int64_t done;
} nsr_progress_seen;
typedef struct nsr_progress {
    enum { NSR_SHOW_NONE, NSR_SHOW_BAR, NSR_SHOW_LINE, NSR_SHOW_JSON } show;
    const char *stage;
    int64_t done, skipped, total;  /* frames; `skipped` were done by earlier runs and are part of `total` */
    double start, last;            /* monotonic seconds */
    bool drawn;
    int n_seen;
    nsr_progress_seen seen[NSR_PROGRESS_SEEN]; /* in the last half minute, at most one a second */
} nsr_progress;
/* Starts a stage of `total` frames of which earlier runs did `skipped`. `show` is kept; `stage` must outlive it. */
void nsr_progress_start(nsr_progress *progress, const char *stage, int64_t skipped, int64_t total);
/* Draws when enough time has passed since the last drawing. `done`: frames of this run; `last`: the stage has ended. */
void nsr_progress_draw(nsr_progress *progress, int64_t done, bool last);
/* Lines at begin and end of a stage without frames, in a log only. */
void nsr_progress_begins(const nsr_progress *progress, const char *stage);
void nsr_progress_ends(const nsr_progress *progress, const char *stage, double seconds);
double nsr_seconds_now(void); /* of the monotonic clock */
/* "1 h 16 min", "3.2 s" */
void nsr_seconds_text(double seconds, char *text, size_t size);
/* --- base/text.c, local: "1.5 GB" (decimal) --- */
void nsr_bytes_text(int64_t bytes, char *text, size_t size);

/* --- base/team.c --- */
typedef enum nsr_stop {
    NSR_GO,
    NSR_DRAIN, /* SIGUSR1, no time for another segment: finish the current one and take no other */
    NSR_DROP   /* SIGTERM, SIGINT, no time, a run error: abandon the current segment at the next batch */
} nsr_stop;

/* --- base/signals.c ---
   Catches SIGUSR1, whose default would end the process, and ignores SIGPIPE. The program calls it first: a batch system
   may send SIGUSR1 while MPI starts, and the run then stops at its first stage. Local. */
void nsr_signals_start(void);

typedef struct nsr_team nsr_team;
/* Chooses the number of workers and installs the signal handlers. Collective; NULL when memory is short
   (NSR_EINTERNAL). Close is local; NULL is allowed. */
nsr_team *nsr_team_open(const nsr_comm *comm, const nsr_config *config, nsr_err *err);
void nsr_team_close(nsr_team *team);
/* Workers of a stage on this rank. Local. */
int nsr_team_threads(const nsr_team *team);
/* Later stages have at most so many. Local. */
void nsr_team_limit(nsr_team *team, int threads);
/* May the run continue? If not, sets `err`. */
typedef bool nsr_team_may(const void *user, nsr_err *err);
/* Sets the condition under which the run continues (this rank still has the lock). `may` is called every few
   milliseconds in stages, and by nsr_team_goes_on; its error ends the run on all ranks. NULL removes the condition.
   Local. */
void nsr_team_only_while(nsr_team *team, nsr_team_may *may, const void *user);

typedef struct nsr_stage {
    const char *name;
    int64_t skipped, total;                               /* frames of all ranks, for progress */
    void (*work)(void *user, int worker, nsr_team *team); /* the whole loop of one worker */
    void *user;
    bool main_works; /* the main thread is the only worker (it may call MPI) and watches inside nsr_team_stop */
} nsr_stage;
/* Runs a stage; returns after all workers of all ranks have ended. False when a worker failed (with the message of the
   first failing rank) or a signal stopped the stage (NSR_ESTOPPED). Collective. */
bool nsr_team_run(nsr_team *team, const nsr_comm *comm, const nsr_stage *stage, nsr_err *err);

/* A step of the main thread without workers begins and ends: lines in the log. `begins` returns what `ends` takes.
   Local. */
double nsr_team_begins(const nsr_team *team, const char *step);
void nsr_team_ends(const nsr_team *team, const char *step, double start);
/* Checks for signals, the end of the time and the condition of nsr_team_only_while during long work of the main thread
   between stages. False with NSR_ESTOPPED after a signal or when the time is over. `team` may be NULL. Local. */
bool nsr_team_goes_on(nsr_team *team, nsr_err *err);
/* The same, and whether there is time for work of so many seconds. */
bool nsr_team_goes_on_for(nsr_team *team, double seconds, nsr_err *err);

/* For workers; local, thread-safe: whether to stop, progress by `frames` more frames, and a run error, which stops the
   stage on all ranks. */
nsr_stop nsr_team_stop(nsr_team *team);
/* Whether work of so many seconds would end in the time that the run has. If not, the stage is drained. */
bool nsr_team_has_time(nsr_team *team, double seconds);
/* Keeps at least so many seconds at the end of the run, for a last flush. */
void nsr_team_reserve(nsr_team *team, double seconds);
/* What this worker does now, for --stall-timeout: "segment", 17. `at` must be a literal. */
void nsr_team_stands(nsr_team *team, int worker, const char *at, int64_t number);
void nsr_team_report(nsr_team *team, int64_t frames);
void nsr_team_fail(nsr_team *team, const nsr_err *err);

#ifdef __cplusplus
}
#endif
#endif
