/* SPDX-License-Identifier: MIT */
/* The two passes over the times that fill a timeline. */
#ifndef NSR_PLAN_TIMELINE_PASSES_H
#define NSR_PLAN_TIMELINE_PASSES_H

#include <nsrender/plan.h>

/* Fills everything of the timeline but `tick`, which decides what is counted; the tables of the segments are allocated.
   NSR_EDATA for times that are not finite, not increasing or of the wrong number. Local: only the root reads. */
bool nsr_timeline_read(nsr_timeline *timeline, nsr_source *source, const nsr_plan *plan, nsr_err *err);

#endif
