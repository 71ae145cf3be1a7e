/* SPDX-License-Identifier: MIT */
#include "frame_times.h"
#include <stdlib.h>

bool nsr_frame_times_open(nsr_frame_times *times, nsr_err *err) {
    *times = (nsr_frame_times){.time = malloc(NSR_MOST_TIMES * sizeof *times->time)};
    return times->time || nsr_fail(err, NSR_EINTERNAL, "out of memory for the times of frames");
}

void nsr_frame_times_close(nsr_frame_times *times) {
    free(times->time);
    *times = (nsr_frame_times){0};
}

static bool read_ahead(nsr_frame_times *times, nsr_reader *reader, const nsr_plan *plan, nsr_span span, int64_t limit,
                       nsr_err *err) {
    int64_t end = span.first + NSR_MOST_TIMES < limit ? span.first + NSR_MOST_TIMES : limit;
    if (end < span.end) end = span.end;
    times->held = (nsr_span){0};
    if (!nsr_read_times(reader, nsr_plan_frame(plan, span.first), plan->step, end - span.first, times->time, err))
        return false;
    times->held = (nsr_span){span.first, end};
    return true;
}

const double *nsr_frame_times_get(nsr_frame_times *times, nsr_reader *reader, const nsr_plan *plan, nsr_span span,
                                  int64_t limit, nsr_err *err) {
    bool holds = times->held.first <= span.first && span.end <= times->held.end;
    if (!holds && !read_ahead(times, reader, plan, span, limit, err)) return NULL;
    return times->time + (span.first - times->held.first);
}
