/* SPDX-License-Identifier: MIT */
/* Measured values as JSON. All calls are local; the caller owns what is returned. */
#ifndef NSR_BUNDLE_RANGE_JSON_H
#define NSR_BUNDLE_RANGE_JSON_H

#include "base/json.h"
#include "measure/measurement.h"

/* Range, counts and wanted percentiles, with hexadecimal floats beside the decimal ones, and the subset they are of. */
json_t *nsr_json_measured(const nsr_measurement *m);
/* Reads them back into m->range and m->percentiles, where they are of the same subset; else the range is left empty. */
void nsr_json_get_measured(nsr_measurement *m, const json_t *json);
/* The range alone. */
void nsr_json_get_range(nsr_range *range, const json_t *json);
/* Wanted percentiles that are known, by their text: {"1": 0.25, "99": 3}. */
json_t *nsr_json_percentiles(const nsr_measurement *m);

#endif
