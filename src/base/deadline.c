/* SPDX-License-Identifier: MIT */
/* Slurm names the end of a job (SLURM_JOB_END_TIME, since 23.02; the job scripts set it before), Torque its length
   (PBS_WALLTIME). Other batch systems do not tell; --max-time does. */
#include "deadline.h"
#include "process.h"
#include <math.h>
#include <nsrender/team.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* What is left for the end of the run: a twentieth, up to a minute. mpirun takes about two seconds after the first rank
   ended with a code. */
static double spare(double left, int ranks) {
    const double part = left / 20, least = ranks > 1 ? 4 : 2;
    return part < least ? least : part > 60 ? 60 : part;
}

/* The seconds that are left, and of what. */
typedef struct time_left {
    double seconds;
    char what[80];
} time_left;

static void take_earlier(time_left *least, double seconds, const char *what, const char *which) {
    if (seconds >= least->seconds) return;
    least->seconds = seconds;
    snprintf(least->what, sizeof least->what, "%s%.50s", what, which);
}

static const char *setting(const char *name) {
    const char *text = getenv(name);
    return text ? text : "";
}

static time_left find_time_left(const nsr_config *config) {
    time_left least = {.seconds = INFINITY};
    const double limit = config->run.max_time.seconds, slurm = atof(setting("SLURM_JOB_END_TIME")),
                 torque = atof(setting("PBS_WALLTIME"));
    char clock[20];
    snprintf(clock, sizeof clock, "%02d:%02d:%02d", (int)(limit / 3600), (int)(limit / 60) % 60, (int)limit % 60);
    if (limit > 0) take_earlier(&least, limit - nsr_process_age(getpid()), "the end of --max-time ", clock);
    if (slurm > 0) take_earlier(&least, slurm - (double)time(NULL), "the end of Slurm job ", setting("SLURM_JOB_ID"));
    /* The job's script leads the session. */
    if (torque > 0)
        take_earlier(&least, torque - nsr_process_age(getsid(0)), "the end of PBS job ", setting("PBS_JOBID"));
    return least;
}

nsr_deadline nsr_deadline_find(const nsr_comm *comm, const nsr_config *config) {
    time_left left = {.seconds = INFINITY};
    if (nsr_is_root(comm)) left = find_time_left(config);
    nsr_bcast(comm, &left, sizeof left);
    nsr_deadline deadline = {.stop = nsr_seconds_now() + left.seconds - spare(left.seconds, nsr_ranks(comm))};
    snprintf(deadline.what, sizeof deadline.what, "%s", left.what);
    return deadline;
}
