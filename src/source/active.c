/* SPDX-License-Identifier: MIT */
/* Which bins ever have a value. That a bin has none is known only when every frame was looked at, so where some are
   doubtful the whole field is read once, by all threads of all ranks together; where none are, the first frames tell.
 */
#include "internal.h"

#include <math.h>
#include <nsrender/log.h>
#include <nsrender/team.h>
#include <stdlib.h>

enum { WINDOW_BYTES = 1 << 20, WINDOW_MOST = 64 << 20 };

/* Of one thread. */
typedef struct search {
    nsr_source *source;
    nsr_reader *reader;
    const nsr_fold *fold; /* NULL: stored bins are the shown ones */
    int64_t n_bins, n_stored, n_times;
    int64_t window, looked; /* frames of a window; frames looked at */
    double *ends;           /* NULL: there are no intervals */
    int32_t *doubtful;      /* bins without a value so far, in order */
    int64_t n_doubtful;
    void *values; /* as stored: whether a bin has a value is seen without making it */
} search;

static bool is_value(const search *s, int64_t i) {
    return s->source->shown.type == NSR_F32 ? !isnan(((const float *)s->values)[i])
                                            : !isnan(((const double *)s->values)[i]);
}

static bool has_value(const search *s, int64_t frame, int64_t bin) {
    int64_t row = frame * s->n_stored;
    if (!s->fold) return is_value(s, row + bin);
    const int32_t *from = s->fold->from + bin * s->fold->depth;
    for (int32_t d = 0; d < s->fold->depth; d++)
        if (from[d] >= 0 && is_value(s, row + from[d])) return true;
    return false;
}

static void look_at_bins(search *s, int64_t n) {
    for (int64_t f = 0; f < n && s->n_doubtful > 0; f++) {
        int64_t left = 0;
        for (int64_t i = 0; i < s->n_doubtful; i++) {
            int32_t bin = s->doubtful[i];
            if (!has_value(s, f, bin)) s->doubtful[left++] = bin;
        }
        s->n_doubtful = left;
    }
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
        int64_t end = (first / s->window + 1) * s->window, n;
        if (end > part.end) end = part.end;
        n = end - first;
        first = nsr_interval_row(s->source, first, 1, &n);
        if (s->source->way->read(s->reader, (nsr_pick){first, 1, n}, s->values, &unread)) {
            look_at_bins(s, n);
            if (s->ends) look_at_frames(s, first, n);
            s->looked += n;
        } else {
            nsr_detail("looking for bins without a value: %s", unread.msg);
        }
        first += n;
    }
}

static int64_t window_of(const nsr_source *source) {
    int64_t row = source->found.field.n_bins * (int64_t)nsr_type_size(source->shown.type);
    int64_t chunk = source->found.field.chunk[source->found.storage.by_interval], most = WINDOW_MOST / row;
    int64_t window = WINDOW_BYTES / row > 1 ? WINDOW_BYTES / row : 1;
    if (chunk > 0) window = window > chunk ? window / chunk * chunk : chunk;
    if (window > most) window = most > 1 ? most : 1;
    return window < source->shown.n_frames ? window : source->shown.n_frames;
}

static double *no_ends(int64_t intervals) {
    double *ends = malloc((size_t)intervals * 2 * sizeof *ends);
    for (int64_t i = 0; ends && i < 2 * intervals; i++)
        ends[i] = -INFINITY;
    return ends;
}

static bool open_search(search *s, nsr_source *source, int64_t window, nsr_err *err) {
    const nsr_field *stored = &source->found.field;
    bool by_interval = source->found.storage.by_interval;
    *s = (search){.source = source,
                  .fold = source->n_folds ? &source->fold[0] : NULL,
                  .n_bins = source->shown.n_bins,
                  .n_stored = stored->n_bins,
                  .n_times = stored->shape[1],
                  .window = window,
                  .n_doubtful = source->shown.n_bins};
    s->reader = nsr_reader_open(source, err);
    s->doubtful = malloc((size_t)s->n_bins * sizeof *s->doubtful);
    s->values = malloc((size_t)s->window * (size_t)s->n_stored * nsr_type_size(stored->type));
    if (by_interval) s->ends = no_ends(stored->shape[0]);
    if (!s->doubtful || !s->values || (by_interval && !s->ends))
        return nsr_fail(err, NSR_EINTERNAL, "out of memory for a look at all bins");
    for (int32_t i = 0; i < s->n_bins; i++)
        s->doubtful[i] = i;
    return s->reader != NULL;
}

static void close_search(search *s) {
    nsr_reader_close(s->reader);
    free(s->doubtful);
    free(s->values);
    free(s->ends);
}

/* Whole windows for every thread, so that no row of chunks is read by two. */
static nsr_span part_of(int64_t n, int64_t window, int64_t worker, int64_t workers) {
    int64_t windows = (n - 1) / window + 1;
    nsr_span part = {windows * worker / workers * window, windows * (worker + 1) / workers * window};
    if (part.end > n) part.end = n;
    return part;
}

/* What a thread has seen goes to what is known. */
static void merge(nsr_active *active, const search *s, int64_t intervals) {
    int64_t next = 0;
    for (int32_t bin = 0; bin < s->n_bins; bin++) {
        bool none = next < s->n_doubtful && s->doubtful[next] == bin;
        next += none;
        active->bins[bin] |= !none;
    }
    for (int64_t i = 0; s->ends && i < 2 * intervals; i++)
        active->ends[i] = fmax(active->ends[i], s->ends[i]);
    active->looked += s->looked;
}

static void share(nsr_active *active, const nsr_comm *comm, int64_t bins, int64_t intervals) {
    enum { PIECE = 1 << 20 };
    nsr_or_bytes(comm, active->bins, (int)bins);
    for (int64_t done = 0; active->ends && done < 2 * intervals; done += PIECE)
        nsr_max_f64(comm, active->ends + done, 2 * intervals - done < PIECE ? (int)(2 * intervals - done) : PIECE);
    nsr_sum_i64(comm, &active->looked, 1);
}

/* What it took: reading a long recording once more is worth a line. */
static void tell(const nsr_active *active, const nsr_field *field, double seconds) {
    if (active->looked >= field->n_frames)
        nsr_note("%s: all %lld frames were read in %.2f s to see which cells never have a value", field->path,
                 (long long)active->looked, seconds);
    else
        nsr_detail("%s: %lld of %lld frames were read in %.3f s: all cells have values", field->path,
                   (long long)active->looked, (long long)field->n_frames, seconds);
}

static void look_together(nsr_active *active, nsr_source *source, const nsr_comm *comm, search *all, int threads) {
    int64_t rank = nsr_rank(comm), workers = (int64_t)nsr_ranks(comm) * threads;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int i = 0; i < threads; i++)
        look(&all[i], part_of(source->shown.n_frames, all[i].window, rank * threads + i, workers));
    for (int i = 0; i < threads; i++)
        merge(active, &all[i], source->found.field.shape[0]);
    share(active, comm, source->shown.n_bins, source->found.field.shape[0]);
}

bool nsr_active_find(nsr_active *active, nsr_source *source, const nsr_comm *comm, int threads, nsr_err *err) {
    double start = nsr_seconds_now();
    int64_t window = window_of(source), intervals = source->found.field.shape[0];
    search *all = calloc((size_t)threads, sizeof *all);
    *active = (nsr_active){.bins = calloc(1, (size_t)source->shown.n_bins)};
    if (source->found.storage.by_interval) active->ends = no_ends(intervals);
    if (!all || !active->bins || (source->found.storage.by_interval && !active->ends))
        nsr_fail(err, NSR_EINTERNAL, "out of memory for a look at all bins");
    for (int i = 0; i < threads && nsr_good(err); i++)
        open_search(&all[i], source, window, err);
    if (nsr_agree(comm, err)) {
        look_together(active, source, comm, all, threads);
        tell(active, &source->shown, nsr_seconds_now() - start);
    }
    for (int i = 0; all && i < threads; i++)
        close_search(&all[i]);
    free(all);
    return nsr_good(err);
}

void nsr_active_free(nsr_active *active) {
    free(active->bins);
    free(active->ends);
    *active = (nsr_active){0};
}
