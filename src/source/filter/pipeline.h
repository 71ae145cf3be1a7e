/* SPDX-License-Identifier: MIT */
/* The filters of a dataset, as HDF5 describes them. */
#ifndef NSR_SOURCE_FILTER_PIPELINE_H
#define NSR_SOURCE_FILTER_PIPELINE_H

#include "source/format_and_way.h"

/* Fills found->storage.filters and the names of the filters from a creation list; `not_direct` gets the reason where
   the direct way cannot undo them. Local. */
void nsr_filters_describe(nsr_found *found, hid_t dcpl);
/* Can every filter of a creation list be undone? NSR_EDATA names the one that cannot, with its id. Local. */
bool nsr_filters_known(const nsr_found *found, hid_t dcpl, nsr_err *err);
/* Registers with HDF5 the filters that this program implements and the library lacks. Called before anything is read; a
   second call does no harm. Local. */
void nsr_filters_register(void);

#endif
