/* SPDX-License-Identifier: MIT */
/* The output of a decoder that ran over several intervals of a session has the shape (intervals, times, ...): each
   interval has values at its own times and is padded with NaN elsewhere. The frames between the paddings are shown, one
   interval after the other, each time once; times outside of all intervals are not shown. This file maps a shown frame
   to its stored row and its time. */
#include "base/whole.h"
#include "shown.h"

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

int64_t nsr_interval_row(const nsr_source *source, int64_t frame, int64_t step, int64_t *n) {
    if (!source->found.storage.by_interval) return frame;
    int64_t n_times = source->found.field.shape[1], row = frame, left = n_times - frame % n_times;
    if (source->shown.n_intervals >
        0) { /* until intervals are found, padding is shown too, but no read crosses the end of an interval */
        const nsr_interval *interval = interval_of(source, frame);
        row = interval->number * n_times + interval->stored + frame - interval->shown.first;
        left = interval->shown.end - frame;
    }
    int64_t here = nsr_divide_up(left, step);
    if (*n > here) *n = here;
    return row;
}

int64_t nsr_interval_time(const nsr_source *source, int64_t frame, int64_t step, int64_t *n) {
    int64_t row = nsr_interval_row(source, frame, step, n);
    return source->found.storage.by_interval ? row % source->found.field.shape[1] : row;
}

/* The frames of an interval between its paddings; none when it has no value. */
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

/* Gives each interval its shown frames. Where intervals overlap, the later one begins after the end of the one before,
   so that times increase; one that has no frame left is removed. Returns the number of frames that are left out. */
static int64_t lay_out(nsr_interval *interval, int *n) {
    int64_t shown = 0, end = 0, cut = 0;
    int left = 0;
    for (int i = 0; i < *n; i++) {
        int64_t length = interval[i].shown.end, twice = end > interval[i].stored ? end - interval[i].stored : 0;
        if (twice > length) twice = length;
        cut += twice;
        length -= twice;
        if (length == 0) continue;
        end = interval[i].stored + twice + length;
        interval[left++] = (nsr_interval){interval[i].number, {shown, shown + length}, interval[i].stored + twice};
        shown += length;
    }
    *n = left;
    return cut;
}

static void log_intervals(const nsr_source *source, int n, int64_t cut) {
    long long rows = source->found.field.shape[0], n_times = source->found.field.shape[1];
    nsr_note("%s: %d of %lld intervals are shown one after the other; of %lld x %lld frames %lld are shown, the "
             "others are padding",
             source->shown.path, n, rows, rows, n_times, (long long)source->shown.n_frames);
    if (cut > 0)
        nsr_warn("%s: intervals overlap: %lld frames are not shown, because an interval that begins before has a frame "
                 "at their time",
                 source->shown.path, (long long)cut);
}

bool nsr_intervals_find(nsr_source *source, const double *ends, nsr_err *err) {
    nsr_field *shown = &source->shown;
    int64_t rows = source->found.field.shape[0];
    int n = 0;
    nsr_interval *interval = source->interval = malloc((size_t)rows * sizeof *interval);
    if (!interval) return nsr_fail(err, NSR_EINTERNAL, "out of memory for %lld intervals", (long long)rows);
    for (int64_t i = 0; i < rows; i++) {
        interval[n] = between_paddings(ends + 2 * i, i);
        n += interval[n].shown.end > 0;
    }
    if (n == 0)
        return nsr_fail(err, NSR_EDATA, "%s: %s: none of its %lld intervals has a value", shown->file, shown->path,
                        (long long)rows);
    qsort(interval, (size_t)n, sizeof *interval, by_time);
    int64_t cut = lay_out(interval, &n);
    shown->interval = interval;
    shown->n_intervals = n;
    shown->chunk[0] = 0; /* chunks of the file do not align with shown frames */
    shown->n_frames = shown->shape[0] = shown->times.n =
        interval[n - 1].shown.end; /* one time per frame, where there are times */
    log_intervals(source, n, cut);
    return true;
}
