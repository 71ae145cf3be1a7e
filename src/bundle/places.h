/* SPDX-License-Identifier: MIT */
#ifndef NSR_BUNDLE_PLACES_H
#define NSR_BUNDLE_PLACES_H

#include "base/json.h"
#include "bundle.h"

/* Full paths of the input and of --environment as this run has them, and the stamp of the input that the range is of;
   the caller owns the object. Local. */
json_t *nsr_json_places(const nsr_bundle *bundle);
/* The same as a bundle remembers them; NULL: it does not. The caller owns the object. Local. */
json_t *nsr_bundle_places(const char *dir);
/* Writes segments/input.json. Root only. */
bool nsr_bundle_save_input(const nsr_bundle *bundle, nsr_err *err);

#endif
