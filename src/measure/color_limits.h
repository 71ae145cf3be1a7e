/* SPDX-License-Identifier: MIT */
/* From options and values to the window of the display. */
#ifndef NSR_MEASURE_COLOR_LIMITS_H
#define NSR_MEASURE_COLOR_LIMITS_H

#include "stages/run.h"

/* --- limits.c --- */
/* What the options want of the range: percentiles, subset, norm, given limits. Nothing of the field is read.
   Collective. */
bool nsr_color_limits_prepare(nsr_run *run, const nsr_comm *comm, nsr_err *err);
/* run->limits and borders from range and percentiles. Local. */
bool nsr_color_limits_set(nsr_run *run, nsr_err *err);
/* What a person should know of them. Local. */
void nsr_color_limits_say(const nsr_run *run);
/* Of the rows that were looked at, how many have a peak, and of how many it lies in the lowest tenth of the colours. */
int nsr_color_limits_peaks(const nsr_run *run, int *dark);
/* --- limits_file.c: --limits FILE.json. Collective. --- */
bool nsr_color_limits_load(nsr_run *run, const nsr_comm *comm, nsr_err *err);
/* --- measure.c. Collective. --- */
/* Finds what is not known yet of run->wanted, and the range. */
bool nsr_color_limits_measure(nsr_run *run, const nsr_comm *comm, nsr_err *err);
/* The percentiles of all values of n fields, whose ranges are known: to top->percentiles. */
bool nsr_color_limits_measure_shared(nsr_run *top, nsr_run *field, int n, const nsr_comm *comm, nsr_err *err);

#endif
