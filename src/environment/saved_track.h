/* SPDX-License-Identifier: MIT */
/* The track of a saved environment. */
#ifndef NSR_ENVIRONMENT_SAVED_TRACK_H
#define NSR_ENVIRONMENT_SAVED_TRACK_H

#include "outline.h"

#include <jansson.h>

/* Fills the runs of a track from layout_parameters: its edges in order, each as long as the distance of its nodes, with
   the given gaps between them. None when there is no track, or when it is not understood. Fails only when memory is
   short. */
bool nsr_saved_track(nsr_outline *outline, const json_t *parameters, nsr_err *err);

#endif
