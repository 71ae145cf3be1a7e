/* SPDX-License-Identifier: MIT */
/* The sampled subset: the positions of the selection whose values decide the colour limits. All of them, or, as an
   estimate, some. */
#ifndef NSR_PLAN_SUBSET_H
#define NSR_PLAN_SUBSET_H

#include <nsrender/plan.h>

typedef struct nsr_subset {
    enum { NSR_SUBSET_ALL, NSR_SUBSET_STRIDE, NSR_SUBSET_SAMPLE } kind;
    int64_t n, of;     /* positions of the subset, of the selection */
    int64_t stride;    /* of NSR_SUBSET_STRIDE; else 1 */
    int64_t seed;      /* of NSR_SUBSET_SAMPLE */
    int64_t *position; /* of NSR_SUBSET_SAMPLE: n of them, ascending; owned */
} nsr_subset;

/* Fills the subset that --sample, --seed and --range-stride describe. Collective: the root draws the sample. NSR_EUSAGE
   when the options exclude each other or are no numbers. */
bool nsr_subset_make(nsr_subset *subset, const nsr_config *config, const nsr_plan *plan, const nsr_comm *comm,
                     nsr_err *err);
/* Frees the positions. Local. */
void nsr_subset_free(nsr_subset *subset);
/* The first position of the subset from `at` on; INT64_MAX behind the last. Local. */
int64_t nsr_subset_next(const nsr_subset *subset, int64_t at);
/* "all frames", "every 4th of 1000 frames", "100 of 2000 frames, drawn with seed 1". Two subsets are the same when
   their texts are. Local. */
void nsr_subset_text(const nsr_subset *subset, char *text, size_t size);

#endif
