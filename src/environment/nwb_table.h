/* SPDX-License-Identifier: MIT */
/* What is read from an open NWB file. */
#ifndef NSR_ENVIRONMENT_NWB_TABLE_H
#define NSR_ENVIRONMENT_NWB_TABLE_H

#include "outline.h"

#include "base/h5.h"

/* The table at `path`; `name` of the file begins the messages. */
bool nsr_nwb_table(nsr_environment *env, hid_t file, const char *name, const char *path, nsr_err *err);
/* The dataset of centres, (1, bins, dimensions), that neurospatial writes beside the fields. */
bool nsr_nwb_centers(nsr_environment *env, hid_t file, const char *name, const char *path, nsr_err *err);

#endif
