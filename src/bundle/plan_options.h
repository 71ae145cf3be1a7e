/* SPDX-License-Identifier: MIT */
#ifndef NSR_BUNDLE_PLAN_OPTIONS_H
#define NSR_BUNDLE_PLAN_OPTIONS_H

#include "base/json.h"
#include "bundle.h"

/* The options for plan.json: those that were given, except that options without effect on the outputs of this run stay
   as they are in `old`, the plan of an existing bundle (NULL: none). The caller owns the object. Local. */
json_t *nsr_bundle_options(const nsr_config *config, const nsr_bundle *bundle, const json_t *old);
/* Adds to --format what the existing bundle has: all its outputs when none is named or when it is not finished. Outputs
   that --format does not name also get their own options back. Collective. */
bool nsr_bundle_formats(nsr_bundle *bundle, const nsr_comm *comm, nsr_err *err);
/* Sets the options that the bundle in `dir` remembers and the command line lacks, and bundle->input_path. NSR_ENOINPUT
   where there is no bundle or no plan. Collective. */
bool nsr_bundle_remember(nsr_bundle *bundle, const char *dir, const nsr_comm *comm, nsr_err *err);
/* Whether the plan still holds what the calls above took from it, now that this run has the lock. NSR_EMISMATCH:
   another run has changed it. Root only. */
bool nsr_bundle_taken_holds(const nsr_bundle *bundle, nsr_err *err);

#endif
