/* SPDX-License-Identifier: MIT */
#ifndef NSR_BUNDLE_IDENTITY_H
#define NSR_BUNDLE_IDENTITY_H

#include "base/json.h"
#include "measure/measurement.h"

/* The identity of an input for plan and manifest; the caller owns the object. Local. */
json_t *nsr_identity_json(const nsr_identity *identity);
/* Whether it is the input that `json` describes. A row that could not be read, then or now, matches any row, because an
   input may have been repaired. Local. */
bool nsr_identity_same(const nsr_identity *identity, const json_t *json);

#endif
