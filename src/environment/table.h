/* SPDX-License-Identifier: MIT */
/* The two JSON texts of an environment table, parsed independently of HDF5. */
#ifndef NSR_ENVIRONMENT_TABLE_H
#define NSR_ENVIRONMENT_TABLE_H

#include "outline.h"

/* Fills counts, names and grid edges of the outline, and the lengths of the columns: n_links pairs, n_mask cells (0
   when it is no grid). `outline->where` is set before and begins the messages. NSR_EDATA for missing or wrong values;
   the outline is empty then. */
bool nsr_table_parse(nsr_outline *outline, const char *metadata, const char *grid_data, nsr_err *err);

#endif
