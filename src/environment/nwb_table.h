/* SPDX-License-Identifier: MIT */
/* Environments in an open NWB file. The file's `name` begins the messages. */
#ifndef NSR_ENVIRONMENT_NWB_TABLE_H
#define NSR_ENVIRONMENT_NWB_TABLE_H

#include "outline.h"

#include "base/h5.h"

/* Reads the table at `path`. */
bool nsr_nwb_table(nsr_environment *env, hid_t file, const char *name, const char *path, nsr_err *err);
/* Reads the dataset of bin centres, (1, bins, dimensions), that neurospatial writes beside the fields. */
bool nsr_nwb_centers(nsr_environment *env, hid_t file, const char *name, const char *path, nsr_err *err);

#endif
