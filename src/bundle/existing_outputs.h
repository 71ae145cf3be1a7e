/* SPDX-License-Identifier: MIT */
#ifndef NSR_BUNDLE_EXISTING_OUTPUTS_H
#define NSR_BUNDLE_EXISTING_OUTPUTS_H

#include "base/json.h"
#include "bundle.h"

/* Outputs of the existing plan that this run does not make must stay as they are: NSR_EUSAGE for another range of a
   stack, NSR_EMISMATCH for another geometry. Local. */
bool nsr_existing_outputs_match(const nsr_bundle *bundle, const json_t *plan, nsr_err *err);

#endif
