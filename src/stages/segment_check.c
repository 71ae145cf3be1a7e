/* SPDX-License-Identifier: MIT */
/* Which outputs of which segments are there. All workers share the check, which may read every byte (--check hash). */
#include "completeness.h"
#include <nsrender/log.h>
#include <string.h>

typedef struct segment_check {
    nsr_completeness *found;
    nsr_queue queue;
    pthread_mutex_t mutex; /* guards found->joined and found->unjoined */
} segment_check;

/* --- the check of one segment --- */

static bool has_output(const nsr_completeness *c, const nsr_output *output, int64_t segment, const nsr_record *record) {
    const nsr_sink_kind *kind = output->sink.kind;
    int slot = nsr_record_find(record, kind->name);
    char why[512] = "";
    if (!kind->stored || slot < 0 || strcmp(record->output[slot].digest, output->digest)) return false;
    bool contents = c->run->records.facts[segment].doubtful || !strcmp(c->run->config.output.check, "hash");
    if (!kind->check || kind->check(&output->sink, segment, &record->output[slot].part, contents, why, sizeof why))
        return true;
    nsr_detail("segment %lld, %s: %s: %s; it is rendered again", (long long)segment, kind->name,
               record->output[slot].part.path, why);
    return false;
}

static bool is_joined(const nsr_output *output, const nsr_record *record) {
    int slot = nsr_record_find(record, output->sink.kind->name);
    return output->sink.kind->whole && strncmp(record->output[slot].part.path, "parts/", 6);
}

static void check_segment(segment_check *s, int64_t segment) {
    nsr_completeness *c = s->found;
    nsr_run *run = c->run;
    nsr_record record;
    nsr_records_get(&run->records, segment, &record);
    for (int i = 0; i < run->bundle.n_outputs; i++) {
        const nsr_output *output = &run->bundle.output[i];
        bool done = has_output(c, output, segment, &record);
        if (!done) nsr_render_again(run, i, segment);
        pthread_mutex_lock(&s->mutex);
        *(done && is_joined(output, &record) ? &c->joined[i] : &c->unjoined[i]) = 1;
        pthread_mutex_unlock(&s->mutex);
    }
}

static void check_some(void *user, int worker, nsr_team *team) {
    segment_check *s = user;
    for (int64_t segment; nsr_team_stop(team) == NSR_GO && (segment = nsr_queue_next(&s->queue)) >= 0;) {
        nsr_span shown = nsr_plan_segment(&s->found->run->input.plan, segment);
        nsr_team_stands(team, worker, "the check of segment", segment);
        check_segment(s, segment);
        nsr_team_report(team, shown.end - shown.first);
    }
}

/* --- the input --- */

/* Reads the segment, as nsr_frame_window_bad; the window is opened when it is first needed. */
static int64_t read_segment(nsr_run *run, nsr_frame_window *window, int64_t segment, nsr_hash *values, nsr_err *err) {
    if (!window->reader && !nsr_frame_window_open(window, &run->input.cache, err)) return -1;
    return nsr_frame_window_bad(window, nsr_plan_segment(&run->input.plan, segment), values, err);
}

/* Whether fewer frames of the segment are unreadable than its record counts. A segment that would still fail
   (--on-error stop) stays as it is. */
static bool is_repaired(nsr_run *run, nsr_frame_window *window, int64_t segment, nsr_err *err) {
    int64_t before = run->records.facts[segment].bad_frames;
    int64_t now = read_segment(run, window, segment, NULL, err);
    if (now < 0 || now >= before || (now && strcmp(run->config.output.on_error, "fill"))) return false;
    nsr_detail("segment %lld: %lld of its frames could not be read, and %lld now; it is rendered again",
               (long long)segment, (long long)before, (long long)now);
    return true;
}

/* Whether the input has other values than those that the segment was rendered from, or may have. What was made of
   frames that cannot be read any more stays. */
static bool has_other_values(nsr_run *run, nsr_frame_window *window, int64_t segment, nsr_err *err) {
    const nsr_segment_facts *before = &run->records.facts[segment];
    char now[NSR_HASH_CHARS];
    nsr_hash *values = nsr_hash_open();
    if (!values) return nsr_fail(err, NSR_EINTERNAL, "out of memory for a hash");
    int64_t bad = read_segment(run, window, segment, values, err);
    nsr_hash_text(values, now);
    nsr_hash_close(values);
    if (bad < 0 || bad > before->bad_frames || !strcmp(before->values, now)) return false;
    nsr_detail("segment %lld: the input has other values than when it was rendered; it is rendered again",
               (long long)segment);
    return true;
}

/* A segment of which something is there that was made from other files. */
static bool is_of_other_files(const nsr_run *run, int64_t segment) {
    if (!strcmp(run->records.facts[segment].stamp, nsr_source_stamp(run->input.source))) return false;
    for (int i = 0; i < run->bundle.n_outputs; i++)
        if (nsr_records_has(&run->records, segment, run->bundle.output[i].sink.kind->name)) return true;
    return false;
}

static bool is_outdated(nsr_run *run, nsr_frame_window *window, int64_t segment, nsr_err *err) {
    if (is_of_other_files(run, segment)) return has_other_values(run, window, segment, err);
    return run->records.facts[segment].bad_frames > 0 && is_repaired(run, window, segment, err);
}

static void render_segment_again(nsr_completeness *c, int64_t segment) {
    for (int i = 0; i < c->run->bundle.n_outputs && i < NSR_MOST_OUTPUTS; i++) {
        nsr_render_again(c->run, i, segment);
        c->unjoined[i] = 1;
    }
}

/* The input may have been changed since. Frames that were drawn as no data (--on-error fill) are tried again, too. The
   ranks share the segments. */
static void look_at_input(nsr_completeness *c, const nsr_comm *comm, nsr_err *err) {
    nsr_run *run = c->run;
    const int64_t n = run->input.plan.n_segments;
    nsr_frame_window window = {0};
    for (int64_t segment = nsr_rank(comm); segment < n && nsr_good(err); segment += nsr_ranks(comm)) {
        if (nsr_team_goes_on(run->input.team, err) && is_outdated(run, &window, segment, err))
            render_segment_again(c, segment);
    }
    nsr_frame_window_close(&window);
}

bool nsr_check_segments(nsr_completeness *c, const nsr_comm *comm, nsr_err *err) {
    nsr_run *run = c->run;
    segment_check s = {.found = c};
    nsr_stage stage = {.name = "check", .total = run->input.plan.n, .work = check_some, .user = &s};
    pthread_mutex_init(&s.mutex, NULL);
    if (nsr_queue_open(&s.queue, comm, run->input.plan.n_segments, true, err))
        nsr_team_run(run->input.team, comm, &stage, err);
    nsr_queue_close(&s.queue, comm);
    pthread_mutex_destroy(&s.mutex);
    if (nsr_good(err)) look_at_input(c, comm, err);
    nsr_agree(comm, err);
    nsr_or_bytes(comm, c->joined, run->bundle.n_outputs);
    nsr_or_bytes(comm, c->unjoined, run->bundle.n_outputs);
    nsr_or_bytes(comm, run->todo, (int)run->input.plan.n_segments);
    return nsr_good(err);
}
