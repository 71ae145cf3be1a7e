/* SPDX-License-Identifier: MIT */
/* How values spread, and how many lie outside the limits. */
#ifndef NSR_MEASURE_HISTOGRAM_H
#define NSR_MEASURE_HISTOGRAM_H

#include "stages/run.h"

/* Fills run->clip, by one more pass where range and percentiles do not tell, and makes what --histogram names.
   Collective. */
bool nsr_print_histogram(nsr_run *run, const nsr_comm *comm, nsr_err *err);

#endif
