/* SPDX-License-Identifier: MIT */
/* Environments that neurospatial's to_file has saved: NAME.json describes them, NAME.npz holds the arrays. */
#ifndef NSR_ENVIRONMENT_SAVED_H
#define NSR_ENVIRONMENT_SAVED_H

#include "npz.h"
#include "outline.h"

/* The names of all arrays that are used, terminated by NULL. */
extern const char *const nsr_saved_arrays[];
/* Fills an outline from the JSON text and the arrays. `outline->where` is set before and begins the messages. Free is
   allowed after a failure. */
bool nsr_saved_parse(nsr_outline *outline, const char *json, size_t size, const nsr_npz *npz, nsr_err *err);

#endif
