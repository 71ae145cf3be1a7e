/* SPDX-License-Identifier: MIT */
#ifndef NSR_BUNDLE_INTERVALS_JSON_H
#define NSR_BUNDLE_INTERVALS_JSON_H

#include <jansson.h>
#include <nsrender/source.h>

/* Number, frames, first and last time of every interval; null for a recording that is one. Local; the caller owns it.
 */
json_t *nsr_json_intervals(nsr_source *source);

#endif
