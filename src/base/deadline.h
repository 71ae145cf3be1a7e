/* SPDX-License-Identifier: MIT */
/* The time that a run has: --max-time, or what its batch system says. */
#ifndef NSR_BASE_DEADLINE_H
#define NSR_BASE_DEADLINE_H

#include <nsrender/comm.h>
#include <nsrender/config.h>

typedef struct nsr_deadline {
    double stop; /* when the run begins to end, early enough to flush and to leave MPI: monotonic seconds of this rank;
                    infinite where no end is known */
    char what[80]; /* "the end of --max-time 00:10:00", "the end of Slurm job 17" */
} nsr_deadline;

/* The root decides for all ranks, which count on from then with their own clocks. Of several ends the first counts.
   Collective. */
nsr_deadline nsr_deadline_find(const nsr_comm *comm, const nsr_config *config);

#endif
