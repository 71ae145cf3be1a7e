/* SPDX-License-Identifier: MIT */
/* Which bins ever have a value. That a bin has none is known only when every frame was looked at, so where some are
   doubtful the whole field is read once, by all ranks together; where none are, the first frames tell. */
#include "internal.h"

#include <math.h>
#include <nsrender/log.h>
#include <nsrender/team.h>
#include <stdlib.h>

enum { WINDOW_BYTES = 1 << 20, WINDOW_MOST = 64 << 20 };

typedef struct search {
    nsr_reader *reader;
    nsr_type type;
    int64_t n_bins, window, looked; /* frames of a window; frames looked at */
    uint8_t *bins;
    double *ends;
    int64_t n_times; /* of an interval */
    int32_t *doubtful; /* bins without a value so far */
    int64_t n_doubtful;
    void *values;
} search;

static bool has_value(const search *s, int64_t frame, int64_t bin) {
    int64_t i = frame * s->n_bins + bin;
    return s->type == NSR_F32 ? !isnan(((const float *)s->values)[i]) : !isnan(((const double *)s->values)[i]);
}

static void look_at_bins(search *s, int64_t n) {
    int64_t left = 0;
    for (int64_t i = 0; i < s->n_doubtful; i++) {
        int32_t bin = s->doubtful[i];
        for (int64_t f = 0; f < n && !s->bins[bin]; f++)
            s->bins[bin] = has_value(s, f, bin);
        if (!s->bins[bin]) s->doubtful[left++] = bin;
    }
    s->n_doubtful = left;
}

static bool is_empty(const search *s, int64_t frame) {
    int64_t bin = 0;
    while (bin < s->n_bins && !has_value(s, frame, bin))
        bin++;
    return bin == s->n_bins;
}

static void look_at_frames(search *s, int64_t first, int64_t n) {
    for (int64_t f = 0; f < n; f++) {
        double *ends = s->ends + (first + f) / s->n_times * 2, time = (double)((first + f) % s->n_times);
        if (is_empty(s, f)) continue;
        ends[0] = fmax(ends[0], -time);
        ends[1] = fmax(ends[1], time);
    }
}

/* A frame that cannot be read is the business of those who want to show it. */
static void look(search *s, nsr_span part) {
    for (int64_t first = part.first; first < part.end && (s->ends || s->n_doubtful > 0);) {
        nsr_err unread = {0};
        int64_t end = (first / s->window + 1) * s->window;
        if (end > part.end) end = part.end;
        if (nsr_read(s->reader, first, 1, end - first, s->values, &unread)) {
            look_at_bins(s, end - first);
            if (s->ends) look_at_frames(s, first, end - first);
            s->looked += end - first;
        } else {
            nsr_detail("looking for bins without a value: %s", unread.msg);
        }
        first = end;
    }
}

static int64_t window_of(const nsr_source *source) {
    int64_t row = source->found.field.n_bins * (int64_t)nsr_type_size(source->shown.type);
    int64_t chunk = source->found.field.chunk[source->found.storage.by_interval], most = WINDOW_MOST / row;
    int64_t window = WINDOW_BYTES / row > 1 ? WINDOW_BYTES / row : 1;
    if (chunk > 0) window = window > chunk ? window / chunk * chunk : chunk;
    return window <= most ? window : most > 1 ? most : 1;
}

static bool open_search(search *s, nsr_source *source, nsr_err *err) {
    s->type = source->shown.type;
    s->n_bins = s->n_doubtful = source->shown.n_bins;
    s->window = window_of(source);
    if (s->window > source->shown.n_frames) s->window = source->shown.n_frames;
    s->reader = nsr_reader_open(source, err);
    s->doubtful = malloc((size_t)s->n_bins * sizeof *s->doubtful);
    s->values = malloc((size_t)s->window * (size_t)s->n_bins * nsr_type_size(s->type));
    if (!s->doubtful || !s->values) return nsr_fail(err, NSR_EINTERNAL, "out of memory for a look at all bins");
    for (int32_t i = 0; i < s->n_bins; i++)
        s->doubtful[i] = i;
    return s->reader != NULL;
}

static void close_search(search *s) {
    nsr_reader_close(s->reader);
    free(s->doubtful);
    free(s->values);
}

static void share(search *s, const nsr_comm *comm, int64_t intervals) {
    enum { PIECE = 1 << 20 };
    nsr_or_bytes(comm, s->bins, (int)s->n_bins);
    for (int64_t done = 0; s->ends && done < 2 * intervals; done += PIECE)
        nsr_max_f64(comm, s->ends + done, 2 * intervals - done < PIECE ? (int)(2 * intervals - done) : PIECE);
    nsr_sum_i64(comm, &s->looked, 1);
}

/* What it took: reading a long recording once more is worth a line. */
static void tell(const search *s, const nsr_field *field, double seconds) {
    if (s->looked >= field->n_frames)
        nsr_note("%s: all %lld frames were read in %.2f s to see which cells never have a value", field->path,
                 (long long)s->looked, seconds);
    else
        nsr_detail("%s: %lld of %lld frames were read in %.3f s: all cells have values", field->path,
                   (long long)s->looked, (long long)field->n_frames, seconds);
}

/* Whole windows for every rank, so that no row of chunks is read by two. */
static nsr_span part_of(int64_t n, int64_t window, const nsr_comm *comm) {
    int64_t windows = (n - 1) / window + 1, rank = nsr_rank(comm), ranks = nsr_ranks(comm);
    nsr_span part = {windows * rank / ranks * window, windows * (rank + 1) / ranks * window};
    if (part.end > n) part.end = n;
    return part;
}

bool nsr_find_active(nsr_source *source, const nsr_comm *comm, uint8_t *bins, double *ends, nsr_err *err) {
    search s = {.bins = bins, .ends = ends, .n_times = source->found.field.shape[1]};
    double start = nsr_seconds_now();
    int64_t n = source->shown.n_frames;
    open_search(&s, source, err);
    if (nsr_agree(comm, err)) {
        look(&s, part_of(n, s.window, comm));
        share(&s, comm, source->found.field.shape[0]);
        tell(&s, &source->shown, nsr_seconds_now() - start);
    }
    close_search(&s);
    return nsr_good(err);
}
