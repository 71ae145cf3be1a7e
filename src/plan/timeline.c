/* SPDX-License-Identifier: MIT */
/* The timeline of the selection: the root builds it from the times (timeline_passes.c) and broadcasts it. */
#include "timeline_passes.h"
#include <nsrender/log.h>
#include <stdlib.h>

double nsr_timeline_shown(const nsr_timeline *timeline, int64_t position, double time) {
    int64_t low = 0, high = timeline->n_gaps; /* gaps[low - 1].position <= position < gaps[high].position */
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (timeline->gaps[middle].position <= position)
            low = middle + 1;
        else
            high = middle;
    }
    return time - timeline->t0 - (low > 0 ? timeline->gaps[low - 1].cut : 0);
}

nsr_span nsr_timeline_ticks(const nsr_timeline *timeline, const nsr_plan *plan, int64_t segment) {
    if (timeline->tick == 0) return nsr_plan_segment(plan, segment);
    return (nsr_span){timeline->segment_tick[segment], timeline->segment_tick[segment + 1]};
}

void nsr_timeline_free(nsr_timeline *timeline) {
    free(timeline->gaps);
    free(timeline->segment_time);
    free(timeline->segment_tick);
    free(timeline->segment_lead);
    *timeline = (nsr_timeline){0};
}

static bool allocate_segments(nsr_timeline *timeline, const nsr_plan *plan, nsr_err *err) {
    size_t n = (size_t)plan->n_segments;
    timeline->segment_time = calloc(n, sizeof *timeline->segment_time);
    timeline->segment_tick = calloc(n + 1, sizeof *timeline->segment_tick);
    timeline->segment_lead = calloc(n, sizeof *timeline->segment_lead);
    if (!timeline->segment_time || !timeline->segment_tick || !timeline->segment_lead)
        return nsr_fail(err, NSR_EINTERNAL, "out of memory for the times of %lld segments",
                        (long long)plan->n_segments);
    return true;
}

/* Unusable times that the file itself offers are ignored with a warning; those that the user named are an error. */
static void forgive_times(nsr_timeline *timeline, const nsr_config *config, nsr_err *err) {
    if (config->input_as.times_from || err->code != NSR_EDATA) return;
    nsr_warn("%s; going on without times", err->msg);
    *err = (nsr_err){0};
    timeline->known = false;
    timeline->n_gaps = 0;
    timeline->tick = 0;
    timeline->hash[0] = 0;
}

/* Copies the root's timeline to all ranks. */
static bool broadcast_timeline(nsr_timeline *timeline, const nsr_comm *comm, const nsr_plan *plan, nsr_err *err) {
    nsr_timeline mine = *timeline;
    nsr_bcast(comm, timeline, sizeof *timeline);
    timeline->gaps = mine.gaps;
    timeline->segment_time = mine.segment_time;
    timeline->segment_tick = mine.segment_tick;
    timeline->segment_lead = mine.segment_lead;
    if (!nsr_is_root(comm) && timeline->n_gaps > 0) {
        timeline->gaps = calloc((size_t)timeline->n_gaps, sizeof *timeline->gaps);
        if (!timeline->gaps)
            nsr_fail(err, NSR_EINTERNAL, "out of memory for %lld gaps of the times", (long long)timeline->n_gaps);
    }
    if (!nsr_agree(comm, err)) return false;
    nsr_bcast(comm, timeline->segment_time, (size_t)plan->n_segments * sizeof *timeline->segment_time);
    nsr_bcast(comm, timeline->segment_tick, (size_t)(plan->n_segments + 1) * sizeof *timeline->segment_tick);
    nsr_bcast(comm, timeline->segment_lead, (size_t)plan->n_segments * sizeof *timeline->segment_lead);
    nsr_bcast(comm, timeline->gaps, (size_t)timeline->n_gaps * sizeof *timeline->gaps);
    return true;
}

bool nsr_timeline_build(nsr_timeline *timeline, const nsr_comm *comm, nsr_source *source, const nsr_config *config,
                        const nsr_plan *plan, nsr_err *err) {
    const nsr_field *field = nsr_source_field(source);
    *timeline = (nsr_timeline){0};
    if (!field->times.path[0] && !(field->times.rate > 0)) return true;
    if (!config->video.every_frame) timeline->tick = config->video.speed / (double)config->video.fps;
    bool reads = allocate_segments(timeline, plan, err) && nsr_is_root(comm);
    if (reads && !nsr_timeline_read(timeline, source, plan, err)) forgive_times(timeline, config, err);
    bool good = nsr_agree(comm, err) && broadcast_timeline(timeline, comm, plan, err);
    if (!good) nsr_timeline_free(timeline);
    return good;
}
