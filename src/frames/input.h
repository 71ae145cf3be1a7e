/* SPDX-License-Identifier: MIT */
/* The input of a run: the selected frames of one field, the workers that read them and the plan of reading. */
#ifndef NSR_FRAMES_INPUT_H
#define NSR_FRAMES_INPUT_H

#include "window.h"
#include <nsrender/team.h>

typedef struct nsr_input {
    nsr_team *team;
    nsr_source *source;
    const nsr_field *field; /* the source's */
    nsr_plan plan;
    nsr_timeline timeline;
    nsr_reading reading;
    nsr_cache cache;
} nsr_input;

#endif
