/* SPDX-License-Identifier: MIT */
/* One parallel region per stage: thread 0 watches, the others work. A rank sends the root its number of frames and its
   wish to stop; the root sends all ranks the order to stop and, after the last rank, the end of the stage. Watching
   polls with sleeps in between, so that idle ranks leave the cpus to busy ones. */
#include "c_locale.h"
#include "deadline.h"
#include "log_file.h"
#include "signals.h"
#include "standings.h"
#include "timed_wait.h"
#include <errno.h>
#include <nsrender/log.h>
#include <nsrender/team.h>
#include <omp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TAG_UP = 71, TAG_DOWN = 72 };
enum { FAILED = NSR_DROP + 1 }; /* a worker failed: the rank that holds the error reports it, others add none */
static const double SLEEP = 0.005, SEND_EVERY = 0.2; /* seconds */

/* Why a stage is stopped, beside a signal or a failure of a worker. */
enum { NO_TIME = 1, STALLED = 2 };

typedef struct news {
    int64_t frames, stop, why, over;
} news; /* TAG_UP: state of one rank; TAG_DOWN: order of the root, without frames */

struct nsr_team {
    nsr_progress progress;
    int threads;
    nsr_team_may *may;
    const void *may_user;
    /* shared with workers */
    atomic_int stop, why, working;
    atomic_llong frames;
    _Atomic double reserve; /* seconds that the end of the run will take beside what the deadline spares */
    pthread_mutex_t mutex;
    pthread_cond_t ended;
    nsr_err err;
    /* used by the main thread only */
    const nsr_comm *comm;
    nsr_deadline deadline;
    nsr_standings standings; /* where the workers are */
    nsr_stall stall;
    bool main_works, over;
    int stop_sent; /* stop level last sent: by this rank to the root, or by the root to all */
    news *of_rank; /* on the root: the last news from each rank */
    double sent_at;
    news sent_news;
};

static void choose_threads(nsr_team *team, const nsr_comm *comm, const nsr_config *config) {
    team->threads = nsr_threads(config, comm);
    if (team->threads > nsr_usable_cpus())
        nsr_warn("%d threads on %d cpus: mpirun binds a rank to one core for -n 1 and -n 2; use --bind-to none",
                 team->threads, nsr_usable_cpus());
}

static int choose_display(const nsr_comm *comm, const nsr_config *config) {
    const char *name = config->run.progress ? config->run.progress : "auto";
    if (!nsr_is_root(comm) || (config->run.quiet && strcmp(name, "json"))) return NSR_SHOW_NONE;
    if (!strcmp(name, "bar")) return NSR_SHOW_BAR;
    if (!strcmp(name, "line")) return NSR_SHOW_LINE;
    if (!strcmp(name, "json")) return NSR_SHOW_JSON;
    if (!strcmp(name, "none")) return NSR_SHOW_NONE;
    return isatty(STDERR_FILENO) ? NSR_SHOW_BAR : NSR_SHOW_LINE;
}

nsr_team *nsr_team_open(const nsr_comm *comm, const nsr_config *config, nsr_err *err) {
    nsr_team *team = calloc(1, sizeof *team);
    news *of_rank = calloc((size_t)nsr_ranks(comm), sizeof *of_rank);
    if (!team || !of_rank) {
        free(team);
        free(of_rank);
        nsr_fail(err, NSR_EINTERNAL, "out of memory for the workers");
        return NULL;
    }
    team->of_rank = of_rank;
    team->progress.show = choose_display(comm, config);
    choose_threads(team, comm, config);
    team->deadline = nsr_deadline_find(comm, config);
    team->stall.timeout = config->run.stall_timeout;
    pthread_mutex_init(&team->mutex, NULL);
    nsr_timed_cond_init(&team->ended);
    nsr_signals_catch();
    if (nsr_standings_open(&team->standings, team->threads, err)) return team;
    nsr_team_close(team);
    return NULL;
}

void nsr_team_close(nsr_team *team) {
    if (!team) return;
    nsr_standings_close(&team->standings);
    pthread_cond_destroy(&team->ended);
    pthread_mutex_destroy(&team->mutex);
    free(team->of_rank);
    free(team);
}

int nsr_team_threads(const nsr_team *team) { return team->threads; }

void nsr_team_limit(nsr_team *team, int threads) {
    if (team->threads > threads) team->threads = threads;
}

void nsr_team_only_while(nsr_team *team, nsr_team_may *may, const void *user) {
    team->may = may;
    team->may_user = user;
}

void nsr_team_stands(nsr_team *team, int worker, const char *at, int64_t number) {
    nsr_standings_put(&team->standings, worker, at, number);
}

void nsr_team_report(nsr_team *team, int64_t frames) { atomic_fetch_add(&team->frames, frames); }

static void raise_stop(nsr_team *team, int level) {
    int seen = atomic_load(&team->stop);
    while (seen < level && !atomic_compare_exchange_weak(&team->stop, &seen, level)) {
    }
}

static void stop_because(nsr_team *team, int why, int level) {
    atomic_fetch_or(&team->why, why);
    raise_stop(team, level);
}

void nsr_team_fail(nsr_team *team, const nsr_err *err) {
    pthread_mutex_lock(&team->mutex);
    if (nsr_good(&team->err)) team->err = *err;
    pthread_mutex_unlock(&team->mutex);
    raise_stop(team, FAILED);
}

static void send_to_root(nsr_team *team, bool over) {
    news now = {atomic_load(&team->frames), atomic_load(&team->stop), atomic_load(&team->why), over};
    double time = nsr_seconds_now();
    bool due = over || now.stop > team->stop_sent ||
               (now.frames != team->sent_news.frames && time - team->sent_at > SEND_EVERY);
    if (!due) return;
    MPI_Send(&now, sizeof now, MPI_BYTE, 0, TAG_UP,
             nsr_comm_mpi(team->comm)); /* small, so MPI sends it eagerly and does not block */
    team->sent_at = time;
    team->sent_news = now;
    team->stop_sent = (int)now.stop;
}

static void receive_from_root(nsr_team *team) {
    int waiting = 0;
    MPI_Status status;
    while (!team->over && !MPI_Iprobe(0, TAG_DOWN, nsr_comm_mpi(team->comm), &waiting, &status) && waiting) {
        news word;
        MPI_Recv(&word, sizeof word, MPI_BYTE, 0, TAG_DOWN, nsr_comm_mpi(team->comm), MPI_STATUS_IGNORE);
        stop_because(team, (int)word.why, (int)word.stop);
        if (word.stop > team->stop_sent) team->stop_sent = (int)word.stop;
        team->over = word.over;
    }
}

static void send_to_all(nsr_team *team, bool over) {
    news word = {0, atomic_load(&team->stop), atomic_load(&team->why), over};
    for (int rank = 1; rank < nsr_ranks(team->comm); rank++)
        MPI_Send(&word, sizeof word, MPI_BYTE, rank, TAG_DOWN, nsr_comm_mpi(team->comm));
    team->stop_sent = (int)word.stop;
    team->over = over;
}

static void receive_from_all(nsr_team *team) {
    int waiting = 0;
    MPI_Status status;
    while (nsr_ranks(team->comm) > 1 &&
           !MPI_Iprobe(MPI_ANY_SOURCE, TAG_UP, nsr_comm_mpi(team->comm), &waiting, &status) && waiting) {
        news *of = &team->of_rank[status.MPI_SOURCE];
        MPI_Recv(of, sizeof *of, MPI_BYTE, status.MPI_SOURCE, TAG_UP, nsr_comm_mpi(team->comm), MPI_STATUS_IGNORE);
        stop_because(team, (int)of->why, (int)of->stop);
    }
}

static bool may_go_on(nsr_team *team, nsr_err *err) { return !team->may || team->may(team->may_user, err); }

static void root_watches(nsr_team *team, bool over_here) {
    receive_from_all(team);
    team->of_rank[0] = (news){atomic_load(&team->frames), atomic_load(&team->stop), 0, over_here};
    int64_t frames = 0;
    bool all_over = true;
    for (int rank = 0; rank < nsr_ranks(team->comm); rank++) {
        frames += team->of_rank[rank].frames;
        all_over = all_over && team->of_rank[rank].over;
    }
    if (!all_over && nsr_stall_found(&team->stall, frames)) stop_because(team, STALLED, NSR_DROP);
    if (all_over || atomic_load(&team->stop) > team->stop_sent) send_to_all(team, all_over);
    nsr_progress_draw(&team->progress, frames, all_over);
}

static bool has_time(const nsr_team *team, double seconds) {
    return nsr_seconds_now() + seconds < team->deadline.stop - atomic_load(&team->reserve);
}

void nsr_team_reserve(nsr_team *team, double seconds) {
    double known = atomic_load(&team->reserve);
    while (known < seconds && !atomic_compare_exchange_weak(&team->reserve, &known, seconds)) {
    }
}

/* Handles signals, messages and progress once. `over`: this rank's workers have ended. */
static void watch(nsr_team *team, bool over) {
    nsr_err err = {0};
    if (nsr_signals_asked() != NSR_GO) raise_stop(team, nsr_signals_asked());
    if (!has_time(team, 0)) stop_because(team, NO_TIME, NSR_DROP);
    if (!may_go_on(team, &err)) nsr_team_fail(team, &err);
    if (atomic_load(&team->why) & STALLED) nsr_stall_report(&team->stall, &team->standings, team->comm);
    if (nsr_is_root(team->comm)) {
        root_watches(team, over);
    } else {
        receive_from_root(team);
        if (!team->sent_news.over) send_to_root(team, over);
    }
}

nsr_stop nsr_team_stop(nsr_team *team) {
    if (team->main_works) watch(team, false);
    int stop = atomic_load(&team->stop);
    return stop > NSR_DROP ? NSR_DROP : (nsr_stop)stop;
}

bool nsr_team_has_time(nsr_team *team, double seconds) {
    if (has_time(team, seconds)) return true;
    stop_because(team, NO_TIME, NSR_DRAIN);
    return false;
}

static bool fail_stopped(const nsr_team *team, int why, nsr_err *err) {
    if (why & STALLED)
        return nsr_fail(err, NSR_ESTOPPED,
                        "no worker has finished a frame for %g s (--stall-timeout), see above where each rank was; "
                        "finished segments are kept",
                        team->stall.timeout);
    if (why & NO_TIME)
        return nsr_fail(err, NSR_ESTOPPED, "stopped before %s; finished segments are kept", team->deadline.what);
    return nsr_fail(err, NSR_ESTOPPED, "stopped by a signal; finished segments are kept");
}

bool nsr_team_goes_on_for(nsr_team *team, double seconds, nsr_err *err) {
    if (team && !may_go_on(team, err)) return false;
    if (nsr_signals_asked() != NSR_GO) return fail_stopped(team, 0, err);
    return !team || has_time(team, seconds) || fail_stopped(team, NO_TIME, err);
}

bool nsr_team_goes_on(nsr_team *team, nsr_err *err) { return nsr_team_goes_on_for(team, 0, err); }

static void sleep_a_little(nsr_team *team) {
    const struct timespec until = nsr_time_after(SLEEP);
    pthread_mutex_lock(&team->mutex);
    pthread_cond_timedwait(&team->ended, &team->mutex, &until);
    pthread_mutex_unlock(&team->mutex);
}

static void watch_until_over(nsr_team *team) {
    while (!team->over) {
        bool over = atomic_load(&team->working) == 0;
        watch(team, over);
        if (!team->over) sleep_a_little(team);
    }
}

static void work_here(nsr_team *team, const nsr_stage *stage, int worker) {
    const nsr_c_locale c = nsr_c_locale_begin(); /* a locale belongs to one thread */
    stage->work(stage->user, worker, team);
    nsr_c_locale_end(&c);
    if (atomic_fetch_sub(&team->working, 1) > 1) return;
    pthread_mutex_lock(&team->mutex);
    pthread_cond_signal(&team->ended);
    pthread_mutex_unlock(&team->mutex);
}

/* The main thread alone works, and watches inside nsr_team_stop. */
static void work_as_main(nsr_team *team, const nsr_stage *stage) {
    team->main_works = true;
    work_here(team, stage, 0);
    team->main_works = false;
}

static void begin_stage(nsr_team *team, const nsr_comm *comm, const nsr_stage *stage) {
    team->comm = comm;
    team->over = false;
    team->err = (nsr_err){0};
    team->stop_sent = NSR_GO;
    team->sent_news = (news){0};
    memset(team->of_rank, 0, (size_t)nsr_ranks(comm) * sizeof *team->of_rank);
    atomic_store(&team->frames, 0);
    atomic_store(&team->stop, NSR_GO);
    atomic_store(&team->why, 0);
    nsr_stall_start(&team->stall);
    nsr_progress_start(&team->progress, stage->name, stage->skipped, stage->total);
}

/* The runtime may grant fewer threads than requested (OMP_THREAD_LIMIT). A single thread works, and then
   watches until the other ranks have ended. There is no barrier, because threads of the OpenMP
   runtime spin while they wait. */
static void work_and_watch(nsr_team *team, const nsr_stage *stage) {
    atomic_store(&team->working, team->threads);
#pragma omp parallel num_threads(team->threads + 1)
    {
        int thread = omp_get_thread_num(), workers = omp_get_num_threads() - 1;
        if (thread == 0) atomic_fetch_sub(&team->working, team->threads - (workers > 0 ? workers : 1));
        if (workers == 0) work_as_main(team, stage);
        if (thread > 0) work_here(team, stage, thread - 1);
        if (thread == 0) watch_until_over(team);
    }
}

double nsr_team_begins(const nsr_team *team, const char *step) {
    nsr_log_file_event("begin", "{ss}", "stage", step);
    nsr_progress_begins(&team->progress, step);
    return nsr_seconds_now();
}

void nsr_team_ends(const nsr_team *team, const char *step, double start) {
    const double seconds = nsr_seconds_now() - start;
    nsr_log_file_event("end", "{sssf}", "stage", step, "seconds", seconds);
    nsr_progress_ends(&team->progress, step, seconds);
}

/* A stage with frames; progress on the terminal draws its begin and end. */
static void log_stage(const nsr_team *team, const char *event, const nsr_stage *stage) {
    nsr_log_file_event(event, "{sssI}", "stage", stage->name, "frames", (json_int_t)atomic_load(&team->frames));
}

bool nsr_team_run(nsr_team *team, const nsr_comm *comm, const nsr_stage *stage, nsr_err *err) {
    begin_stage(team, comm, stage);
    log_stage(team, "begin", stage);
    if (stage->main_works) {
        atomic_store(&team->working, 1);
        work_as_main(team, stage);
        watch_until_over(team);
    } else {
        work_and_watch(team, stage);
    }
    log_stage(team, "end", stage);
    if (nsr_good(err)) *err = team->err;
    int stop = atomic_load(&team->stop);
    if (nsr_good(err) && stop != NSR_GO && stop != FAILED) fail_stopped(team, atomic_load(&team->why), err);
    return nsr_agree(comm, err);
}
