/* SPDX-License-Identifier: MIT */
/* From options and measured values to the colour limits. */
#ifndef NSR_MEASURE_COLOR_LIMITS_H
#define NSR_MEASURE_COLOR_LIMITS_H

#include "measurement.h"

/* --- color_limits.c --- */
/* Reads the options of m->config: percentiles, sampled subset, norm, given limits. Reads no values.
   NSR_EUSAGE for options that exclude each other. Collective. */
bool nsr_color_limits_prepare(nsr_measurement *m, const nsr_comm *comm, nsr_err *err);
/* Fills m->limits and m->borders from range and percentiles. NSR_EUSAGE for limits that are not in order. Local. */
bool nsr_color_limits_set(nsr_measurement *m, nsr_err *err);
/* Logs what a person should know of the limits: estimates, a logarithm without positive values, dark pictures. Local.
 */
void nsr_color_limits_log(const nsr_measurement *m);
/* Of the rows that identify the input: how many have a finite value, and (*dark) how many of these have their largest
   value in the lowest tenth of the colours. Local. */
int nsr_color_limits_peaks(const nsr_measurement *m, int *dark);

/* --- limits_file.c --- */
/* Reads vmin and vmax of the document that --limits FILE.json names into --vmin and --vmax of m->config, unless these
   are given. NSR_EDATA when the document belongs to another field. Collective. */
bool nsr_color_limits_load(nsr_measurement *m, const nsr_comm *comm, nsr_err *err);

#endif
