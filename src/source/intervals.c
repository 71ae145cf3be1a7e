/* SPDX-License-Identifier: MIT */
/* A decoder that ran over several intervals of a session is stored as (intervals, times, ...): each row of the first
   holds values for its own times and is padded with NaN elsewhere. Shown are the frames between the paddings, one
   interval after the other; a shown frame finds its stored row and its time here. */
#include "internal.h"

static const nsr_interval *interval_of(const nsr_source *source, int64_t frame) {
    int low = 0, high = source->shown.n_intervals - 1;
    while (low < high) {
        int middle = (low + high) / 2;
        if (frame < source->interval[middle].shown.end)
            high = middle;
        else
            low = middle + 1;
    }
    return &source->interval[low];
}

int64_t nsr_interval_time(const nsr_source *source, int64_t frame, int64_t step, int64_t *n) {
    if (source->shown.n_intervals == 0) return frame;
    const nsr_interval *interval = interval_of(source, frame);
    int64_t here = (interval->shown.end - frame - 1) / step + 1;
    if (*n > here) *n = here;
    return interval->stored + frame - interval->shown.first;
}

int64_t nsr_interval_row(const nsr_source *source, int64_t frame, int64_t step, int64_t *n) {
    int64_t time = nsr_interval_time(source, frame, step, n);
    if (source->shown.n_intervals == 0) return time;
    return interval_of(source, frame)->number * source->found.field.shape[1] + time;
}
