/* SPDX-License-Identifier: MIT */
/* Each rank speaks for itself, because a rank that hangs answers no message. */
#include "standings.h"
#include <nsrender/log.h>
#include <nsrender/team.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const double PATIENCE = 10; /* seconds for workers to drop what they do */

struct nsr_standing {
    _Atomic(const char *) at; /* NULL: nowhere yet */
    atomic_llong number;
    _Atomic double since;
};

bool nsr_standings_open(nsr_standings *standings, int workers, nsr_err *err) {
    *standings = (nsr_standings){calloc((size_t)workers, sizeof *standings->of), workers};
    return standings->of || nsr_fail(err, NSR_EINTERNAL, "out of memory for the workers");
}

void nsr_standings_close(nsr_standings *standings) {
    free(standings->of);
    *standings = (nsr_standings){0};
}

void nsr_standings_put(nsr_standings *standings, int worker, const char *at, int64_t number) {
    nsr_standing *own = &standings->of[worker];
    atomic_store(&own->number, number);
    atomic_store(&own->since, nsr_seconds_now());
    atomic_store(&own->at, at);
}

void nsr_stall_start(nsr_stall *stall) {
    stall->frames = 0;
    stall->moved = nsr_seconds_now();
    stall->told = 0;
}

bool nsr_stall_found(nsr_stall *stall, int64_t frames) {
    if (frames != stall->frames) stall->moved = nsr_seconds_now();
    stall->frames = frames;
    return nsr_seconds_now() - stall->moved > stall->timeout; /* never, if that is NaN */
}

static void say(const nsr_standings *standings, const nsr_comm *comm) {
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    for (int i = 0; i < standings->n; i++) {
        const nsr_standing *of = &standings->of[i];
        const char *at = atomic_load(&of->at);
        char seconds[40];
        nsr_seconds_text(nsr_seconds_now() - atomic_load(&of->since), seconds, sizeof seconds);
        if (at)
            nsr_say_here("rank %d on %s, worker %d: at %s %lld since %s", nsr_rank(comm), host, i, at,
                         (long long)atomic_load(&of->number), seconds);
        else
            nsr_say_here("rank %d on %s, worker %d: has begun nothing", nsr_rank(comm), host, i);
    }
}

void nsr_stall_report(nsr_stall *stall, const nsr_standings *standings, const nsr_comm *comm) {
    const double now = nsr_seconds_now();
    if (stall->told == 0) {
        stall->told = now;
        say(standings, comm);
    } else if (now - stall->told > PATIENCE) {
        nsr_say_here("rank %d: a worker hangs in the system; the processes are ended, finished segments are kept",
                     nsr_rank(comm));
        nsr_comm_abort(comm, NSR_ESTOPPED);
    }
}
