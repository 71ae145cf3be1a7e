/* SPDX-License-Identifier: MIT */
#ifndef NSR_BUNDLE_PLAN_FILE_H
#define NSR_BUNDLE_PLAN_FILE_H

#include "bundle.h"

/* Compares this run with the plan of the existing bundle and takes its range and percentiles. NSR_EMISMATCH names the
   option that differs. Collective. */
bool nsr_bundle_load_plan(nsr_bundle *bundle, const nsr_comm *comm, nsr_err *err);
/* Fails with NSR_EMISMATCH: the bundle was made with another input. */
bool nsr_bundle_of_other_values(const nsr_bundle *bundle, nsr_err *err);
/* Fills the digests of the outputs and writes plan.json, exclusively where none exists. Collective. */
bool nsr_bundle_save_plan(nsr_bundle *bundle, const nsr_comm *comm, nsr_err *err);
/* What an existing plan knows of the input, as text for config->input_as.known, and the stamp of the files that it is
   of, for known_of; the caller frees both. NULL: nothing. Local. */
char *nsr_bundle_known(const char *dir);
char *nsr_bundle_known_of(const char *dir);

#endif
