/* SPDX-License-Identifier: MIT */
/* plan: the segments, outputs and costs of a render. Nothing is written, and no frame is read. */
#include "base/json.h"
#include "command.h"
#include <inttypes.h>
#include <nsrender/log.h>
#include <stdio.h>

/* Rates of one thread of an ordinary processor, for the estimate of time: frames per second at 800x600 pixels, and
   bytes of values per second. */
static const double PNG_FPS = 900, VIDEO_FPS = 300, READ_RATE = 0.5e9, STACK_RATE = 2e9;

static double video_frames(const nsr_run *run) {
    const nsr_plan *plan = &run->input.plan;
    return (double)nsr_timeline_ticks(&run->input.timeline, plan, plan->n_segments - 1).end;
}

static double seconds_of(const nsr_run *run, const nsr_comm *comm) {
    double pixels = (double)run->picture.w * run->picture.h / (800. * 600.), frames = (double)run->input.plan.n,
           seconds;
    double amplification = (double)run->input.reading.read_again / (double)run->input.reading.rows;
    seconds = (double)run->input.field->bytes * amplification / READ_RATE;
    for (int i = 0; i < run->bundle.n_outputs; i++) {
        const nsr_sink_kind *kind = run->bundle.output[i].sink.kind;
        double values = frames * (double)nsr_field_row_bytes(run->input.field);
        if (kind->changed_by & NSR_CHANGES_RASTER)
            seconds += values / STACK_RATE;
        else if (kind->changed_by & NSR_CHANGES_VIDEO)
            seconds += video_frames(run) * pixels / VIDEO_FPS;
        else if (kind->stored)
            seconds += frames * pixels / PNG_FPS;
    }
    return seconds / nsr_team_threads(run->input.team) / nsr_ranks(comm);
}

/* Of one worker. */
static double seconds_of_segment(const nsr_run *run, const nsr_comm *comm) {
    return seconds_of(run, comm) * nsr_team_threads(run->input.team) * nsr_ranks(comm) /
           (double)run->input.plan.n_segments;
}

/* How long before its end a job should get SIGUSR1: Slurm may be a minute early or late, and segments in hand are
   finished first, which a slow file system or processor makes three times as long. */
static int64_t signal_lead(double segment_seconds) { return 120 + (int64_t)(3 * segment_seconds); }

static json_t *outputs_json(const nsr_run *run) {
    json_t *list = json_array();
    for (int i = 0; i < run->bundle.n_outputs; i++) {
        const nsr_sink *sink = &run->bundle.output[i].sink;
        nsr_estimate e = {0};
        if (sink->kind->estimate) sink->kind->estimate(&run->job, &e);
        json_array_append_new(list, json_pack("{sssIsI}", "format", sink->kind->name, "files", (json_int_t)e.files,
                                              "bytes_estimate", (json_int_t)e.bytes));
    }
    return list;
}

static json_t *plan_json(const nsr_run *run, const nsr_comm *comm) {
    const nsr_reading *r = &run->input.reading;
    const int64_t memory = r->all_bytes + r->cache_bytes;
    const double segment = seconds_of_segment(run, comm);
    return json_pack("{sssIsIsIsIsisisfsfsIsfsIs{sisi}so}", "field", run->input.field->path, "n_frames",
                     (json_int_t)run->input.plan.n, "n_segments", (json_int_t)run->input.plan.n_segments,
                     "frames_per_segment", (json_int_t)run->input.plan.segment_frames, "memory_per_rank",
                     (json_int_t)memory, "ranks", nsr_ranks(comm), "threads", nsr_team_threads(run->input.team),
                     "seconds_estimate", seconds_of(run, comm), "read_amplification",
                     (double)r->read_again / (double)r->rows, "n_items", (json_int_t)r->n_items, "segment_seconds",
                     segment, "signal_lead_seconds", (json_int_t)signal_lead(segment), "size", "width",
                     run->picture.w, "height", run->picture.h, "outputs", outputs_json(run));
}

static const char *plural(int64_t n) { return n == 1 ? "" : "s"; }

static void print_output(const json_t *output) {
    const int64_t files = nsr_json_int(output, "files");
    char bytes[40];
    nsr_bytes_text(nsr_json_int(output, "bytes_estimate"), bytes, sizeof bytes);
    printf("%s: %" PRId64 " file%s, about %s\n", nsr_json_text(output, "format"), files, plural(files), bytes);
}

static void print_plan(const nsr_run *run, const json_t *plan) {
    const nsr_plan *p = &run->input.plan;
    const int64_t ranks = nsr_json_int(plan, "ranks"), threads = nsr_json_int(plan, "threads");
    const double seconds = json_real_value(json_object_get(plan, "seconds_estimate"));
    char memory[40], time[40] = "less than 0.1 s";
    size_t i;
    json_t *output;
    nsr_bytes_text(nsr_json_int(plan, "memory_per_rank"), memory, sizeof memory);
    if (seconds >= 0.1) nsr_seconds_text(seconds, time, sizeof time);
    printf("%s: %" PRId64 " frame%s in %" PRId64 " segment%s of at most %" PRId64 " frames; picture of %dx%d pixels\n",
           run->input.field->path, p->n, plural(p->n), p->n_segments, plural(p->n_segments), p->segment_frames,
           run->picture.w, run->picture.h);
    printf("segments: a power of two of frames; at least 256 segments where there are so many frames, at most 64 MB "
           "each in a stack%s\n",
           run->config.output.segment_frames > 0 ? " (here as --segment-frames asks)" : "");
    printf("%" PRId64 " rank%s with %" PRId64 " thread%s%s; memory per rank: at most %s; time: about %s\n", ranks,
           plural(ranks), threads, plural(threads), ranks > 1 ? " each" : "", memory, time);
    const double segment = json_real_value(json_object_get(plan, "segment_seconds"));
    nsr_seconds_text(segment, time, sizeof time);
    if (segment >= 1)
        printf("a segment takes a worker about %s: ask Slurm for --signal=B:USR1@%" PRId64 "\n", time,
               nsr_json_int(plan, "signal_lead_seconds"));
    printf("each chunk of the input is read %.2f times per pass on average\n",
           json_real_value(json_object_get(plan, "read_amplification")));
    json_array_foreach(json_object_get(plan, "outputs"), i, output) print_output(output);
}

bool nsr_command_plan(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    if (!nsr_run_open(run, comm, err) || !nsr_run_prepare(run, comm, err)) return false;
    json_t *plan = plan_json(run, comm);
    if (!plan)
        nsr_fail(err, NSR_EINTERNAL, "the plan cannot be written as JSON");
    else if (nsr_is_root(comm) && run->config.run.json)
        nsr_json_print(plan, err);
    else if (nsr_is_root(comm))
        print_plan(run, plan);
    json_decref(plan);
    return nsr_agree(comm, err);
}
