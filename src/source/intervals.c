/* SPDX-License-Identifier: MIT */
/* A decoder that ran over several intervals of a session is stored as (intervals, times, ...): each row of the first
   holds values for its own times and is padded with NaN elsewhere. Shown are the frames between the paddings, one
   interval after the other; a shown frame finds its stored row and its time here. */
#include "internal.h"

#include <math.h>
#include <nsrender/log.h>
#include <stdlib.h>

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
    int64_t n_times = source->found.field.shape[1];
    if (source->shown.n_intervals > 0)
        return nsr_interval_time(source, frame, step, n) + interval_of(source, frame)->number * n_times;
    int64_t here = source->found.storage.by_interval ? (n_times - frame % n_times - 1) / step + 1 : *n;
    if (*n > here) *n = here; /* padding and all, but no read goes from one interval to the next */
    return frame;
}

/* The frames of an interval between its paddings; none when it is empty. */
static nsr_interval between_paddings(const double ends[2], int64_t number) {
    nsr_interval interval = {.number = number};
    if (!isfinite(ends[0])) return interval;
    interval.stored = (int64_t)-ends[0];
    interval.shown.end = (int64_t)ends[1] - interval.stored + 1;
    return interval;
}

static int by_time(const void *a, const void *b) {
    const nsr_interval *x = a, *y = b;
    if (x->stored != y->stored) return x->stored < y->stored ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* One after the other; the number of all frames. */
static int64_t lay_out(nsr_interval *interval, int n) {
    int64_t shown = 0, end = 0;
    for (int i = 0; i < n; i++) {
        int64_t length = interval[i].shown.end;
        if (interval[i].stored < end)
            nsr_warn("interval %lld begins before interval %lld ends: their frames are shown one after the other",
                     (long long)interval[i].number, (long long)interval[i - 1].number);
        end = interval[i].stored + length;
        interval[i].shown = (nsr_span){shown, shown + length};
        shown += length;
    }
    return shown;
}

bool nsr_intervals_find(nsr_source *source, const double *ends, nsr_err *err) {
    int64_t rows = source->found.field.shape[0], n_times = source->found.field.shape[1];
    int n = 0;
    nsr_interval *interval = rows <= INT32_MAX ? malloc((size_t)rows * sizeof *interval) : NULL;
    if (!interval) return nsr_fail(err, NSR_EINTERNAL, "out of memory for %lld intervals", (long long)rows);
    for (int64_t i = 0; i < rows; i++) {
        interval[n] = between_paddings(ends + 2 * i, i);
        n += interval[n].shown.end > 0;
    }
    source->interval = interval;
    if (n == 0)
        return nsr_fail(err, NSR_EDATA, "%s: %s: none of its %lld intervals has a value", source->shown.file,
                        source->shown.path, (long long)rows);
    qsort(interval, (size_t)n, sizeof *interval, by_time);
    int64_t shown = lay_out(interval, n);
    nsr_note("%s: %d of %lld intervals have values; of %lld x %lld frames %lld are shown, the others are padding",
             source->shown.path, n, (long long)rows, (long long)rows, (long long)n_times, (long long)shown);
    source->shown.interval = interval;
    source->shown.n_intervals = n;
    source->shown.chunk[0] = 0; /* those of the file are no help to plan with */
    source->shown.n_frames = source->shown.shape[0] = shown;
    return true;
}
