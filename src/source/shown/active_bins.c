/* SPDX-License-Identifier: MIT */
/* The bins that have a value in some frame, and of each interval the first and last time with a value. Each thread
   starts with a list of all bins as candidates for "never has a value". It reads windows of frames and removes bins
   with a value from its list; a bin that stays on the list of every thread of every rank never has a value. Once a list
   is empty, its thread stops, so a field without empty bins costs only some frames. The search reports progress, and a
   signal stops it. */
#include "base/whole.h"
#include "shown.h"

#include <math.h>
#include <nsrender/log.h>
#include <nsrender/team.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW_BYTES = 1 << 20, WINDOW_MOST = 64 << 20, INTERVALS = 1 << 20 };

/* The search of one thread. */
typedef struct bin_search {
    nsr_source *source;
    nsr_reader *reader;
    const nsr_fold *fold; /* NULL: the shown bins are the stored ones */
    int64_t n_bins, n_stored, n_times;
    int64_t read, missed; /* frames that were read; that could not be read */
    double *ends;         /* as nsr_active.ends */
    int32_t *empty;       /* bins without a value so far, in increasing order */
    int64_t n_empty;
    void *values; /* a window of stored bins: a fold has a value where one of its stored bins has one */
    unsigned char *bad; /* a byte per frame of the window */
} bin_search;

/* The searches of one rank. */
typedef struct bin_searches {
    bin_search *of_thread;
    nsr_span part;     /* frames of this rank */
    int64_t window;    /* frames that are read at once */
    atomic_llong next; /* the first window of the part that no thread has taken */
} bin_searches;

static bool is_value(const bin_search *s, int64_t i) {
    return s->source->shown.type == NSR_F32 ? !isnan(((const float *)s->values)[i])
                                            : !isnan(((const double *)s->values)[i]);
}

static bool has_value(const bin_search *s, int64_t frame, int64_t bin) {
    int64_t row = frame * s->n_stored;
    if (!s->fold) return is_value(s, row + bin);
    const int32_t *from = s->fold->from + bin * s->fold->depth;
    for (int32_t d = 0; d < s->fold->depth; d++)
        if (from[d] >= 0 && is_value(s, row + from[d])) return true;
    return false;
}

static void strike_off_bins(bin_search *s, int64_t n) {
    for (int64_t f = 0; f < n && s->n_empty > 0; f++) {
        int64_t left = 0;
        for (int64_t i = 0; i < s->n_empty; i++) {
            int32_t bin = s->empty[i];
            if (!has_value(s, f, bin)) s->empty[left++] = bin;
        }
        s->n_empty = left;
    }
}

static bool frame_is_empty(const bin_search *s, int64_t frame) {
    int64_t bin = 0;
    while (bin < s->n_bins && !has_value(s, frame, bin))
        bin++;
    return bin == s->n_bins;
}

static void extend_intervals(bin_search *s, int64_t first, int64_t n) {
    for (int64_t f = 0; f < n; f++) {
        double *ends = s->ends + (first + f) / s->n_times * 2, time = (double)((first + f) % s->n_times);
        if (frame_is_empty(s, f)) continue;
        ends[0] = fmax(ends[0], -time);
        ends[1] = fmax(ends[1], time);
    }
}

/* Frames that cannot be read are NaN and only counted, because later stages report those that are shown. */
static void search_window(bin_search *s, nsr_span window) {
    for (int64_t first = window.first; first < window.end;) {
        nsr_err why = {0}, failure = {0};
        int64_t n = window.end - first, row = nsr_interval_row(s->source, first, 1, &n);
        int64_t bad = nsr_unfolded_read_around(s->reader, (nsr_slab){row, 1, n}, s->values, s->bad, &why, &failure);
        if (bad != 0) nsr_detail("search for bins without a value: %s", bad < 0 ? failure.msg : why.msg);
        if (bad < 0) bad = n;
        if (bad < n) strike_off_bins(s, n);
        if (bad < n && s->ends) extend_intervals(s, first, n);
        s->read += n - bad;
        s->missed += bad;
        first += n;
    }
}

/* Windows are aligned with chunk rows, so that no chunk row is read by two threads. */
static bool take_window(bin_searches *all, nsr_span *window) {
    int64_t first = all->part.first + atomic_fetch_add(&all->next, 1) * all->window;
    *window = (nsr_span){first, first + all->window < all->part.end ? first + all->window : all->part.end};
    return first < all->part.end;
}

static void search_windows(void *user, int worker, nsr_team *team) {
    bin_searches *all = user;
    bin_search *s = &all->of_thread[worker];
    nsr_span window;
    while ((s->ends || s->n_empty > 0) && nsr_team_stop(team) == NSR_GO && take_window(all, &window)) {
        search_window(s, window);
        nsr_team_report(team, window.end - window.first);
    }
}

/* Frames of a window: whole chunk rows, as many as fit a quarter of a thread's memory. */
static int64_t window_frames(const nsr_source *source, int64_t memory) {
    int64_t row = source->found.field.n_bins * (int64_t)nsr_type_size(source->shown.type);
    int64_t chunk = source->found.field.chunk[source->found.storage.by_interval];
    int64_t most = (memory / 4 < WINDOW_MOST ? memory / 4 : WINDOW_MOST) / row;
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

static bool open_bin_search(bin_search *s, nsr_source *source, int64_t window, nsr_err *err) {
    const nsr_field *stored = &source->found.field;
    bool by_interval = source->found.storage.by_interval;
    *s = (bin_search){.source = source,
                      .fold = source->n_folds ? &source->fold[0] : NULL,
                      .n_bins = source->shown.n_bins,
                      .n_stored = stored->n_bins,
                      .n_times = stored->shape[1],
                      .n_empty = source->shown.n_bins};
    s->reader = nsr_reader_open(source, err);
    s->empty = malloc((size_t)s->n_bins * sizeof *s->empty);
    s->values = malloc((size_t)window * (size_t)s->n_stored * nsr_type_size(stored->type));
    s->bad = malloc((size_t)window);
    if (by_interval) s->ends = no_ends(stored->shape[0]);
    if (!s->empty || !s->values || !s->bad || (by_interval && !s->ends))
        return nsr_fail(err, NSR_EINTERNAL, "out of memory for the search for bins without a value");
    for (int32_t i = 0; i < s->n_bins; i++)
        s->empty[i] = i;
    return s->reader != NULL;
}

static void close_bin_search(bin_search *s) {
    nsr_reader_close(s->reader);
    free(s->empty);
    free(s->values);
    free(s->bad);
    free(s->ends);
}

/* The frames of this rank: whole windows. */
static nsr_span part_of(int64_t n, int64_t window, const nsr_comm *comm) {
    int64_t windows = nsr_divide_up(n, window), rank = nsr_rank(comm), ranks = nsr_ranks(comm);
    nsr_span part = {windows * rank / ranks * window, windows * (rank + 1) / ranks * window};
    if (part.end > n) part.end = n;
    return part;
}

/* Adds the result of a thread to that of the rank. */
static void merge_search(nsr_active *active, const bin_search *s, int64_t intervals) {
    int64_t next = 0;
    for (int32_t bin = 0; bin < s->n_bins; bin++) {
        bool none = next < s->n_empty && s->empty[next] == bin;
        next += none;
        active->bins[bin] |= !none;
    }
    for (int64_t i = 0; s->ends && i < 2 * intervals; i++)
        active->ends[i] = fmax(active->ends[i], s->ends[i]);
    active->read += s->read;
    active->missed += s->missed;
}

static void share_active(nsr_active *active, const nsr_comm *comm, int64_t bins, int64_t intervals) {
    enum { PIECE = 1 << 20 };
    nsr_or_bytes(comm, active->bins, (int)bins);
    for (int64_t done = 0; active->ends && done < 2 * intervals; done += PIECE)
        nsr_max_f64(comm, active->ends + done, 2 * intervals - done < PIECE ? (int)(2 * intervals - done) : PIECE);
    int64_t sums[] = {active->read, active->missed};
    nsr_sum_i64(comm, sums, (int)NSR_COUNTOF(sums));
    active->read = sums[0];
    active->missed = sums[1];
}

/* Reading a whole recording once more takes long enough to be reported. */
static void log_search(const nsr_active *active, const nsr_field *field, double seconds) {
    if (active->read >= field->n_frames)
        nsr_note("%s: all %lld frames were read in %.2f s to see which cells never have a value", field->path,
                 (long long)active->read, seconds);
    else
        nsr_detail("%s: %lld of %lld frames were read in %.3f s: all cells have values", field->path,
                   (long long)active->read, (long long)field->n_frames, seconds);
}

/* An unreadable frame may hold the only value of a cell, or the end of an interval. */
static void warn_of_missed(const nsr_active *active, const nsr_field *field) {
    nsr_warn("%s: %lld of %lld frames cannot be read and count as empty in the search for %s with values", field->path,
             (long long)active->missed, (long long)field->n_frames, active->ends ? "cells and intervals" : "cells");
}

/* Threads stop early only when every bin has a value. Else a frame that no rank took would make a bin vanish. */
static bool check_search(const nsr_active *active, const nsr_source *source, nsr_err *err) {
    const nsr_field *field = &source->shown;
    int64_t seen = active->read + active->missed;
    bool whole = active->ends || memchr(active->bins, 0, (size_t)field->n_bins);
    if (whole && active->missed > 0) warn_of_missed(active, field);
    return !whole || seen == field->n_frames ||
           nsr_fail(err, NSR_EINTERNAL,
                    "%s: %s: the search for bins without a value took %lld of %lld frames: internal error (bug); "
                    "report it",
                    field->file, field->path, (long long)seen, (long long)field->n_frames);
}

static bool run_searches(bin_searches *all, nsr_source *source, const nsr_comm *comm, nsr_team *team, nsr_err *err) {
    nsr_stage stage = {.name = "cells",
                       .total = source->shown.n_frames,
                       .work = search_windows,
                       .user = all,
                       .main_works = source->way == &nsr_way_mpio};
    if (nsr_team_run(team, comm, &stage, err)) return true;
    bool stopped = err->code == NSR_ESTOPPED;
    if (stopped) *err = (nsr_err){0};
    return stopped &&
           nsr_fail(err, NSR_ESTOPPED,
                    "stopped by a signal before any output was written, while %s was read to see which cells "
                    "have values; run again",
                    source->shown.path);
}

static bool open_searches(bin_searches *all, nsr_active *active, nsr_source *source, int threads, nsr_err *err) {
    bool by_interval = source->found.storage.by_interval;
    int64_t intervals = source->found.field.shape[0];
    if (by_interval && intervals > INTERVALS)
        return nsr_fail(err, NSR_EDATA, "%s: %s: has %lld intervals, more than %d", source->shown.file,
                        source->shown.path, (long long)intervals, INTERVALS);
    all->of_thread = calloc((size_t)threads, sizeof *all->of_thread);
    active->bins = calloc(1, (size_t)source->shown.n_bins);
    if (by_interval) active->ends = no_ends(intervals);
    if (!all->of_thread || !active->bins || (by_interval && !active->ends))
        return nsr_fail(err, NSR_EINTERNAL, "out of memory for the search for bins without a value");
    for (int i = 0; i < threads; i++)
        if (!open_bin_search(&all->of_thread[i], source, all->window, err)) return false;
    return true;
}

static void search_field(nsr_active *active, nsr_source *source, const nsr_comm *comm, nsr_team *team, int64_t memory,
                         nsr_err *err) {
    double start = nsr_seconds_now();
    int threads = nsr_team_threads(team);
    bin_searches all = {.window = window_frames(source, memory / threads)};
    nsr_min_i64(comm, &all.window, 1); /* ranks divide the frames by windows, so all need the same */
    open_searches(&all, active, source, threads, err);
    if (nsr_agree(comm, err)) {
        all.part = part_of(source->shown.n_frames, all.window, comm);
        if (run_searches(&all, source, comm, team, err)) {
            for (int i = 0; i < threads; i++)
                merge_search(active, &all.of_thread[i], source->found.field.shape[0]);
            share_active(active, comm, source->shown.n_bins, source->found.field.shape[0]);
            log_search(active, &source->shown, nsr_seconds_now() - start);
            check_search(active, source, err);
        }
    }
    for (int i = 0; all.of_thread && i < threads; i++)
        close_bin_search(&all.of_thread[i]);
    free(all.of_thread);
}

bool nsr_active_find(nsr_active *active, nsr_source *source, const nsr_comm *comm, const nsr_config *config,
                     nsr_err *err) {
    nsr_config own = *config;
    int64_t memory = source->granted;
    if (own.run.threads > nsr_usable_cpus()) own.run.threads = nsr_usable_cpus(); /* the run's team warns of it */
    *active = (nsr_active){0};
    nsr_team *team = nsr_team_open(comm, &own, err);
    if (nsr_agree(comm, err)) search_field(active, source, comm, team, memory, err);
    nsr_team_close(team);
    return nsr_good(err);
}

void nsr_active_free(nsr_active *active) {
    free(active->bins);
    free(active->ends);
    *active = (nsr_active){0};
}
