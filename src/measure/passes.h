/* SPDX-License-Identifier: MIT */
/* Passes over the values of the sampled subset, shared by all ranks and threads. Everything here is collective. */
#ifndef NSR_MEASURE_PASSES_H
#define NSR_MEASURE_PASSES_H

#include "measurement.h"

/* --- pass.c: one pass --- */
/* Range and identity in one streamed pass; fills the cache; counts for `keys` and `bracketed` unless NULL. Frames that
   cannot be read are counted (range.n_bad) and their first message is kept in the cache; that is no failure here. */
bool nsr_pass_range(nsr_measurement *m, nsr_key_counts *keys, nsr_bracketed_counts *bracketed, const nsr_comm *comm,
                    nsr_err *err);
/* Only counts for `keys` and `bracketed`. Cached work items are not read again. */
bool nsr_pass_counts(nsr_measurement *m, nsr_key_counts *keys, nsr_bracketed_counts *bracketed, const nsr_comm *comm,
                     nsr_err *err);
/* Only counts values per step of the histogram. */
bool nsr_pass_histogram(nsr_measurement *m, nsr_histogram *histogram, const nsr_comm *comm, nsr_err *err);

/* --- pilot_sample.c --- */
/* Brackets of these percentiles, from values of some rows, where rows can be read one by one and are many; elsewhere
   bracketed->n is 0. */
bool nsr_pilot_sample(nsr_measurement *m, const nsr_percentiles *sought, nsr_bracketed_counts *bracketed,
                      const nsr_comm *comm, nsr_err *err);

/* --- passes.c: as many passes as needed --- */
/* Measures the range, and those of m->wanted that m->percentiles lacks. Known values are kept, unless some frames could
   not be read when they were measured: these may have been repaired. */
bool nsr_measure(nsr_measurement *m, const nsr_comm *comm, nsr_err *err);
/* Measures again what is known. *same: whether the results are. Where fewer frames can be read than before, it is
   enough that no value lies outside of the known range, which then stays. */
bool nsr_measure_again(nsr_measurement *m, bool *same, const nsr_comm *comm, nsr_err *err);
/* The percentiles of all values of n fields together, whose ranges are known, into shared->percentiles. */
bool nsr_measure_shared(nsr_measurement *shared, nsr_measurement *const *field, int n, const nsr_comm *comm,
                        nsr_err *err);

#endif
