/* SPDX-License-Identifier: MIT */
#ifndef NSR_ENVIRONMENT_SAVED_TRACK_H
#define NSR_ENVIRONMENT_SAVED_TRACK_H

#include "outline.h"

#include <jansson.h>

/* The runs of a track from layout_parameters: its edges in order, each as long as its nodes are apart, with the given
   gaps between them. Without a track, or with one that is not understood, there are none. */
bool nsr_saved_track(nsr_outline *outline, const json_t *parameters, nsr_err *err);

#endif
