/* SPDX-License-Identifier: MIT */
/* NWB: types of series, tables of bins, series that may be drawn on top. */
#ifndef NSR_SOURCE_FORMAT_NWB_FIELDS_H
#define NSR_SOURCE_FORMAT_NWB_FIELDS_H

#include "source/dataset/dataset.h"

/* The neurodata_type of the series whose dataset is at `path`; "" when it has none. Local. */
void nsr_nwb_type(hid_t file, const char *path, char type[64]);
/* Is the field the data (time, channel, band) of a DecompositionSeries? Local. */
bool nsr_nwb_is_decomposed(hid_t file, const nsr_field *field);
/* The path of the table beside the dataset at `path` that has one row per bin. False: there is none. Local. */
bool nsr_nwb_bins(char table[1024], hid_t file, const char *path, int64_t n_bins);
/* May a field have this number of bins? False when /scratch has environments, and all have another number. Local. */
bool nsr_nwb_sizes_allow(nsr_catalog *catalog, int64_t n_bins);
/* nsr_format.arrange of NWB: shows the channel that --state selects, or the sum of all. Collective. */
bool nsr_nwb_arrange(nsr_source *source, const nsr_comm *comm, const nsr_config *config, nsr_err *err);

/* A JSON array of what may be drawn on top of a field: positions, headings, poses, events, intervals, trials, units.
   The caller releases it; incomplete after an error. Local. */
struct json_t *nsr_overlays(hid_t file, const char *name, nsr_err *err);

#endif
