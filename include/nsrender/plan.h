/* SPDX-License-Identifier: MIT */
/* What is to be made: the pick, its units, its clock. A pure function of input and options: never of ranks, threads or
   storage. */
#ifndef NSRENDER_PLAN_H
#define NSRENDER_PLAN_H

#include <nsrender/source.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nsr_plan {
    int64_t first, step, n;   /* the pick: frames first, first+step, ... n of them */
    int64_t unit_frames, n_units;
} nsr_plan;

static inline nsr_span nsr_plan_unit(const nsr_plan *plan, int64_t unit) { /* positions in the pick */
    int64_t first = unit * plan->unit_frames, end = first + plan->unit_frames;
    return (nsr_span){first, end < plan->n ? end : plan->n};
}
static inline int64_t nsr_plan_frame(const nsr_plan *plan, int64_t position) { return plan->first + position * plan->step; }

/* The clock of the pick. Gaps longer than ten median steps are cut from the shown time, down to one median step. The
   median is that of up to 65,536 steps spread evenly. Streamed by the root, broadcast: nothing grows with the recording
   but unit_time and the list of gaps. */
typedef struct nsr_gap { int64_t position; double cut; } nsr_gap; /* before this position `cut` seconds were cut in all */
typedef struct nsr_timeline {
    bool known;
    double t0, t_last, median_step;
    int64_t n_gaps;
    nsr_gap *gaps;
    double *unit_time;         /* of the first frame of each unit; n_units of them */
    char hash[NSR_HASH_CHARS]; /* of all times of the pick as little-endian float64 */
} nsr_timeline;
/* Times that are not finite, not increasing or of the wrong number: NSR_EDATA if the user named them (--times-from),
   else a warning and no timeline. */
bool nsr_timeline_build(nsr_timeline *timeline, const nsr_comm *comm, nsr_source *source, const nsr_config *config,
                        const nsr_plan *plan, nsr_err *err);
void nsr_timeline_free(nsr_timeline *timeline);
/* Seconds since the first frame with the gaps cut. Local. */
double nsr_timeline_shown(const nsr_timeline *timeline, int64_t position, double time);

#ifdef __cplusplus
}
#endif
#endif
