/* SPDX-License-Identifier: MIT */
/* The positions of the pick whose values the limits of the display are taken from: all, or, as an estimate, some. */
#ifndef NSR_PLAN_SUBSET_H
#define NSR_PLAN_SUBSET_H

#include "stages/run.h"

/* From --sample, --seed and --range-stride. Collective: the root draws. */
bool nsr_subset_make(nsr_subset *subset, const nsr_config *config, const nsr_plan *plan, const nsr_comm *comm,
                     nsr_err *err);
void nsr_subset_free(nsr_subset *subset);
/* The first chosen position from `at` on; INT64_MAX behind the last. Local. */
int64_t nsr_subset_next(const nsr_subset *subset, int64_t at);
/* "all frames", "every 4th frame", "10000 of 200000 frames (seed 1)". Two bases are the same when their texts are. */
void nsr_subset_text(const nsr_subset *subset, char *text, size_t size);

#endif
