/* SPDX-License-Identifier: MIT */
/* The number of values outside the colour limits, and the histogram of all values. */
#ifndef NSR_MEASURE_HISTOGRAM_H
#define NSR_MEASURE_HISTOGRAM_H

#include "measurement.h"

/* Fills m->clip, by one more pass where range and percentiles do not suffice, and writes the file that --histogram
   names. `run_id` marks its temporary name. NSR_EUSAGE for a name that ends neither with .png nor with .csv.
   Collective. */
bool nsr_measure_clip(nsr_measurement *m, const char *run_id, const nsr_comm *comm, nsr_err *err);

#endif
