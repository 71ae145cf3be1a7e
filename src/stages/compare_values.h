/* SPDX-License-Identifier: MIT */
#ifndef NSR_STAGES_COMPARE_VALUES_H
#define NSR_STAGES_COMPARE_VALUES_H

#include "run.h"
#include <jansson.h>

typedef void nsr_differs(void *user, const char *path, int64_t segment, const char *why);
/* Compares every output that keeps values with the input that `run` has open and prepared, and reports each segment
   that differs; each rank of its own segments. Collective. */
bool nsr_compare(nsr_run *run, const json_t *manifest, nsr_differs *differs, void *user, const nsr_comm *comm,
                 nsr_err *err);

#endif
