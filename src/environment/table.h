/* SPDX-License-Identifier: MIT */
/* The two JSON texts of an environment table, parsed without HDF5. */
#ifndef NSR_ENVIRONMENT_TABLE_H
#define NSR_ENVIRONMENT_TABLE_H

#include "outline.h"

/* Fills counts, names and grid edges of the outline, and what its columns must hold: n_links pairs, n_mask cells (0
   where it is no grid). `outline->where` is set and begins the messages. NSR_EDATA for anything that is not as it
   should be; then nothing is left in the outline. */
bool nsr_table_parse(nsr_outline *outline, const char *metadata, const char *grid_data, nsr_err *err);

#endif
