/* SPDX-License-Identifier: MIT */
/* Environments as neurospatial's to_file saves them: NAME.json says what it is, NAME.npz holds the arrays. */
#ifndef NSR_ENVIRONMENT_SAVED_H
#define NSR_ENVIRONMENT_SAVED_H

#include "npz.h"
#include "outline.h"

/* The names of all arrays that count, NULL-ended. */
extern const char *const nsr_saved_arrays[];
/* `outline->where` is set and begins the messages. Free is allowed after a failure. */
bool nsr_saved_parse(nsr_outline *outline, const char *json, size_t size, const nsr_npz *npz, nsr_err *err);

#endif
