/* SPDX-License-Identifier: MIT */
/* The render stage: every worker takes work items and renders their segments, each from reading to the record in the
   rank's journal. A frame that cannot be read fails its segment and no other; a failing output stops all ranks. */
#include "base/log_file.h"
#include "begin_journal.h"
#include "frames/frame_times.h"
#include "run.h"
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct render_stage {
    nsr_run *run;
    int rank;
    nsr_journal journal; /* of this rank */
    nsr_queue queue;
    int64_t *items, n_items; /* work items with something to do */
    pthread_mutex_t mutex;   /* guards the members below */
    nsr_clip clip;
    int64_t bad_frames, failed_segments, segments, bytes;
} render_stage;

/* One worker at one segment. */
typedef struct segment_worker {
    render_stage *stage;
    nsr_team *team;
    nsr_frame_window window;
    nsr_batch batch;
    nsr_clip clip;
    nsr_hash *values; /* of the segment's frames */
    nsr_frame_times times;
    int64_t item_end; /* of the work item: reading ahead pays up to there */
    char name[48];    /* for files that it appends to */
    nsr_joined_file joined[NSR_MOST_OUTPUTS];
    nsr_part_writer writer[NSR_MOST_OUTPUTS];
    bool active[NSR_MOST_OUTPUTS];
    int64_t bad_frames, first_bad; /* of the segment: their number, and the position of the first */
    int number;                    /* of this worker */
    double longest;                /* seconds that a segment took so far */
} segment_worker;

static bool is_missing(const nsr_run *run, int64_t segment, int output) { return run->todo[segment] >> output & 1; }

static bool begin_parts(segment_worker *w, int64_t segment, nsr_err *err) {
    nsr_run *run = w->stage->run;
    for (int i = 0; i < run->bundle.n_outputs; i++) {
        const nsr_sink_kind *kind = run->bundle.output[i].sink.kind;
        nsr_part_writer *writer = &w->writer[i];
        if (!is_missing(run, segment, i)) continue;
        *writer = (nsr_part_writer){.sink = &run->bundle.output[i].sink,
                                    .segment = segment,
                                    .shown = nsr_plan_segment(&run->input.plan, segment),
                                    .joined = &w->joined[i]};
        if (kind->erase && nsr_records_has(&run->records, segment, kind->name)) kind->erase(writer->sink, segment);
        writer->own = calloc(1, kind->writer_size ? kind->writer_size : 1);
        if (!writer->own) return nsr_fail(err, NSR_EINTERNAL, "out of memory for output %s", kind->name);
        w->active[i] = true;
        if (!kind->begin(writer, err)) return false;
    }
    return true;
}

static void leave_parts(segment_worker *w, bool drop) {
    for (int i = 0; i < w->stage->run->bundle.n_outputs; i++) {
        if (w->active[i] && drop) w->writer[i].sink->kind->drop(&w->writer[i]);
        if (w->active[i]) free(w->writer[i].own);
        w->active[i] = false;
    }
}

static int64_t lead_of(const segment_worker *w, int64_t segment) {
    const nsr_run *run = w->stage->run;
    int64_t most = 0;
    for (int i = 0; i < run->bundle.n_outputs; i++) {
        const nsr_sink *sink = &run->bundle.output[i].sink;
        int64_t lead = w->active[i] && sink->kind->lead ? sink->kind->lead(sink, segment) : 0;
        most = lead > most ? lead : most;
    }
    return most;
}

static bool offer_batch(segment_worker *w, int64_t at, const nsr_piece *piece, bool lead, nsr_err *err) {
    const nsr_run *run = w->stage->run;
    const nsr_span shown = {at, at + piece->n};
    const double *times = NULL;
    if (run->input.timeline.known) {
        times = nsr_frame_times_get(&w->times, w->window.reader, &run->input.plan, shown, w->item_end, err);
        if (!times) return nsr_fail(err, NSR_EIO, "%s: frame times could not be read again", run->input.field->file);
    }
    nsr_batch_offer(&w->batch, shown, piece->values, times, lead);
    for (int i = 0; i < run->bundle.n_outputs; i++) {
        const nsr_sink *sink = w->writer[i].sink;
        if (!w->active[i] || (lead && (!sink->kind->lead ||
                                       at - w->writer[i].shown.end >= sink->kind->lead(sink, w->writer[i].segment))))
            continue;
        if (!sink->kind->write(&w->writer[i], &w->batch, err)) return false;
    }
    if (lead) return true;
    nsr_batch_count(&w->batch);
    nsr_hash_add(w->values, piece->values, (size_t)piece->n * nsr_field_row_bytes(run->input.field));
    return true;
}

/* Offers the span batch by batch. False: run error, or a stop (err stays good). *bad counts the frames filled. */
static bool offer_frames(segment_worker *w, nsr_span span, bool lead, int64_t *bad, nsr_err *err) {
    const nsr_run *run = w->stage->run;
    int64_t limit = w->item_end > span.end ? w->item_end : span.end;
    bool stop_at_bad = !lead && strcmp(run->config.output.on_error, "fill");
    for (int64_t at = span.first; at < span.end;) {
        nsr_piece piece;
        int64_t end = at + run->input.reading.batch < span.end ? at + run->input.reading.batch : span.end;
        if (nsr_team_stop(w->team) == NSR_DROP || !nsr_frame_window_get(&w->window, at, end, limit, &piece, err))
            return false;
        if (!*bad) w->first_bad = at + nsr_piece_first_bad(&piece);
        *bad += nsr_piece_bad(&piece);
        if (*bad && stop_at_bad) return false;
        if (!offer_batch(w, at, &piece, lead, err)) return false;
        if (!lead) nsr_team_report(w->team, piece.n);
        at += piece.n;
    }
    return true;
}

static bool commit_parts(segment_worker *w, int64_t segment, nsr_err *err) {
    nsr_run *run = w->stage->run;
    nsr_record record = {0};
    int64_t bytes = 0;
    for (int i = 0; i < run->bundle.n_outputs; i++) {
        const nsr_sink_kind *kind = run->bundle.output[i].sink.kind;
        nsr_part part = {0};
        if (!w->active[i]) continue;
        if (!kind->commit(&w->writer[i], &part, err)) return false;
        free(w->writer[i].own);
        w->active[i] = false;
        bytes += part.bytes;
        if (!kind->stored) continue;
        int slot = nsr_record_slot(&record, kind->name);
        record.output[slot].part = part;
        memcpy(record.output[slot].digest, run->bundle.output[i].digest, NSR_HASH_CHARS);
    }
    record.facts.clip = w->clip;
    nsr_limits_text(record.facts.limits, run->measured.limits.vmin, run->measured.limits.vmax);
    record.facts.bad_frames = w->bad_frames;
    nsr_hash_text(w->values, record.facts.values);
    if (record.n && !nsr_journal_put(&w->stage->journal, segment, &record, err)) return false;
    nsr_team_reserve(w->team, nsr_journal_longest_flush(&w->stage->journal));
    pthread_mutex_lock(&w->stage->mutex);
    w->stage->segments++;
    w->stage->bytes += bytes;
    pthread_mutex_unlock(&w->stage->mutex);
    return true;
}

static void segment_failed(segment_worker *w, int64_t segment, nsr_err *err) {
    render_stage *s = w->stage;
    nsr_err why = {0};
    nsr_frame_window_why(&w->window, w->first_bad, &why);
    nsr_journal_fail(&s->journal, segment, why.msg, err);
    pthread_mutex_lock(&s->mutex);
    s->failed_segments++;
    s->bad_frames += w->bad_frames;
    pthread_mutex_unlock(&s->mutex);
}

/* False: this worker must end (run error). */
static bool make_segment(segment_worker *w, int64_t segment, nsr_err *err) {
    const nsr_run *run = w->stage->run;
    nsr_span shown = nsr_plan_segment(&run->input.plan, segment);
    int64_t ignored = 0;
    w->bad_frames = 0;
    w->clip = (nsr_clip){0};
    nsr_hash_reset(w->values);
    bool done = begin_parts(w, segment, err);
    int64_t end = shown.end + lead_of(w, segment);
    done = done && offer_frames(w, shown, false, &w->bad_frames, err) &&
           offer_frames(w, (nsr_span){shown.end, end < run->input.plan.n ? end : run->input.plan.n}, true, &ignored,
                        err) &&
           commit_parts(w, segment, err);
    leave_parts(w, !done);
    if (!done && nsr_good(err) && w->bad_frames) segment_failed(w, segment, err);
    return nsr_good(err);
}

static bool render_segment(segment_worker *w, int64_t segment, nsr_err *err) {
    const double start = nsr_seconds_now();
    nsr_team_stands(w->team, w->number, "segment", segment);
    if (!make_segment(w, segment, err)) return false;
    const double seconds = nsr_seconds_now() - start;
    nsr_log_file_event("segment", "{sIsisf}", "segment", (json_int_t)segment, "worker", w->number, "seconds", seconds);
    if (seconds > w->longest) w->longest = seconds;
    return true;
}

static bool open_worker(segment_worker *w, render_stage *s, nsr_team *team, int worker, nsr_err *err) {
    *w = (segment_worker){.stage = s, .team = team, .number = worker, .values = nsr_hash_open()};
    snprintf(w->name, sizeof w->name, "%s-%d-%d", s->run->bundle.run_id, s->rank, worker);
    for (int i = 0; i < NSR_MOST_OUTPUTS; i++)
        w->joined[i] = (nsr_joined_file){.file.fd = -1, .worker = w->name};
    if (!w->values) return nsr_fail(err, NSR_EINTERNAL, "out of memory for a hash");
    if (!nsr_frame_times_open(&w->times, err)) return false;
    if (!nsr_batch_open(&w->batch, &s->run->job, s->run->input.reading.batch, err)) return false;
    w->batch.clip = &w->clip;
    return nsr_frame_window_open(&w->window, &s->run->input.cache, err);
}

static void close_worker(segment_worker *w, nsr_err *err) {
    for (int i = 0; i < NSR_MOST_OUTPUTS; i++)
        nsr_joined_file_close(&w->joined[i], err);
    nsr_frame_window_close(&w->window);
    nsr_batch_close(&w->batch);
    nsr_frame_times_close(&w->times);
    nsr_hash_close(w->values);
}

static void render_items(void *user, int worker, nsr_team *team) {
    render_stage *s = user;
    nsr_err err = {0};
    segment_worker w;
    bool good = open_worker(&w, s, team, worker, &err);
    for (int64_t i; good && nsr_team_stop(team) == NSR_GO && (i = nsr_queue_next(&s->queue)) >= 0;) {
        nsr_span segments = nsr_work_item_segments(&s->run->input.reading, &s->run->input.plan, s->items[i]);
        w.item_end = nsr_work_item_span(&s->run->input.reading, &s->run->input.plan, s->items[i]).end;
        for (int64_t u = segments.first; good && u < segments.end && nsr_team_stop(team) == NSR_GO; u++)
            if (s->run->todo[u] && nsr_team_has_time(team, w.longest)) good = render_segment(&w, u, &err);
    }
    close_worker(&w, &err);
    if (!nsr_good(&err)) nsr_team_fail(team, &err);
}

/* Lists the work items with a segment to render. */
static bool list_items(render_stage *s, nsr_err *err) {
    const nsr_run *run = s->run;
    s->items = malloc((size_t)(run->input.reading.n_items + 1) * sizeof *s->items);
    if (!s->items) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the list of work items");
    for (int64_t item = 0; item < run->input.reading.n_items; item++) {
        nsr_span segments = nsr_work_item_segments(&run->input.reading, &run->input.plan, item);
        bool any = false;
        for (int64_t u = segments.first; u < segments.end; u++)
            any = any || run->todo[u];
        if (any) s->items[s->n_items++] = item;
    }
    return true;
}

/* Folders of the outputs that this stage renders. Local. */
static void start_outputs(const nsr_run *run, nsr_err *err) {
    for (int i = 0; i < run->bundle.n_outputs && nsr_good(err); i++) {
        const nsr_sink *sink = &run->bundle.output[i].sink;
        if (sink->kind->start && nsr_must_render(run, i)) sink->kind->start(sink, err);
    }
}

static bool main_reads(const nsr_run *run) {
    const char *reason;
    return !strcmp(nsr_source_io(run->input.source, &reason), "mpio");
}

/* Sums of all ranks; fails where frames could not be read. */
static bool sum_up(render_stage *s, const nsr_comm *comm, nsr_err *err) {
    nsr_run *run = s->run;
    int64_t sums[] = {s->failed_segments, s->bad_frames, s->segments, s->bytes};
    nsr_sum_i64(comm, sums, (int)NSR_COUNTOF(sums));
    run->costs.segments = sums[2];
    run->costs.bytes_written = sums[3];
    if (!sums[0]) return true;
    *err = run->input.cache.first_bad;
    nsr_agree(comm, err);
    char first[sizeof err->msg];
    memcpy(first, err->msg, sizeof first);
    *err = (nsr_err){0};
    return nsr_fail(err, NSR_EDATA,
                    "%.800s; %lld of %lld segments could not be rendered, the others are kept, nothing was joined",
                    first, (long long)sums[0], (long long)run->input.plan.n_segments);
}

/* Held frames of a video are work too: those of all segments of the share, and those that earlier runs did. */
static nsr_stage stage_of(render_stage *s) {
    nsr_run *run = s->run;
    nsr_stage stage = {.name = "render",
                       .skipped = run->frames_done,
                       .total = run->frames_wanted,
                       .work = render_items,
                       .user = s,
                       .main_works = main_reads(run)};
    for (int i = 0; i < run->bundle.n_outputs; i++) {
        const nsr_sink *sink = &run->bundle.output[i].sink;
        for (int64_t u = 0; sink->kind->held && u < run->input.plan.n_segments; u++) {
            if (!nsr_in_share(run, u)) continue;
            int64_t held = sink->kind->held(sink, u);
            stage.total += held;
            if (!is_missing(run, u, i)) stage.skipped += held;
        }
    }
    return stage;
}

bool nsr_render_segments(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    render_stage s = {.run = run, .rank = nsr_rank(comm), .journal.fd = -1};
    pthread_mutex_init(&s.mutex, NULL);
    if (list_items(&s, err)) start_outputs(run, err);
    if (nsr_good(err)) nsr_begin_journal(&s.journal, run, nsr_rank(comm), err);
    if (nsr_agree(comm, err) && nsr_queue_open(&s.queue, comm, s.n_items, !main_reads(run), err)) {
        const nsr_stage stage = stage_of(&s);
        nsr_team_run(run->input.team, comm, &stage, err);
        nsr_queue_close(&s.queue, comm);
    }
    if (nsr_good(err)) sum_up(&s, comm, err);
    run->costs.flush_rate = s.journal.flush_rate;
    /* A run that goes on to its end flushes there. */
    nsr_journal_close(&s.journal, !nsr_good(err) || run->config.output.share.n > 0, err);
    pthread_mutex_destroy(&s.mutex);
    free(s.items);
    return nsr_agree(comm, err);
}
