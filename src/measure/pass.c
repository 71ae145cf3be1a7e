/* SPDX-License-Identifier: MIT */
/* Passes over the values of the pick, over all ranks and threads. The first one finds the range and the counts, hashes
   the rows that identify the input, counts for percentiles and leaves in memory what fits; later ones only count, from
   memory where that is so. Blocks are dealt as they will be rendered, and not stolen, so that a rank keeps what it
   needs. */
#include "plan/subset.h"
#include "sampled_rows.h"
#include <nsrender/log.h>
#include <stdlib.h>
#include <string.h>

enum { SLICE = 1 << 16 };                        /* values that are looked at twice while they are in the cache */
static const int64_t HAND_IN = INT64_C(1) << 30; /* values, well before a count could overflow */

typedef struct scan {
    nsr_run *run;
    bool first;         /* range, identity, cache */
    nsr_key_counts *order;           /* NULL: no percentiles, or those of the bracketed */
    nsr_bracketed_counts *bracketed; /* NULL: none */
    nsr_histogram *spread;           /* NULL: no histogram */
    nsr_queue queue;
    pthread_mutex_t mutex; /* of range and order */
    nsr_range range;
    nsr_rows rows;
    const nsr_comm *comm; /* io mpio only: the main thread's */
} scan;

/* What one worker has. */
typedef struct own {
    nsr_frame_window view;
    nsr_range range;
    nsr_tally tally; /* tally.count NULL: none */
    nsr_sifter sifter;
    nsr_histogram spread;
} own;

static bool own_open(own *o, const scan *s, nsr_err *err) {
    *o = (own){0};
    nsr_range_init(&o->range);
    if (s->spread) nsr_histogram_like(&o->spread, s->spread);
    if (s->bracketed) nsr_sifter_open(&o->sifter, s->bracketed);
    return nsr_frame_window_open(&o->view, &s->run->store, err) &&
           (!s->order || nsr_tally_open(&o->tally, s->order, err));
}

static void hand_in(scan *s, own *o) {
    pthread_mutex_lock(&s->mutex);
    nsr_range_merge(&s->range, &o->range);
    if (o->tally.count) nsr_tally_hand_in(&o->tally, s->order);
    if (o->sifter.bracketed) nsr_sifter_hand_in(&o->sifter, s->bracketed);
    if (s->spread) nsr_histogram_merge(s->spread, &o->spread);
    pthread_mutex_unlock(&s->mutex);
    nsr_range_init(&o->range);
}

static void own_close(own *o, scan *s) {
    hand_in(s, o);
    nsr_tally_close(&o->tally);
    nsr_frame_window_close(&o->view);
}

static void take_values(scan *s, own *o, const unsigned char *values, int64_t n) {
    const nsr_type type = s->run->field->type;
    for (int64_t done = 0, slice; done < n; done += slice) {
        const unsigned char *at = values + (size_t)done * nsr_type_size(type);
        slice = n - done < SLICE ? n - done : SLICE;
        if (s->first) nsr_range_scan(&o->range, type, at, (size_t)slice);
        if (s->first && s->run->norm.kind == NSR_NORM_LOG) nsr_range_least(&o->range, type, at, (size_t)slice);
        if (o->tally.count) nsr_tally_add(&o->tally, type, at, (size_t)slice);
        if (o->sifter.bracketed) nsr_sifter_add(&o->sifter, at, (size_t)slice);
        if (s->spread) nsr_histogram_add(&o->spread, type, at, (size_t)slice);
        if (o->tally.added > HAND_IN) hand_in(s, o);
    }
}

/* Readable frames only; runs between bad ones are taken at once. */
static void take_piece(scan *s, own *o, nsr_span p, const nsr_piece *piece, nsr_team *team) {
    size_t row = nsr_field_row_bytes(s->run->field);
    for (int64_t at = 0; at < piece->n;) {
        int64_t end = at;
        while (end < piece->n && !(piece->bad && piece->bad[end]))
            end++;
        take_values(s, o, piece->values + (size_t)at * row, (end - at) * s->run->field->n_bins);
        if (s->first) o->range.n_bad += end < piece->n;
        at = end + 1;
    }
    if (s->first) nsr_rows_look(&s->rows, s->run, p, piece);
    nsr_team_report(team, p.end - p.first);
}

/* A block that is kept is read straight to its place. */
static bool keep_block(scan *s, own *o, nsr_span p, unsigned char *values, nsr_team *team, nsr_err *err) {
    nsr_run *run = s->run;
    size_t row = nsr_field_row_bytes(run->field);
    unsigned char *bad = values + (size_t)(p.end - p.first) * row;
    for (int64_t at = p.first; at < p.end && nsr_team_stop(team) == NSR_GO;) {
        nsr_span part = {at, nsr_window_end(&run->reading, &run->plan, at, p.end)};
        size_t skip = (size_t)(at - p.first);
        int64_t n_bad = nsr_frame_window_load(&o->view, part, values + skip * row, bad + skip, err);
        if (n_bad < 0) return false;
        nsr_piece piece = {values + skip * row, n_bad ? bad + skip : NULL, part.end - part.first};
        take_piece(s, o, part, &piece, team);
        at = part.end;
    }
    return true;
}

static bool pass_block(scan *s, own *o, nsr_span p, nsr_team *team, nsr_err *err) {
    for (int64_t at = p.first; at < p.end && nsr_team_stop(team) == NSR_GO;) {
        nsr_piece piece;
        if (!nsr_frame_window_get(&o->view, at, p.end, p.end, &piece, err)) return false;
        take_piece(s, o, (nsr_span){at, at + piece.n}, &piece, team);
        at += piece.n;
    }
    return true;
}

/* The chosen frames of a block, one by one; those of one row of chunks are read together. */
static bool pick_block(scan *s, own *o, nsr_span p, nsr_team *team, nsr_err *err) {
    const nsr_run *run = s->run;
    for (int64_t at = p.first; (at = nsr_subset_next(&run->subset, at)) < p.end && nsr_team_stop(team) == NSR_GO;
         at++) {
        nsr_piece piece;
        if (!nsr_frame_window_get(&o->view, at, at + 1, run->reading.chunk ? p.end : at + 1, &piece, err)) return false;
        take_piece(s, o, (nsr_span){at, at + 1}, &piece, team);
    }
    return true;
}

static bool take_block(scan *s, own *o, int64_t block, nsr_team *team, nsr_err *err) {
    nsr_span p = nsr_work_item_rows(&s->run->reading, &s->run->plan, block);
    if (s->run->subset.kind != NSR_SUBSET_ALL) return pick_block(s, o, p, team, err);
    unsigned char *kept = s->first ? nsr_store_reserve(&s->run->store, block) : NULL;
    return kept ? keep_block(s, o, p, kept, team, err) : pass_block(s, o, p, team, err);
}

static void work(void *user, int worker, nsr_team *team) {
    (void)worker;
    scan *s = user;
    nsr_err err = {0};
    own o;
    bool good = own_open(&o, s, &err);
    for (int64_t block; good && nsr_team_stop(team) == NSR_GO && (block = nsr_queue_next(&s->queue)) >= 0;)
        good = take_block(s, &o, block, team, &err);
    if (!good) nsr_team_fail(team, &err);
    own_close(&o, s);
}

/* --- io mpio --- */

/* One collective read of n positions (n may be 0: a rank without a block, or with trouble, takes part all the same).
   Where it meets a damaged chunk, the frames are read again one by one. */
static void read_together(scan *s, own *o, unsigned char *values, nsr_span p, nsr_team *team, nsr_err *err) {
    nsr_err trouble = {0};
    const nsr_run *run = s->run;
    int64_t n = p.end - p.first, frame = n ? nsr_plan_frame(&run->plan, p.first) : 0;
    nsr_read_all(o->view.reader, s->comm, frame, run->plan.step, n, values, &trouble);
    unsigned char *bad = values + (size_t)run->reading.window * nsr_field_row_bytes(run->field);
    int64_t n_bad = trouble.code == NSR_EDATA ? nsr_frame_window_load(&o->view, p, values, bad, err) : 0;
    if (!nsr_good(&trouble) && trouble.code != NSR_EDATA && nsr_good(err)) *err = trouble;
    nsr_piece piece = {values, n_bad ? bad : NULL, n};
    if (n && nsr_good(err)) take_piece(s, o, p, &piece, team);
}

/* The same number of reads on every rank. */
static void read_blocks(scan *s, own *o, unsigned char *values, nsr_team *team, nsr_err *err) {
    const nsr_run *run = s->run;
    int64_t window = run->reading.window, ranks = nsr_ranks(s->comm);
    int64_t longest = run->plan.segment_frames * run->reading.segments_per_item + run->reading.chunk;
    int64_t steps = (longest + window - 1) / window;
    for (int64_t i = 0; i * ranks < run->reading.n_items; i++) {
        int64_t block = i * ranks + nsr_rank(s->comm);
        nsr_span p =
            block < run->reading.n_items ? nsr_work_item_rows(&run->reading, &run->plan, block) : (nsr_span){0, 0};
        for (int64_t step = 0; step < steps; step++) {
            bool idle = !nsr_good(err) || nsr_team_stop(team) != NSR_GO;
            int64_t first = p.first + step * window, left = idle ? 0 : p.end - first;
            left = left < 0 ? 0 : left < window ? left : window;
            read_together(s, o, values, (nsr_span){first, first + left}, team, err);
        }
    }
}

/* All ranks have what they need, or none reads. */
static void work_together(void *user, int worker, nsr_team *team) {
    (void)worker;
    scan *s = user;
    nsr_err err = {0};
    own o;
    unsigned char *values = malloc((size_t)s->run->reading.window * (nsr_field_row_bytes(s->run->field) + 1));
    if (!values) nsr_fail(&err, NSR_EINTERNAL, "out of memory for a window of frames");
    own_open(&o, s, &err);
    if (nsr_agree(s->comm, &err)) read_blocks(s, &o, values, team, &err);
    if (!nsr_good(&err)) nsr_team_fail(team, &err);
    own_close(&o, s);
    free(values);
}

/* --- passes --- */

static bool pass(scan *s, const nsr_comm *comm, nsr_err *err) {
    const char *reason;
    bool mpio = !strcmp(nsr_source_io(s->run->source, &reason), "mpio");
    bool together = mpio && s->run->subset.kind == NSR_SUBSET_ALL;
    nsr_stage stage = {.name = s->first    ? "range"
                               : s->spread ? "histogram"
                                           : "percentiles",
                       .total = s->run->subset.n,
                       .work = together ? work_together : work,
                       .user = s,
                       .main_works = mpio};
    s->comm = comm;
    pthread_mutex_init(&s->mutex, NULL);
    if (nsr_queue_open(&s->queue, comm, s->run->reading.n_items, false, err))
        nsr_team_run(s->run->team, comm, &stage, err);
    nsr_queue_close(&s->queue, comm);
    pthread_mutex_destroy(&s->mutex);
    return nsr_agree(comm, err);
}

bool nsr_scan(nsr_run *run, nsr_key_counts *order, nsr_bracketed_counts *bracketed, const nsr_comm *comm,
              nsr_err *err) {
    scan s = {.run = run, .first = true, .order = order, .bracketed = bracketed};
    nsr_range_init(&s.range);
    nsr_rows_init(&s.rows);
    if (run->store.resident) nsr_detail("values are in the system's page cache, and are not kept a second time");
    if (!pass(&s, comm, err)) return false;
    run->range = s.range;
    nsr_range_reduce(&run->range, comm);
    if (run->subset.kind != NSR_SUBSET_ALL) return nsr_identify(run, comm, err);
    nsr_rows_finish(&s.rows, run, comm);
    return true;
}

bool nsr_count(nsr_run *run, nsr_key_counts *order, nsr_bracketed_counts *bracketed, const nsr_comm *comm,
               nsr_err *err) {
    scan s = {.run = run, .order = order, .bracketed = bracketed};
    nsr_range_init(&s.range);
    return pass(&s, comm, err);
}

bool nsr_count_histogram(nsr_run *run, nsr_histogram *spread, const nsr_comm *comm, nsr_err *err) {
    scan s = {.run = run, .spread = spread};
    nsr_range_init(&s.range);
    bool good = pass(&s, comm, err);
    nsr_sum_i64(comm, spread->count, NSR_N_LEVELS);
    nsr_sum_i64(comm, &spread->clip.below, 1);
    nsr_sum_i64(comm, &spread->clip.above, 1);
    nsr_sum_i64(comm, &spread->clip.nodata, 1);
    return good;
}
