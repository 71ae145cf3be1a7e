/* SPDX-License-Identifier: MIT */
/* Reading around damage: the frames that can be read get their values, all others are marked and filled with NaN. The
   frames of a damaged chunk are marked at once. Where a failure does not tell which frames it covers, the run is halved
   until only the unreadable frames are left. */
#include "base/whole.h"
#include "shown.h"

#include <math.h>
#include <string.h>

/* One reading. Spans are numbers in the slab. */
typedef struct around {
    nsr_reader *reader;
    bool (*read)(nsr_reader *reader, nsr_slab slab, unsigned char *values, nsr_err *err);
    nsr_slab slab;
    int64_t n_bins;
    unsigned char *values, *bad;
    nsr_err *why;
} around;

static unsigned char *row_at(const around *a, int64_t i) {
    return a->values + (size_t)(i * a->n_bins) * nsr_type_size(a->reader->source->shown.type);
}

static bool read_part(const around *a, nsr_span p, nsr_err *failure) {
    nsr_slab part = {a->slab.first + p.first * a->slab.step, a->slab.step, p.end - p.first};
    return a->read(a->reader, part, row_at(a, p.first), failure);
}

static int64_t mark_bad(const around *a, nsr_span p, const nsr_err *failure) {
    void *values = row_at(a, p.first);
    for (int64_t i = 0, n = (p.end - p.first) * a->n_bins; i < n; i++) {
        if (a->reader->source->shown.type == NSR_F32)
            ((float *)values)[i] = NAN;
        else
            ((double *)values)[i] = NAN;
    }
    memset(a->bad + p.first, 1, (size_t)(p.end - p.first));
    if (nsr_good(a->why)) *a->why = *failure;
    return p.end - p.first;
}

/* The part that shares the failure of the last read; empty when it is not known, or when its first frame can be read
   now. */
static nsr_span failed_part(const around *a, nsr_span p) {
    nsr_span frames = a->reader->failed;
    nsr_err again = {0};
    if (frames.first >= frames.end) return (nsr_span){p.end, p.end};
    nsr_span hit = {nsr_divide_up(frames.first - a->slab.first, a->slab.step),
                    nsr_divide_up(frames.end - a->slab.first, a->slab.step)};
    bool sure = hit.first >= p.first && hit.first < hit.end && hit.end <= p.end &&
                !read_part(a, (nsr_span){hit.first, hit.first + 1}, &again) && again.code == NSR_EDATA;
    return sure ? hit : (nsr_span){p.end, p.end};
}

static int64_t read_run(const around *a, nsr_span p, nsr_err *err);

/* Reads two parts one after the other. */
static int64_t read_both(const around *a, nsr_span first, nsr_span second, nsr_err *err) {
    int64_t n = read_run(a, first, err), more = n < 0 ? -1 : read_run(a, second, err);
    return more < 0 ? -1 : n + more;
}

static int64_t read_run(const around *a, nsr_span p, nsr_err *err) {
    int64_t n = 0;
    while (p.first < p.end) {
        nsr_err failure = {0};
        if (read_part(a, p, &failure)) return n;
        if (failure.code != NSR_EDATA) return *err = failure, -1;
        if (p.end - p.first == 1) return n + mark_bad(a, p, &failure);
        nsr_span hit = failed_part(a, p);
        int64_t middle = p.first + (p.end - p.first) / 2;
        int64_t more = hit.first < hit.end ? read_run(a, (nsr_span){p.first, hit.first}, err)
                                           : read_both(a, (nsr_span){p.first, middle}, (nsr_span){middle, p.end}, err);
        if (more < 0) return -1;
        n += more + (hit.first < hit.end ? mark_bad(a, hit, &failure) : 0);
        p.first = hit.end;
    }
    return n;
}

static int64_t read_around(around a, nsr_err *err) {
    memset(a.bad, 0, (size_t)a.slab.n);
    return read_run(&a, (nsr_span){0, a.slab.n}, err);
}

int64_t nsr_unfolded_read_around(nsr_reader *reader, nsr_slab rows, void *values, unsigned char *bad, nsr_err *why,
                                 nsr_err *err) {
    int64_t n_bins = reader->source->found.field.n_bins;
    return read_around((around){reader, nsr_unfolded_read, rows, n_bins, values, bad, why}, err);
}

static bool read_shown(nsr_reader *reader, nsr_slab frames, unsigned char *values, nsr_err *err) {
    return nsr_read(reader, frames.first, frames.step, frames.n, values, err);
}

int64_t nsr_read_around(nsr_reader *reader, int64_t first, int64_t step, int64_t n, void *values, unsigned char *bad,
                        nsr_err *why, nsr_err *err) {
    int64_t n_bins = reader->source->shown.n_bins;
    return read_around((around){reader, read_shown, {first, step, n}, n_bins, values, bad, why}, err);
}
