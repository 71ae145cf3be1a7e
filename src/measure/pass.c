/* SPDX-License-Identifier: MIT */
/* One pass over the values, by all ranks and threads. The first pass finds the range, hashes the rows that identify the
   input, counts for percentiles and fills the cache; later passes only count, from the cache where possible. Work items
   go to the ranks that will render them, and are not stolen, so that a rank caches the values that it needs. */
#include "base/whole.h"
#include "passes.h"
#include "sampled_rows.h"
#include <nsrender/log.h>
#include <stdlib.h>
#include <string.h>

enum { SLICE = 1 << 16 };                        /* values that are used twice while the CPU's cache holds them */
static const int64_t HAND_IN = INT64_C(1) << 30; /* values, well before a count could overflow */

typedef struct value_pass {
    nsr_measurement *m;
    bool first;                      /* range, identity, cache */
    nsr_key_counts *keys;            /* NULL: no percentiles, or those of the bracketed */
    nsr_bracketed_counts *bracketed; /* NULL: none */
    nsr_histogram *histogram;        /* NULL: no histogram */
    nsr_queue queue;
    pthread_mutex_t mutex; /* guards range, keys, bracketed and histogram */
    nsr_range range;
    nsr_rows rows;
    const nsr_comm *comm; /* io mpio only: the main thread's */
} value_pass;

/* The state of one worker. */
typedef struct pass_worker {
    nsr_frame_window window;
    nsr_range range;
    nsr_tally tally; /* tally.count NULL: none */
    nsr_sifter sifter;
    nsr_histogram histogram;
} pass_worker;

static bool open_worker(pass_worker *o, const value_pass *s, nsr_err *err) {
    *o = (pass_worker){0};
    nsr_range_init(&o->range);
    if (s->histogram) nsr_histogram_like(&o->histogram, s->histogram);
    if (s->bracketed) nsr_sifter_open(&o->sifter, s->bracketed);
    return nsr_frame_window_open(&o->window, &s->m->input->cache, err) &&
           (!s->keys || nsr_tally_open(&o->tally, s->keys, err));
}

static void hand_in(value_pass *s, pass_worker *o) {
    pthread_mutex_lock(&s->mutex);
    nsr_range_merge(&s->range, &o->range);
    if (o->tally.count) nsr_tally_hand_in(&o->tally, s->keys);
    if (o->sifter.bracketed) nsr_sifter_hand_in(&o->sifter, s->bracketed);
    if (s->histogram) nsr_histogram_merge(s->histogram, &o->histogram);
    pthread_mutex_unlock(&s->mutex);
    nsr_range_init(&o->range);
}

static void close_worker(pass_worker *o, value_pass *s) {
    hand_in(s, o);
    nsr_tally_close(&o->tally);
    nsr_frame_window_close(&o->window);
}

static void take_values(value_pass *s, pass_worker *o, const unsigned char *values, int64_t n) {
    const nsr_type type = s->m->input->field->type;
    for (int64_t done = 0, slice; done < n; done += slice) {
        const unsigned char *at = values + (size_t)done * nsr_type_size(type);
        slice = n - done < SLICE ? n - done : SLICE;
        if (s->first) nsr_range_scan(&o->range, type, at, (size_t)slice);
        if (s->first && s->m->norm.kind == NSR_NORM_LOG) nsr_range_least(&o->range, type, at, (size_t)slice);
        if (o->tally.count) nsr_tally_add(&o->tally, type, at, (size_t)slice);
        if (o->sifter.bracketed) nsr_sifter_add(&o->sifter, at, (size_t)slice);
        if (s->histogram) nsr_histogram_add(&o->histogram, type, at, (size_t)slice);
        if (o->tally.added > HAND_IN) hand_in(s, o);
    }
}

/* Takes the readable frames, in runs between unreadable ones. */
static void take_piece(value_pass *s, pass_worker *o, nsr_span p, const nsr_piece *piece, nsr_team *team) {
    size_t row = nsr_field_row_bytes(s->m->input->field);
    for (int64_t at = 0; at < piece->n;) {
        int64_t end = at;
        while (end < piece->n && !(piece->bad && piece->bad[end]))
            end++;
        take_values(s, o, piece->values + (size_t)at * row, (end - at) * s->m->input->field->n_bins);
        if (s->first) o->range.n_bad += end < piece->n;
        at = end + 1;
    }
    if (s->first) nsr_rows_look(&s->rows, s->m, p, piece);
    nsr_team_report(team, p.end - p.first);
}

/* A work item that is cached is read straight into the cache. */
static bool cache_item(value_pass *s, pass_worker *o, nsr_span p, unsigned char *values, nsr_team *team, nsr_err *err) {
    nsr_measurement *m = s->m;
    size_t row = nsr_field_row_bytes(m->input->field);
    unsigned char *bad = values + (size_t)(p.end - p.first) * row;
    for (int64_t at = p.first; at < p.end && nsr_team_stop(team) == NSR_GO;) {
        nsr_span part = {at, nsr_window_end(&m->input->reading, &m->input->plan, at, p.end)};
        size_t skip = (size_t)(at - p.first);
        int64_t n_bad = nsr_frame_window_load(&o->window, part, values + skip * row, bad + skip, err);
        if (n_bad < 0) return false;
        nsr_piece piece = {values + skip * row, n_bad ? bad + skip : NULL, part.end - part.first};
        take_piece(s, o, part, &piece, team);
        at = part.end;
    }
    return true;
}

static bool read_item(value_pass *s, pass_worker *o, nsr_span p, nsr_team *team, nsr_err *err) {
    for (int64_t at = p.first; at < p.end && nsr_team_stop(team) == NSR_GO;) {
        nsr_piece piece;
        if (!nsr_frame_window_get(&o->window, at, p.end, p.end, &piece, err)) return false;
        take_piece(s, o, (nsr_span){at, at + piece.n}, &piece, team);
        at += piece.n;
    }
    return true;
}

/* The sampled frames of a work item, one by one; those of the same chunk row are read together. */
static bool read_sampled(value_pass *s, pass_worker *o, nsr_span p, nsr_team *team, nsr_err *err) {
    const nsr_measurement *m = s->m;
    for (int64_t at = p.first; (at = nsr_subset_next(&m->subset, at)) < p.end && nsr_team_stop(team) == NSR_GO; at++) {
        nsr_piece piece;
        if (!nsr_frame_window_get(&o->window, at, at + 1, m->input->reading.chunk ? p.end : at + 1, &piece, err))
            return false;
        take_piece(s, o, (nsr_span){at, at + 1}, &piece, team);
    }
    return true;
}

static bool take_item(value_pass *s, pass_worker *o, int64_t item, nsr_team *team, nsr_err *err) {
    nsr_span p = nsr_work_item_rows(&s->m->input->reading, &s->m->input->plan, item);
    if (s->m->subset.kind != NSR_SUBSET_ALL) return read_sampled(s, o, p, team, err);
    unsigned char *kept = s->first ? nsr_cache_reserve(&s->m->input->cache, item) : NULL;
    return kept ? cache_item(s, o, p, kept, team, err) : read_item(s, o, p, team, err);
}

static void work_alone(void *user, int worker, nsr_team *team) {
    value_pass *s = user;
    nsr_err err = {0};
    pass_worker o;
    bool good = open_worker(&o, s, &err);
    for (int64_t item; good && nsr_team_stop(team) == NSR_GO && (item = nsr_queue_next(&s->queue)) >= 0;) {
        nsr_team_stands(team, worker, "work item", item);
        good = take_item(s, &o, item, team, &err);
    }
    if (!good) nsr_team_fail(team, &err);
    close_worker(&o, s);
}

/* --- io mpio --- */

/* One collective read of n positions (n may be 0: a rank without a work item or after a failure must take part too).
   Where it meets a damaged chunk, the frames are read again one by one. */
static void read_collectively(value_pass *s, pass_worker *o, unsigned char *values, nsr_span p, nsr_team *team,
                              nsr_err *err) {
    nsr_err failure = {0};
    const nsr_measurement *m = s->m;
    int64_t n = p.end - p.first, frame = n ? nsr_plan_frame(&m->input->plan, p.first) : 0;
    nsr_read_all(o->window.reader, s->comm, frame, m->input->plan.step, n, values, &failure);
    unsigned char *bad = values + (size_t)m->input->reading.window * nsr_field_row_bytes(m->input->field);
    int64_t n_bad = failure.code == NSR_EDATA ? nsr_frame_window_load(&o->window, p, values, bad, err) : 0;
    if (!nsr_good(&failure) && failure.code != NSR_EDATA && nsr_good(err)) *err = failure;
    nsr_piece piece = {values, n_bad ? bad : NULL, n};
    if (n && nsr_good(err)) take_piece(s, o, p, &piece, team);
}

/* The same number of reads on every rank. */
static void read_items_together(value_pass *s, pass_worker *o, unsigned char *values, nsr_team *team, nsr_err *err) {
    const nsr_measurement *m = s->m;
    int64_t window = m->input->reading.window, ranks = nsr_ranks(s->comm);
    int64_t longest = m->input->plan.segment_frames * m->input->reading.segments_per_item + m->input->reading.chunk;
    int64_t steps = nsr_divide_up(longest, window);
    for (int64_t i = 0; i * ranks < m->input->reading.n_items; i++) {
        int64_t item = i * ranks + nsr_rank(s->comm);
        nsr_span p = item < m->input->reading.n_items ? nsr_work_item_rows(&m->input->reading, &m->input->plan, item)
                                                      : (nsr_span){0, 0};
        for (int64_t step = 0; step < steps; step++) {
            bool idle = !nsr_good(err) || nsr_team_stop(team) != NSR_GO;
            int64_t first = p.first + step * window, left = idle ? 0 : p.end - first;
            left = left < 0 ? 0 : left < window ? left : window;
            read_collectively(s, o, values, (nsr_span){first, first + left}, team, err);
        }
    }
}

/* No rank reads unless all ranks have their memory, because the reads are collective. */
static void work_collectively(void *user, int worker, nsr_team *team) {
    (void)worker;
    value_pass *s = user;
    nsr_err err = {0};
    pass_worker o;
    unsigned char *values = malloc((size_t)s->m->input->reading.window * (nsr_field_row_bytes(s->m->input->field) + 1));
    if (!values) nsr_fail(&err, NSR_EINTERNAL, "out of memory for a window of frames");
    open_worker(&o, s, &err);
    if (nsr_agree(s->comm, &err)) read_items_together(s, &o, values, team, &err);
    if (!nsr_good(&err)) nsr_team_fail(team, &err);
    close_worker(&o, s);
    free(values);
}

/* --- passes --- */

static bool run_pass(value_pass *s, const nsr_comm *comm, nsr_err *err) {
    const char *reason;
    bool mpio = !strcmp(nsr_source_io(s->m->input->source, &reason), "mpio");
    bool together = mpio && s->m->subset.kind == NSR_SUBSET_ALL;
    nsr_stage stage = {.name = s->first       ? "range"
                               : s->histogram ? "histogram"
                                              : "percentiles",
                       .total = s->m->subset.n,
                       .work = together ? work_collectively : work_alone,
                       .user = s,
                       .main_works = mpio};
    s->comm = comm;
    pthread_mutex_init(&s->mutex, NULL);
    if (nsr_queue_open(&s->queue, comm, s->m->input->reading.n_items, false, err))
        nsr_team_run(s->m->input->team, comm, &stage, err);
    nsr_queue_close(&s->queue, comm);
    pthread_mutex_destroy(&s->mutex);
    return nsr_agree(comm, err);
}

bool nsr_pass_range(nsr_measurement *m, nsr_key_counts *keys, nsr_bracketed_counts *bracketed, const nsr_comm *comm,
                    nsr_err *err) {
    value_pass s = {.m = m, .first = true, .keys = keys, .bracketed = bracketed};
    nsr_range_init(&s.range);
    nsr_rows_init(&s.rows);
    if (m->input->cache.resident) nsr_detail("the values are in the page cache of the system and are not cached again");
    if (!run_pass(&s, comm, err)) return false;
    m->range = s.range;
    nsr_range_reduce(&m->range, comm);
    if (m->subset.kind != NSR_SUBSET_ALL) return nsr_identify(m, comm, err);
    nsr_rows_finish(&s.rows, m, comm);
    return true;
}

bool nsr_pass_counts(nsr_measurement *m, nsr_key_counts *keys, nsr_bracketed_counts *bracketed, const nsr_comm *comm,
                     nsr_err *err) {
    value_pass s = {.m = m, .keys = keys, .bracketed = bracketed};
    nsr_range_init(&s.range);
    return run_pass(&s, comm, err);
}

bool nsr_pass_histogram(nsr_measurement *m, nsr_histogram *histogram, const nsr_comm *comm, nsr_err *err) {
    value_pass s = {.m = m, .histogram = histogram};
    nsr_range_init(&s.range);
    bool good = run_pass(&s, comm, err);
    nsr_sum_i64(comm, histogram->count, NSR_N_LEVELS);
    nsr_sum_i64(comm, &histogram->clip.below, 1);
    nsr_sum_i64(comm, &histogram->clip.above, 1);
    nsr_sum_i64(comm, &histogram->clip.nodata, 1);
    return good;
}
