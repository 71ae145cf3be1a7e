/* SPDX-License-Identifier: MIT */
/* The plan of a run: the selected frames, their segments and their timeline. It depends on input and options alone, so
   all numbers of ranks and threads and all kinds of storage give the same plan. */
#ifndef NSRENDER_PLAN_H
#define NSRENDER_PLAN_H

#include <nsrender/hash.h>
#include <nsrender/source.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nsr_plan {
    int64_t first, step, n; /* the selection: n frames first, first+step, ... of the recording */
    int64_t segment_frames, n_segments;
} nsr_plan;

enum { NSR_MOST_SEGMENTS = 1 << 24 };

/* The positions in the selection that a segment (0 .. n_segments-1) holds. Local. */
static inline nsr_span nsr_plan_segment(const nsr_plan *plan, int64_t segment) {
    int64_t first = segment * plan->segment_frames, end = first + plan->segment_frames;
    nsr_span span = {first, end < plan->n ? end : plan->n}; /* C++ has no compound literals */
    return span;
}
/* The frame of the recording at a position (0 .. n-1) of the selection. Local. */
static inline int64_t nsr_plan_frame(const nsr_plan *plan, int64_t position) {
    return plan->first + position * plan->step;
}

/* --- selection.c. Fills the plan from --frames, --time and --segment-frames. Collective. NSR_EUSAGE when the selection
   is empty or an end lies outside the recording, or when there would be more than NSR_MOST_SEGMENTS. Only --time reads:
   the root searches the times by bisection. --- */
bool nsr_plan_make(nsr_plan *plan, const nsr_comm *comm, nsr_source *source, const nsr_config *config, nsr_err *err);

/* --- timeline.c ---
   Gaps are steps longer than ten median steps; they are cut down to one median step in the shown time. The median is
   that of up to 65,536 steps spread evenly. The root streams the times and broadcasts the timeline; its memory grows
   only with the numbers of segments and gaps.
   Output frame k of a video shows the moment k*tick of the shown time and belongs to the segment that holds this
   moment. A data frame falls into the output frame whose moment was the last one before it. Data frames behind a
   segment that fall into its last output frame are the lead of the segment. */
typedef struct nsr_gap {
    int64_t position;
    double cut;
} nsr_gap; /* before this position `cut` seconds were cut in all */

typedef struct nsr_timeline {
    bool known;
    double t0, t_last, median_step;
    int64_t n_gaps;
    nsr_gap *gaps;
    double *segment_time;      /* of the first frame of each segment; n_segments of them */
    double tick;               /* speed/fps in seconds; 0: each data frame is one output frame */
    int64_t *segment_tick;     /* first output frame of each segment, and the end of all: n_segments + 1 */
    int64_t *segment_lead;     /* positions behind each segment that fall into its last output frame */
    char hash[NSR_HASH_CHARS]; /* of all times of the selection as little-endian float64 */
} nsr_timeline;

/* Fills the timeline; timeline->known is false where the field has no times. Collective. The caller frees it. Times
   that are not finite, not increasing or of the wrong number: NSR_EDATA if the user named them (--times-from),
   otherwise a warning and no timeline. */
bool nsr_timeline_build(nsr_timeline *timeline, const nsr_comm *comm, nsr_source *source, const nsr_config *config,
                        const nsr_plan *plan, nsr_err *err);
/* Frees the tables and zeroes the timeline. Local. */
void nsr_timeline_free(nsr_timeline *timeline);
/* Seconds since the first frame with the gaps cut. Local. */
double nsr_timeline_shown(const nsr_timeline *timeline, int64_t position, double time);
/* The output frame into which a shown time falls. tick > 0. Local. */
int64_t nsr_timeline_tick(const nsr_timeline *timeline, double shown);
/* The output frames whose moment the segment holds: maybe none; all segments together hold all of them. Local. */
nsr_span nsr_timeline_ticks(const nsr_timeline *timeline, const nsr_plan *plan, int64_t segment);

#ifdef __cplusplus
}
#endif
#endif
