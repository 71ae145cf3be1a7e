/* SPDX-License-Identifier: MIT */
/* What a run runs with. */
#ifndef NSR_COMMAND_RUNS_WITH_H
#define NSR_COMMAND_RUNS_WITH_H

#include <nsrender/team.h>

/* Logs the first line of a run: ranks, nodes, threads, memory, job, version; and warns where these are likely to be a
   mistake. Collective. */
void nsr_log_runs_with(const nsr_config *config, const nsr_comm *comm);

#endif
