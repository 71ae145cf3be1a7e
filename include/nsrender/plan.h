/* SPDX-License-Identifier: MIT */
/* What is to be made: the pick, its segments, its clock. A pure function of input and options: never of ranks, threads
   or storage. */
#ifndef NSRENDER_PLAN_H
#define NSRENDER_PLAN_H

#include <nsrender/hash.h>
#include <nsrender/source.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nsr_plan {
    int64_t first, step, n; /* the pick: frames first, first+step, ... n of them */
    int64_t segment_frames, n_segments;
} nsr_plan;

static inline nsr_span nsr_plan_segment(const nsr_plan *plan, int64_t segment) { /* positions in the pick */
    int64_t first = segment * plan->segment_frames, end = first + plan->segment_frames;
    nsr_span span = {first, end < plan->n ? end : plan->n}; /* C++ has no compound literals */
    return span;
}
static inline int64_t nsr_plan_frame(const nsr_plan *plan, int64_t position) {
    return plan->first + position * plan->step;
}

/* --- plan.c: the pick of --frames and --time, and its segments. NSR_EUSAGE when nothing is left of the pick or an end
   lies outside the recording. Only --time reads (a binary search in the times, by the root). --- */
bool nsr_plan_make(nsr_plan *plan, const nsr_comm *comm, nsr_source *source, const nsr_config *config, nsr_err *err);

/* The clock of the pick. Gaps longer than ten median steps are cut from the shown time, down to one median step. The
   median is that of up to 65,536 steps spread evenly. Streamed by the root, broadcast: nothing grows with the
   recording but a few words a segment and the list of gaps.
   Output frame k of a video shows the moment k*tick of the shown time and belongs to the segment that holds this
   moment; a data frame falls into the output frame whose moment was the last. Data frames behind a segment that fall
   into its last output frame are its lead. */
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
    char hash[NSR_HASH_CHARS]; /* of all times of the pick as little-endian float64 */
} nsr_timeline;
/* Times that are not finite, not increasing or of the wrong number: NSR_EDATA if the user named them (--times-from),
   else a warning and no timeline. */
bool nsr_timeline_build(nsr_timeline *timeline, const nsr_comm *comm, nsr_source *source, const nsr_config *config,
                        const nsr_plan *plan, nsr_err *err);
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
