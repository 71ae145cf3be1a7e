/* SPDX-License-Identifier: MIT */
/* The range pass: every frame of the pick once, over all ranks and threads, one Allreduce at the end. The same pass
   hashes the rows that identify the input and leaves in memory what fits. Blocks are dealt as they will be rendered,
   and not stolen, so that a rank keeps what it needs. */
#include "run.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct scan {
    nsr_run *run;
    nsr_queue queue;
    pthread_mutex_t mutex;
    nsr_range range;
    unsigned char rows[NSR_IDENTITY_ROWS][16]; /* hash of each identity row; zero where another rank has it */
    /* io mpio only: the main thread's */
    const nsr_comm *comm;
    nsr_view view;
    unsigned char *values;
    size_t row;
} scan;

static int64_t n_rows(const nsr_plan *plan) { return plan->n < NSR_IDENTITY_ROWS ? plan->n : NSR_IDENTITY_ROWS; }

/* Position of the i-th identity row: spread evenly, first and last included. */
static int64_t row_position(const nsr_plan *plan, int64_t i) {
    int64_t last = n_rows(plan) - 1;
    return last ? i * (plan->n - 1) / last : 0;
}

static void hash_row(scan *s, int64_t i, const void *row, size_t bytes) {
    char text[NSR_HASH_CHARS];
    nsr_hash_of(row, bytes, text);
    memcpy(s->rows[i], text, sizeof s->rows[i]); /* half of the digits are enough to tell inputs apart */
}

static void hash_rows(scan *s, nsr_span p, const nsr_piece *piece) {
    const nsr_plan *plan = &s->run->plan;
    size_t bytes = nsr_field_row_bytes(s->run->field);
    for (int64_t i = 0; i < n_rows(plan); i++) {
        int64_t at = row_position(plan, i) - p.first;
        bool here = at >= 0 && at < p.end - p.first;
        if (here && !(piece->bad && piece->bad[at])) hash_row(s, i, piece->values + (size_t)at * bytes, bytes);
    }
}

/* Readable frames only; runs between bad ones are scanned at once. */
static void scan_piece(const nsr_field *field, nsr_range *range, const nsr_piece *piece) {
    size_t row = nsr_field_row_bytes(field);
    for (int64_t at = 0; at < piece->n;) {
        int64_t end = at;
        while (end < piece->n && !(piece->bad && piece->bad[end]))
            end++;
        nsr_range_scan(range, field->type, piece->values + (size_t)at * row, (size_t)((end - at) * field->n_bins));
        range->n_bad += end < piece->n;
        at = end + 1;
    }
}

static void take_piece(scan *s, nsr_range *range, nsr_span p, const nsr_piece *piece, nsr_team *team) {
    scan_piece(s->run->field, range, piece);
    hash_rows(s, p, piece);
    nsr_team_report(team, p.end - p.first);
}

/* A block that is kept is read straight to its place. */
static bool keep_block(scan *s, nsr_view *view, nsr_span p, unsigned char *values, nsr_range *range, nsr_team *team,
                       nsr_err *err) {
    nsr_run *run = s->run;
    size_t row = nsr_field_row_bytes(run->field);
    unsigned char *bad = values + (size_t)(p.end - p.first) * row;
    for (int64_t at = p.first; at < p.end && nsr_team_stop(team) == NSR_GO;) {
        nsr_span part = {at, nsr_window_end(&run->reading, &run->plan, at, p.end)};
        size_t skip = (size_t)(at - p.first);
        int64_t n_bad = nsr_view_load(view, part, values + skip * row, bad + skip, err);
        if (n_bad < 0) return false;
        nsr_piece piece = {values + skip * row, n_bad ? bad + skip : NULL, part.end - part.first};
        take_piece(s, range, part, &piece, team);
        at = part.end;
    }
    return true;
}

static bool pass_block(scan *s, nsr_view *view, nsr_span p, nsr_range *range, nsr_team *team, nsr_err *err) {
    for (int64_t at = p.first; at < p.end && nsr_team_stop(team) == NSR_GO;) {
        nsr_piece piece;
        if (!nsr_view_get(view, at, p.end, p.end, &piece, err)) return false;
        take_piece(s, range, (nsr_span){at, at + piece.n}, &piece, team);
        at += piece.n;
    }
    return true;
}

static void hand_in(scan *s, const nsr_range *range) {
    pthread_mutex_lock(&s->mutex);
    nsr_range_merge(&s->range, range);
    pthread_mutex_unlock(&s->mutex);
}

static void work(void *user, int worker, nsr_team *team) {
    (void)worker;
    scan *s = user;
    nsr_err err = {0};
    nsr_view view;
    nsr_range range;
    nsr_range_init(&range);
    if (nsr_view_open(&view, &s->run->store, &err))
        for (int64_t block; nsr_team_stop(team) == NSR_GO && (block = nsr_queue_next(&s->queue)) >= 0;) {
            nsr_span p = nsr_block_rows(&s->run->reading, &s->run->plan, block);
            unsigned char *kept = nsr_store_reserve(&s->run->store, block);
            bool good =
                kept ? keep_block(s, &view, p, kept, &range, team, &err) : pass_block(s, &view, p, &range, team, &err);
            if (!good) break;
        }
    if (!nsr_good(&err)) nsr_team_fail(team, &err);
    hand_in(s, &range);
    nsr_view_close(&view);
}

/* One collective read of n positions (n may be 0: a rank without a block, or with trouble, takes part all the same).
   Where it meets a damaged chunk, the frames are read again one by one. */
static void read_together(scan *s, int64_t first, int64_t n, nsr_team *team, nsr_err *err) {
    nsr_err trouble = {0};
    nsr_span p = {first, first + n};
    int64_t frame = n ? nsr_plan_frame(&s->run->plan, first) : 0;
    nsr_read_all(s->view.reader, s->comm, frame, s->run->plan.step, n, s->values, &trouble);
    unsigned char *bad = s->values + (size_t)s->run->reading.window * s->row;
    int64_t n_bad = trouble.code == NSR_EDATA ? nsr_view_load(&s->view, p, s->values, bad, err) : 0;
    if (!nsr_good(&trouble) && trouble.code != NSR_EDATA && nsr_good(err)) *err = trouble;
    nsr_piece piece = {s->values, n_bad ? bad : NULL, n};
    if (n && nsr_good(err)) take_piece(s, &s->range, p, &piece, team);
}

/* io mpio: the same number of reads on every rank. */
static void work_together(void *user, int worker, nsr_team *team) {
    (void)worker;
    scan *s = user;
    const nsr_run *run = s->run;
    int64_t window = run->reading.window, ranks = nsr_ranks(s->comm);
    int64_t longest = run->plan.unit_frames * run->reading.units_per_block + run->reading.chunk;
    int64_t steps = (longest + window - 1) / window;
    nsr_err err = {0};
    for (int64_t i = 0; i * ranks < run->reading.n_blocks; i++) {
        int64_t block = i * ranks + nsr_rank(s->comm);
        nsr_span p =
            block < run->reading.n_blocks ? nsr_block_rows(&run->reading, &run->plan, block) : (nsr_span){0, 0};
        for (int64_t step = 0; step < steps; step++) {
            bool idle = !nsr_good(&err) || nsr_team_stop(team) != NSR_GO;
            int64_t first = p.first + step * window, left = idle ? 0 : p.end - first;
            read_together(s, first, left < 0 ? 0 : left < window ? left : window, team, &err);
        }
    }
    if (!nsr_good(&err)) nsr_team_fail(team, &err);
}

static bool open_together(scan *s, const nsr_comm *comm, nsr_err *err) {
    s->comm = comm;
    s->row = nsr_field_row_bytes(s->run->field);
    s->values = malloc((size_t)s->run->reading.window * (s->row + 1));
    if (!s->values) nsr_fail(err, NSR_EINTERNAL, "out of memory for a window of frames");
    nsr_view_open(&s->view, &s->run->store, err);
    return nsr_agree(comm, err);
}

/* Every row was hashed by one rank; the others hold zeros there. */
static void finish_identity(scan *s, const nsr_comm *comm) {
    nsr_run *run = s->run;
    nsr_identity *identity = &run->identity;
    char text[256];
    nsr_or_bytes(comm, s->rows[0], sizeof s->rows);
    int n = snprintf(text, sizeof text, "%s %lld %lld %lld %s", run->field->dtype[0] ? run->field->dtype + 1 : "",
                     (long long)run->field->n_frames, (long long)run->field->n_bins, (long long)run->plan.n,
                     run->timeline.known ? run->timeline.hash : "no times");
    nsr_hash_of(text, (size_t)n, identity->shape);
    identity->n = (int)n_rows(&run->plan);
    for (int i = 0; i < identity->n; i++)
        memcpy(identity->row[i], s->rows[i], sizeof s->rows[i]);
}

bool nsr_scan(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    const char *reason;
    bool together = !strcmp(nsr_source_io(run->source, &reason), "mpio");
    scan s = {.run = run};
    nsr_range_init(&s.range);
    pthread_mutex_init(&s.mutex, NULL);
    nsr_stage stage = {.name = "range",
                       .total = run->plan.n,
                       .work = together ? work_together : work,
                       .user = &s,
                       .main_works = together};
    if (together) open_together(&s, comm, err);
    if (nsr_good(err) && nsr_queue_open(&s.queue, comm, run->reading.n_blocks, false, err))
        nsr_team_run(run->team, comm, &stage, err);
    nsr_queue_close(&s.queue, comm);
    if (together) nsr_view_close(&s.view);
    free(s.values);
    pthread_mutex_destroy(&s.mutex);
    if (!nsr_agree(comm, err)) return false;
    run->range = s.range;
    nsr_range_reduce(&run->range, comm);
    finish_identity(&s, comm);
    return true;
}

/* Neighbouring rows often lie in one row of chunks, which is then inflated once. */
static void identify_rows(scan *s, nsr_view *view, nsr_span rows, nsr_err *err) {
    const nsr_run *run = s->run;
    size_t bytes = nsr_field_row_bytes(run->field);
    for (int64_t i = rows.first; i < rows.end; i++) {
        nsr_piece piece;
        int64_t at = row_position(&run->plan, i);
        if (!nsr_view_get(view, at, at + 1, run->reading.chunk ? run->plan.n : at + 1, &piece, err)) return;
        if (!(piece.bad && piece.bad[0])) hash_row(s, i, piece.values, bytes);
    }
}

bool nsr_identify(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    scan s = {.run = run};
    nsr_view view;
    int64_t n = n_rows(&run->plan), rank = nsr_rank(comm), ranks = nsr_ranks(comm);
    if (nsr_view_open(&view, &run->store, err))
        identify_rows(&s, &view, (nsr_span){n * rank / ranks, n * (rank + 1) / ranks}, err);
    nsr_view_close(&view);
    if (!nsr_agree(comm, err)) return false;
    finish_identity(&s, comm);
    return true;
}
