/* SPDX-License-Identifier: MIT */
/* Named places and areas that neurospatial saves with an environment. */
#ifndef NSR_ENVIRONMENT_REGIONS_H
#define NSR_ENVIRONMENT_REGIONS_H

#include "outline.h"

#include <jansson.h>

/* Takes regions over that can be shown in the plane; what is not understood is left out with a warning. `list` may be
   NULL. */
bool nsr_regions_take(nsr_outline *o, const json_t *list, nsr_err *err);
/* Of the text of a column: {"format": "Regions-v1", "regions": [...]}. */
bool nsr_regions_parse(nsr_outline *o, const char *text, nsr_err *err);
void nsr_regions_free(nsr_region *region, int n);

#endif
