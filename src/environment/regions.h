/* SPDX-License-Identifier: MIT */
/* Named points and areas that neurospatial saves with an environment. */
#ifndef NSR_ENVIRONMENT_REGIONS_H
#define NSR_ENVIRONMENT_REGIONS_H

#include "outline.h"

#include <jansson.h>

/* Adds the regions of a JSON array (may be NULL) to the outline. Regions that are not understood are left out, with a
   warning. Fails only when memory is short. */
bool nsr_regions_take(nsr_outline *o, const json_t *list, nsr_err *err);
/* The same for a JSON text: {"format": "Regions-v1", "regions": [...]}. */
bool nsr_regions_parse(nsr_outline *o, const char *text, nsr_err *err);
void nsr_regions_free(nsr_region *region, int n);

#endif
