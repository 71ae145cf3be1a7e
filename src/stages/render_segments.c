/* SPDX-License-Identifier: MIT */
/* The render pass: every worker takes blocks and makes their segments, each alone from reading to the durable record. A
   frame that cannot be read fails its segment and no other; trouble with an output stops everything. */
#include "bundle/bundle.h"
#include <nsrender/log.h>
#include <stdlib.h>
#include <string.h>

typedef struct pass {
    nsr_run *run;
    nsr_queue queue;
    int64_t *blocks, n_items;  /* those with something to do */
    pthread_mutex_t mutex;     /* of what follows */
    nsr_clip clip;
    int64_t bad_frames, failed_segments, segments, bytes;
} pass;

/* One worker at one segment. */
typedef struct bench {
    pass *pass;
    nsr_team *team;
    nsr_frame_window view;
    nsr_batch batch;
    nsr_clip clip;
    double *times;
    int64_t block_end; /* of the block in hand: reading ahead pays up to there */
    nsr_part_writer work[NSR_MOST_OUTPUTS];
    bool active[NSR_MOST_OUTPUTS];
    int64_t bad_frames;
} bench;

static bool wanted(const nsr_run *run, int64_t segment, int output) { return run->todo[segment] >> output & 1; }

static bool begin(bench *b, int64_t segment, nsr_err *err) {
    nsr_run *run = b->pass->run;
    for (int i = 0; i < run->n_outputs; i++) {
        const nsr_sink_kind *kind = run->output[i].sink.kind;
        nsr_part_writer *w = &b->work[i];
        if (!wanted(run, segment, i)) continue;
        *w = (nsr_part_writer){
            .sink = &run->output[i].sink, .segment = segment, .shown = nsr_plan_segment(&run->plan, segment)};
        if (kind->stored && !nsr_record_forget(run->dir, segment, kind->name, run->id, err)) return false;
        if (kind->erase) kind->erase(w->sink, segment);
        w->own = calloc(1, kind->work_size ? kind->work_size : 1);
        if (!w->own) return nsr_fail(err, NSR_EINTERNAL, "out of memory for output %s", kind->name);
        b->active[i] = true;
        if (!kind->begin(w, err)) return false;
    }
    return true;
}

static void leave(bench *b, bool drop) {
    for (int i = 0; i < b->pass->run->n_outputs; i++) {
        if (b->active[i] && drop) b->work[i].sink->kind->drop(&b->work[i]);
        if (b->active[i]) free(b->work[i].own);
        b->active[i] = false;
    }
}

static int64_t lead_of(const bench *b, int64_t segment) {
    const nsr_run *run = b->pass->run;
    int64_t most = 0;
    for (int i = 0; i < run->n_outputs; i++) {
        const nsr_sink *sink = &run->output[i].sink;
        int64_t lead = b->active[i] && sink->kind->lead ? sink->kind->lead(sink, segment) : 0;
        most = lead > most ? lead : most;
    }
    return most;
}

static bool offer(bench *b, int64_t at, const nsr_piece *piece, bool lead, nsr_err *err) {
    const nsr_run *run = b->pass->run;
    const double *times = NULL;
    if (run->timeline.known) {
        if (!nsr_read_times(b->view.reader, nsr_plan_frame(&run->plan, at), run->plan.step, piece->n, b->times, err))
            return nsr_fail(err, NSR_EIO, "%s: frame times could not be read again", run->field->file);
        times = b->times;
    }
    nsr_batch_offer(&b->batch, (nsr_span){at, at + piece->n}, piece->values, times, lead);
    for (int i = 0; i < run->n_outputs; i++) {
        const nsr_sink *sink = b->work[i].sink;
        if (!b->active[i] ||
            (lead && (!sink->kind->lead || at - b->work[i].shown.end >= sink->kind->lead(sink, b->work[i].segment))))
            continue;
        if (!sink->kind->write(&b->work[i], &b->batch, err)) return false;
    }
    if (!lead) nsr_batch_count(&b->batch);
    return true;
}

/* Offers the span batch by batch. False: run error, or a stop (err stays good). *bad counts the frames filled. */
static bool pass_frames(bench *b, nsr_span span, bool lead, int64_t *bad, nsr_err *err) {
    const nsr_run *run = b->pass->run;
    int64_t limit = b->block_end > span.end ? b->block_end : span.end;
    bool stop_at_bad = !lead && strcmp(run->config.output.on_error, "fill");
    for (int64_t at = span.first; at < span.end;) {
        nsr_piece piece;
        int64_t end = at + run->reading.batch < span.end ? at + run->reading.batch : span.end;
        if (nsr_team_stop(b->team) == NSR_DROP || !nsr_frame_window_get(&b->view, at, end, limit, &piece, err))
            return false;
        *bad += nsr_piece_bad(&piece);
        if (*bad && stop_at_bad) return false;
        if (!offer(b, at, &piece, lead, err)) return false;
        if (!lead) nsr_team_report(b->team, piece.n);
        at += piece.n;
    }
    return true;
}

static bool commit(bench *b, int64_t segment, nsr_err *err) {
    nsr_run *run = b->pass->run;
    nsr_record record;
    int64_t bytes = 0;
    nsr_record_read(&record, run->dir, segment);
    for (int i = 0; i < run->n_outputs; i++) {
        const nsr_sink_kind *kind = run->output[i].sink.kind;
        nsr_part part = {0};
        if (!b->active[i]) continue;
        if (!kind->commit(&b->work[i], &part, err)) return false;
        free(b->work[i].own);
        b->active[i] = false;
        bytes += part.bytes;
        if (!kind->stored) continue;
        int slot = nsr_record_slot(&record, kind->name);
        record.output[slot].part = part;
        memcpy(record.output[slot].digest, run->output[i].digest, NSR_HASH_CHARS);
    }
    record.clip = b->clip;
    record.bad_frames = b->bad_frames;
    if (record.n && !nsr_record_write(&record, run->dir, segment, run->id, err)) return false;
    pthread_mutex_lock(&b->pass->mutex);
    b->pass->segments++;
    b->pass->bytes += bytes;
    pthread_mutex_unlock(&b->pass->mutex);
    return true;
}

static void segment_failed(bench *b, int64_t segment) {
    pass *p = b->pass;
    nsr_err why = p->run->store.first_bad;
    nsr_record_failure(p->run->dir, segment, why.msg);
    pthread_mutex_lock(&p->mutex);
    p->failed_segments++;
    p->bad_frames += b->bad_frames;
    pthread_mutex_unlock(&p->mutex);
}

/* False: this worker must end (run error). */
static bool make_segment(bench *b, int64_t segment, nsr_err *err) {
    const nsr_run *run = b->pass->run;
    nsr_span shown = nsr_plan_segment(&run->plan, segment);
    int64_t ignored = 0;
    b->bad_frames = 0;
    b->clip = (nsr_clip){0};
    bool done = begin(b, segment, err);
    int64_t end = shown.end + lead_of(b, segment);
    done = done && pass_frames(b, shown, false, &b->bad_frames, err) &&
           pass_frames(b, (nsr_span){shown.end, end < run->plan.n ? end : run->plan.n}, true, &ignored, err) &&
           commit(b, segment, err);
    leave(b, !done);
    if (!done && nsr_good(err) && b->bad_frames) segment_failed(b, segment);
    return nsr_good(err);
}

static bool open_bench(bench *b, pass *p, nsr_team *team, nsr_err *err) {
    *b = (bench){.pass = p, .team = team};
    b->times = malloc((size_t)p->run->reading.batch * sizeof *b->times);
    if (!b->times) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the times of a batch");
    if (!nsr_batch_open(&b->batch, &p->run->job, p->run->reading.batch, err)) return false;
    b->batch.clip = &b->clip;
    return nsr_frame_window_open(&b->view, &p->run->store, err);
}

static void work(void *user, int worker, nsr_team *team) {
    (void)worker;
    pass *p = user;
    nsr_err err = {0};
    bench b;
    bool good = open_bench(&b, p, team, &err);
    for (int64_t i; good && nsr_team_stop(team) == NSR_GO && (i = nsr_queue_next(&p->queue)) >= 0;) {
        nsr_span segments = nsr_work_item_segments(&p->run->reading, &p->run->plan, p->blocks[i]);
        b.block_end = nsr_work_item_span(&p->run->reading, &p->run->plan, p->blocks[i]).end;
        for (int64_t u = segments.first; good && u < segments.end && nsr_team_stop(team) == NSR_GO; u++)
            if (p->run->todo[u]) good = make_segment(&b, u, &err);
    }
    if (!nsr_good(&err)) nsr_team_fail(team, &err);
    nsr_frame_window_close(&b.view);
    nsr_batch_close(&b.batch);
    free(b.times);
}

/* Blocks with something to do, and the frames in them that are done already. */
static bool list_blocks(pass *p, nsr_err *err) {
    const nsr_run *run = p->run;
    p->blocks = malloc((size_t)(run->reading.n_items + 1) * sizeof *p->blocks);
    if (!p->blocks) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the list of blocks");
    for (int64_t block = 0; block < run->reading.n_items; block++) {
        nsr_span segments = nsr_work_item_segments(&run->reading, &run->plan, block);
        bool any = false;
        for (int64_t u = segments.first; u < segments.end; u++)
            any = any || run->todo[u];
        if (any) p->blocks[p->n_items++] = block;
    }
    return true;
}

static bool main_reads(const nsr_run *run) {
    const char *reason;
    return !strcmp(nsr_source_io(run->source, &reason), "mpio");
}

/* Counts of all ranks, and the verdict on frames that could not be read. */
static bool conclude(pass *p, const nsr_comm *comm, nsr_err *err) {
    nsr_run *run = p->run;
    int64_t sums[] = {p->failed_segments, p->bad_frames, p->segments, p->bytes};
    nsr_sum_i64(comm, sums, (int)NSR_COUNTOF(sums));
    run->spent.segments = sums[2];
    run->spent.bytes_written = sums[3];
    if (!sums[0]) return true;
    *err = run->store.first_bad;
    nsr_agree(comm, err);
    char first[sizeof err->msg];
    memcpy(first, err->msg, sizeof first);
    *err = (nsr_err){0};
    return nsr_fail(err, NSR_EDATA,
                    "%.800s; %lld of %lld segments could not be made, the others are kept, nothing was joined", first,

                    (long long)sums[0], (long long)run->plan.n_segments);
}

bool nsr_render(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    pass p = {.run = run};
    pthread_mutex_init(&p.mutex, NULL);
    list_blocks(&p, err);
    if (nsr_agree(comm, err) && nsr_queue_open(&p.queue, comm, p.n_items, !main_reads(run), err)) {
        nsr_stage stage = {.name = "render",
                           .skipped = run->frames_done,
                           .total = run->plan.n,
                           .work = work,
                           .user = &p,
                           .main_works = main_reads(run)};
        nsr_team_run(run->team, comm, &stage, err);
        nsr_queue_close(&p.queue, comm);
    }
    bool good = nsr_good(err) && conclude(&p, comm, err);
    pthread_mutex_destroy(&p.mutex);
    free(p.blocks);
    return good;
}
