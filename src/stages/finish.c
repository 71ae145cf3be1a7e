/* SPDX-License-Identifier: MIT */
/* The end of a run: the root reads all journals once, all ranks join the outputs, and the root writes the manifest and
   removes the files that only rendering needs. */
#include "bundle/manifest_read.h"
#include "run.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- collecting --- */

/* The output of this kind; NULL: the bundle lacks it. */
static nsr_finished_output *finished_of(nsr_finished *finished, const nsr_sink_kind *kind) {
    for (int k = 0; k < finished->n; k++)
        if (finished->output[k].kind == kind) return &finished->output[k];
    return NULL;
}

/* Counts of other colour limits say nothing about those of this run, unless these hold all values. */
static void forget_other_limits(const nsr_run *run, nsr_record *record) {
    const nsr_measurement *m = &run->measured;
    const bool exact = m->subset.kind == NSR_SUBSET_ALL && m->range.n_bad == 0;
    char limits[NSR_LIMITS_CHARS];
    nsr_limits_text(limits, m->limits.vmin, m->limits.vmax);
    if (!strcmp(limits, record->facts.limits)) return;
    record->facts.clip.below = exact && m->limits.vmin <= m->range.min ? 0 : NSR_NOT_COUNTED;
    record->facts.clip.above = exact && m->limits.vmax >= m->range.max ? 0 : NSR_NOT_COUNTED;
}

static int64_t sum_of_counts(int64_t a, int64_t b) { return a < 0 || b < 0 ? NSR_NOT_COUNTED : a + b; }

static void add_counts(nsr_finished *finished, const nsr_record *record) {
    finished->clip.below = sum_of_counts(finished->clip.below, record->facts.clip.below);
    finished->clip.above = sum_of_counts(finished->clip.above, record->facts.clip.above);
    finished->clip.nodata += record->facts.clip.nodata;
    finished->bad_frames += record->facts.bad_frames;
    json_array_append_new(finished->clipped,
                          json_pack("[ooII]", nsr_json_count(record->facts.clip.below),
                                    nsr_json_count(record->facts.clip.above), (json_int_t)record->facts.clip.nodata,
                                    (json_int_t)record->facts.bad_frames));
    json_array_append_new(finished->values, json_string(record->facts.values));
}

/* The digest of an output that this run makes; of another, that of its first segment. */
static void set_digest(const nsr_run *run, nsr_finished_output *output, const char *first) {
    snprintf(output->digest, sizeof output->digest, "%s", first);
    for (int i = 0; i < run->bundle.n_outputs; i++)
        if (run->bundle.output[i].sink.kind == output->kind)
            memcpy(output->digest, run->bundle.output[i].digest, sizeof output->digest);
}

/* Takes over the parts of an output. A part of another digest, which another run has put there, is never listed; an
   output that the first segment lacks is incomplete, and is not listed at all. */
static void collect_output(const nsr_run *run, nsr_finished *finished, nsr_recorded_output *recorded) {
    const nsr_sink_kind *kind = nsr_sink_find(recorded->name);
    if (!kind || !*recorded->part[0].path) return;
    nsr_finished_output *output = &finished->output[finished->n++];
    output->kind = kind;
    set_digest(run, output, recorded->digest[0]);
    for (int64_t u = 0; u < run->input.plan.n_segments; u++)
        if (strcmp(output->digest, recorded->digest[u])) recorded->part[u].path[0] = 0;
    output->parts = recorded->part;
    recorded->part = NULL;
}

static bool check_complete(const nsr_run *run, const nsr_finished *finished, nsr_err *err) {
    for (int k = 0; k < finished->n; k++)
        for (int64_t u = 0; u < run->input.plan.n_segments; u++)
            if (!*finished->output[k].parts[u].path)
                return nsr_fail(err, NSR_EMISMATCH,
                                "%s: segment %lld of %s is missing, or another run has rendered it with other "
                                "options; go on with: nsrender-mpi resume %s",
                                run->bundle.dir, (long long)u, finished->output[k].kind->name, run->bundle.dir);
    return true;
}

static void collect_counts(const nsr_run *run, nsr_finished *finished, const nsr_records *records) {
    for (int64_t u = 0; u < records->n; u++) {
        nsr_record record;
        nsr_records_get(records, u, &record);
        forget_other_limits(run, &record);
        add_counts(finished, &record);
    }
}

static void collect_all(const nsr_run *run, nsr_finished *finished, nsr_records *records) {
    collect_counts(run, finished, records);
    for (int k = 0; nsr_sinks[k]; k++)
        for (int i = 0; i < records->n_outputs; i++)
            if (!strcmp(records->output[i].name, nsr_sinks[k]->name))
                collect_output(run, finished, &records->output[i]);
}

/* Root only. */
static void collect_records(const nsr_run *run, nsr_finished *finished, const nsr_comm *comm, nsr_err *err) {
    const nsr_journals own = {run->records.runs + 1, nsr_ranks(comm), run->bundle.run_id};
    nsr_records records;
    if (nsr_records_open(&records, run->input.plan.n_segments, err) &&
        nsr_records_read(&records, run->bundle.dir, &own, err))
        collect_all(run, finished, &records);
    nsr_records_close(&records);
    if (nsr_good(err)) check_complete(run, finished, err);
}

/* --- joining --- */

static bool needs_join(const nsr_finished_output *output, int64_t n_segments) {
    for (int64_t u = 0; u < n_segments; u++)
        if (!strncmp(output->parts[u].path, "parts/", 6)) return true;
    return false;
}

/* The root knows the parts; every rank gets them, to share the copying. */
static bool join_output(const nsr_run *run, nsr_output *output, nsr_finished *finished, const nsr_comm *comm,
                        nsr_err *err) {
    int64_t n_segments = run->input.plan.n_segments;
    nsr_finished_output *own = nsr_is_root(comm) ? finished_of(finished, output->sink.kind) : NULL;
    bool wanted = own && needs_join(own, n_segments);
    nsr_bcast(comm, &wanted, sizeof wanted);
    if (!wanted || !output->sink.kind->join) return true;
    nsr_part *parts = own ? own->parts : calloc((size_t)n_segments + 1, sizeof *parts);
    if (!parts) nsr_fail(err, NSR_EINTERNAL, "out of memory for the parts of %s", output->sink.kind->name);
    if (nsr_agree(comm, err)) {
        nsr_bcast(comm, parts, (size_t)(n_segments + 1) * sizeof *parts);
        output->sink.kind->join(&output->sink, comm, parts, n_segments, err);
        nsr_agree(comm, err);
    }
    if (!own) free(parts);
    return nsr_good(err);
}

/* --- finishing --- */

static bool finish_output(const nsr_output *output, nsr_finished_output *finished, nsr_err *err) {
    const nsr_sink_kind *kind = output->sink.kind;
    char text[4096] = "";
    memcpy(finished->style, output->style, sizeof finished->style);
    if (kind->describe) kind->describe(&output->sink, text, sizeof text);
    if (*text && !(finished->description = json_loads(text, 0, NULL)))
        return nsr_fail(err, NSR_EINTERNAL, "internal error (bug): the description of %s is no JSON: %s", kind->name,
                        text);
    return !kind->finish || kind->finish(&output->sink, &finished->files, err);
}

/* An output that exists in the bundle and that this run does not touch stays as the old manifest has it. */
static bool keep_output(const nsr_run *run, nsr_finished_output *finished, nsr_err *err) {
    char path[NSR_PATH];
    nsr_err none = {0};
    size_t i;
    json_t *old = nsr_manifest_kept(run->bundle.dir, path, err) ? nsr_json_load(path, &none) : NULL, *file;
    const json_t *output = nsr_manifest_output(old, finished->kind->name);
    snprintf(finished->style, sizeof finished->style, "%s", nsr_json_text(output, "style"));
    finished->description = json_deep_copy(json_object_get(output, "description"));
    json_array_foreach(json_object_get(output, "other_files"), i, file) {
        nsr_part part;
        nsr_part_from_json(&part, file); /* with the old hash, so that damage since then stays visible */
        if (nsr_good(err)) nsr_files_put(&finished->files, &part, err);
    }
    json_decref(old);
    return nsr_good(err);
}

/* Root only, in the order of the registry. */
static void finish_outputs(const nsr_run *run, nsr_finished *finished, nsr_err *err) {
    bool own[NSR_MOST_OUTPUTS] = {0};
    for (int i = 0; i < run->bundle.n_outputs; i++)
        for (int k = 0; k < finished->n && nsr_good(err); k++)
            if (finished->output[k].kind == run->bundle.output[i].sink.kind)
                own[k] = true, finish_output(&run->bundle.output[i], &finished->output[k], err);
    for (int k = 0; k < finished->n && nsr_good(err); k++)
        if (!own[k]) keep_output(run, &finished->output[k], err);
}

static void free_finished(nsr_finished *finished) {
    for (int i = 0; i < finished->n; i++) {
        free(finished->output[i].parts);
        nsr_files_free(&finished->output[i].files);
        json_decref(finished->output[i].description);
    }
    json_decref(finished->clipped);
    json_decref(finished->values);
}

/* Every node flushes what its ranks have written since `dir` was opened, before the manifest promises it. The node of
   the root does so when it writes the manifest. */
static bool flush_outputs(const nsr_run *run, int dir, const nsr_comm *comm, nsr_err *err) {
    if (nsr_good(err) && nsr_node_rank(comm) == 0 && !nsr_is_root(comm)) nsr_flush_all(dir, run->bundle.dir, err);
    return nsr_agree(comm, err);
}

/* Joins read the parts, write and flush them once more; the rate is that at which this run flushed. Root only. */
static double seconds_to_join(const nsr_run *run, const nsr_finished *finished) {
    int64_t bytes = 0;
    const int64_t n_segments = run->input.plan.n_segments;
    if (run->costs.flush_rate <= 0) return 0;
    for (int k = 0; k < finished->n; k++) {
        if (!needs_join(&finished->output[k], n_segments)) continue;
        for (int64_t u = 0; u < n_segments; u++)
            bytes += finished->output[k].parts[u].bytes;
    }
    return (double)bytes / run->costs.flush_rate;
}

static bool join_and_finish(nsr_run *run, nsr_finished *finished, const nsr_comm *comm, nsr_err *err) {
    if (nsr_is_root(comm)) nsr_team_goes_on_for(run->input.team, seconds_to_join(run, finished), err);
    if (!nsr_from_root(comm, NULL, 0, err)) return false;
    for (int i = 0; i < run->bundle.n_outputs && nsr_good(err); i++)
        join_output(run, &run->bundle.output[i], finished, comm, err);
    if (nsr_good(err) && nsr_is_root(comm) && nsr_team_goes_on(run->input.team, err) &&
        nsr_source_unchanged(run->input.source, err))
        finish_outputs(run, finished, err);
    return nsr_good(err);
}

static bool join_and_flush(nsr_run *run, nsr_finished *finished, const nsr_comm *comm, nsr_err *err) {
    int dir = open(run->bundle.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) nsr_fail_io(err, NSR_EIO, "open", run->bundle.dir);
    if (nsr_agree(comm, err)) join_and_finish(run, finished, comm, err);
    flush_outputs(run, dir, comm, err);
    if (dir >= 0) close(dir);
    return nsr_good(err);
}

/* Root only. */
static void write_manifest(nsr_run *run, nsr_finished *finished, const nsr_comm *comm, nsr_err *err) {
    run->clip = finished->clip;
    run->bad_frames = finished->bad_frames;
    finished->costs = run->costs;
    if (nsr_manifest_write(&run->bundle, finished, nsr_ranks(comm), err)) nsr_cleanup(&run->bundle, err);
}

bool nsr_finish(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    nsr_finished finished = {.clipped = json_array(), .values = json_array()};
    const double start = nsr_team_begins(run->input.team, "join");
    run->costs.bytes_read = nsr_source_bytes_read(run->input.source);
    nsr_sum_i64(comm, &run->costs.bytes_read, 1);
    if (nsr_is_root(comm)) collect_records(run, &finished, comm, err);
    bool good = nsr_from_root(comm, NULL, 0, err) && join_and_flush(run, &finished, comm, err);
    run->costs.join = nsr_seconds_now() - start;
    if (good && nsr_is_root(comm)) write_manifest(run, &finished, comm, err);
    free_finished(&finished);
    nsr_team_ends(run->input.team, "join", start);
    return nsr_from_root(comm, NULL, 0, err);
}
