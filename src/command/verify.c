/* SPDX-License-Identifier: MIT */
/* verify: every part of a finished bundle against the hashes of its manifest, shared by the ranks; with --against also
   that the input is still the one it was made from. Changes nothing. */
#include "bundle/identity.h"
#include "bundle/manifest_read.h"
#include "bundle/ownership.h"
#include "bundle/plan_options.h"
#include "bundle/range_json.h"
#include "bundle/several_folders.h"
#include "command.h"
#include "measure/passes.h"
#include "stages/compare_values.h"
#include <inttypes.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DESCRIBED = 100 }; /* problems per rank that are described; further ones are only counted */

typedef struct checking {
    nsr_run *run;
    nsr_field field; /* from the manifest, because the input may be gone */
    json_t *manifest, *problems;
    int64_t segments, files, bytes, bad;
    int64_t other_input; /* problems that only show that --against is another input; the bundle may be good */
} checking;

static void problem(checking *c, const char *path, int64_t segment, const char *what) {
    if (c->bad++ >= MOST_DESCRIBED) return;
    json_array_append_new(c->problems, json_pack("{sssoss}", "path", path, "segment",
                                                 segment < 0 ? json_null() : json_integer(segment), "what", what));
}

static void check_part(checking *c, const nsr_sink *sink, int64_t segment, const nsr_part *part) {
    char why[512] = "damaged";
    c->files += part->files;
    c->bytes += part->bytes;
    if (sink->kind->check && !sink->kind->check(sink, segment, part, true, why, sizeof why))
        problem(c, part->path, segment, why);
}

static void check_files(checking *c, const json_t *files, const nsr_comm *comm, nsr_err *err) {
    nsr_part part;
    for (int64_t i = nsr_rank(comm); i < (int64_t)json_array_size(files); i += nsr_ranks(comm)) {
        if (!nsr_team_goes_on(c->run->input.team, err)) return;
        nsr_part_from_json(&part, json_array_get(files, (size_t)i));
        c->files++;
        c->bytes += part.bytes;
        if (!nsr_other_file_good(c->run->bundle.dir, &part, true)) problem(c, part.path, -1, "is damaged or missing");
    }
}

static void check_output(checking *c, const json_t *output, const nsr_comm *comm, nsr_err *err) {
    const nsr_sink_kind *kind = nsr_sink_find(nsr_json_text(output, "format"));
    const json_t *segments = json_object_get(output, "segments"), *container = json_object_get(output, "container");
    nsr_sink sink = {.kind = kind, .job = &c->run->job};
    nsr_part part;
    if (!kind) {
        problem(c, nsr_json_text(output, "format"), -1, "an output that this version does not know");
        return;
    }
    for (int64_t u = nsr_rank(comm); u < (int64_t)json_array_size(segments); u += nsr_ranks(comm)) {
        if (!nsr_team_goes_on(c->run->input.team, err)) return;
        nsr_part_from_json(&part, json_array_get(segments, (size_t)u));
        check_part(c, &sink, u, &part);
        c->segments++;
    }
    check_files(c, json_object_get(output, "other_files"), comm, err);
    if (!container || !nsr_is_root(comm)) return;
    nsr_part_from_json(&part, container);
    c->bytes += part.bytes;
    if (!nsr_container_good(c->run->bundle.dir, &part, true))
        problem(c, part.path, -1, "the headers of the file are damaged or missing");
}

/* Restores from the manifest what a sink needs to check its parts. */
static void restore_job(checking *c) {
    nsr_run *run = c->run;
    const json_t *selection = json_object_get(c->manifest, "selection"),
                 *segments = json_object_get(c->manifest, "segments");
    run->input.plan = (nsr_plan){.first = nsr_json_int(selection, "first"),
                                 .step = nsr_json_int(selection, "step"),
                                 .n = nsr_json_int(selection, "n"),
                                 .segment_frames = nsr_json_int(segments, "frames"),
                                 .n_segments = nsr_json_int(segments, "n")};
    c->field.n_frames = nsr_json_int(json_object_get(c->manifest, "input"), "n_frames");
    c->field.n_bins = nsr_json_int(json_object_get(c->manifest, "input"), "n_bins");
    const json_t *geometry = json_object_get(c->manifest, "geometry"), *raster = json_object_get(geometry, "raster");
    run->raster.map.w = (int)nsr_json_int(raster, "width");
    run->raster.map.h = (int)nsr_json_int(raster, "height");
    nsr_json_get_range(&run->measured.range, json_object_get(c->manifest, "range"));
    run->job = (nsr_job){.config = &run->config,
                         .field = &c->field,
                         .raster = &run->raster,
                         .range = &run->measured.range,
                         .plan = &run->input.plan,
                         .dir = run->bundle.dir,
                         .run = run->bundle.run_id};
}

static bool load_manifest(checking *c, const nsr_comm *comm, nsr_err *err) {
    const char *dir = c->run->bundle.dir;
    char path[NSR_PATH];
    c->problems = json_array();
    c->manifest = nsr_path(path, err, "%s/manifest.json", dir) ? nsr_json_share(path, comm, err) : NULL;
    if (!nsr_good(err) || c->manifest) return nsr_good(err);
    if (nsr_is_root(comm) && nsr_bundle_exists(dir, err))
        nsr_fail(err, NSR_ENOINPUT,
                 "%s: has no manifest.json: not a bundle, or not finished; see `nsrender-mpi status %s`", dir, dir);
    return nsr_agree(comm, err);
}

/* Sends the problems of all ranks to the root, as JSON text, and adds up the counts. */
static void gather_problems(checking *c, const nsr_comm *comm, nsr_err *err) {
    for (int rank = 1; rank < nsr_ranks(comm); rank++) {
        char *text = NULL;
        nsr_gather_text(comm, rank, rank == nsr_rank(comm) ? (text = json_dumps(c->problems, 0)) : NULL, &text, err);
        if (!nsr_is_root(comm)) {
            free(text);
            continue;
        }
        json_t *more = text ? json_loads(text, 0, NULL) : NULL;
        if (more) json_array_extend(c->problems, more);
        json_decref(more);
        free(text);
    }
    int64_t sums[] = {c->segments, c->files, c->bytes, c->bad};
    nsr_sum_i64(comm, sums, (int)NSR_COUNTOF(sums));
    c->segments = sums[0], c->files = sums[1], c->bytes = sums[2], c->bad = sums[3];
}

static void differs(checking *c, const char *what) {
    c->other_input++;
    problem(c, c->run->config.input, -1, what);
}

/* Compares the present input with the manifest: its identity, and the exact range of all its values. */
static bool same_input(checking *c, const nsr_comm *comm, nsr_err *err) {
    nsr_run *run = c->run;
    nsr_range then;
    run->config.input = run->config.output.against;
    if (!nsr_run_open(run, comm, err) || !nsr_run_prepare(run, comm, err) ||
        !nsr_pass_range(&run->measured, NULL, NULL, comm, err))
        return false;
    nsr_json_get_range(&then, json_object_get(c->manifest, "range"));
    if (!nsr_is_root(comm)) return true;
    if (!nsr_identity_same(&run->measured.identity, json_object_get(json_object_get(c->manifest, "input"), "identity")))
        differs(c, "is not the input this bundle was made from: values, type or times differ");
    else if (then.min != run->measured.range.min || then.max != run->measured.range.max ||
             then.n_finite != run->measured.range.n_finite)
        differs(c, "its values have changed since the bundle was made: another range");
    return true;
}

static void part_differs(void *user, const char *path, int64_t segment, const char *why) {
    checking *c = user;
    c->other_input++;
    problem(c, path, segment, why);
}

static bool check_against(checking *c, const nsr_comm *comm, nsr_err *err) {
    if (!same_input(c, comm, err)) return false;
    bool other = c->other_input > 0;
    nsr_bcast(comm, &other, sizeof other);
    return other || nsr_compare(c->run, c->manifest, part_differs, c, comm, err);
}

static json_t *verdict_json(const checking *c) {
    return json_pack("{sbs{sIsIsI}sO}", "ok", c->bad == 0, "checked", "segments", (json_int_t)c->segments, "files",
                     (json_int_t)c->files, "bytes", (json_int_t)c->bytes, "problems", c->problems);
}

static void print_verdict(const checking *c) {
    char bytes[40];
    size_t i;
    json_t *p;
    nsr_bytes_text(c->bytes, bytes, sizeof bytes);
    const char *verdict = c->bad > c->other_input ? "damaged" : c->bad ? "of another input" : "good";
    printf("%s: %" PRId64 " parts, %" PRId64 " files, %s: %s\n", c->run->bundle.dir, c->segments, c->files, bytes,
           verdict);
    json_array_foreach(c->problems, i, p) {
        if (json_is_integer(json_object_get(p, "segment")))
            printf("  %s: segment %lld: %s\n", nsr_json_text(p, "path"), (long long)nsr_json_int(p, "segment"),
                   nsr_json_text(p, "what"));
        else
            printf("  %s: %s\n", nsr_json_text(p, "path"), nsr_json_text(p, "what"));
    }
    if (c->bad > c->other_input) printf("repair with: nsrender-mpi resume %s --check hash\n", c->run->bundle.dir);
}

static bool report(const checking *c, const nsr_comm *comm, nsr_err *err) {
    json_t *json = verdict_json(c);
    if (nsr_is_root(comm) && c->run->config.run.json)
        nsr_json_print(json, err);
    else if (nsr_is_root(comm))
        print_verdict(c);
    json_decref(json);
    if (c->bad)
        nsr_fail(err, NSR_EDATA, "%s: %" PRId64 " problem%s found", c->run->bundle.dir, c->bad, c->bad == 1 ? "" : "s");
    return nsr_agree(comm, err);
}

static bool verify(nsr_run *run, const char *dir, const nsr_comm *comm, nsr_err *err) {
    checking c = {.run = run};
    size_t i;
    json_t *output;
    snprintf(run->bundle.dir, sizeof run->bundle.dir, "%s", dir);
    if (load_manifest(&c, comm, err) && nsr_bundle_remember(&run->bundle, run->bundle.dir, comm, err)) {
        restore_job(&c);
        json_array_foreach(json_object_get(c.manifest, "outputs"), i, output) check_output(&c, output, comm, err);
        bool good = nsr_agree(comm, err) && (!run->config.output.against || check_against(&c, comm, err));
        if (good) gather_problems(&c, comm, err);
        if (nsr_agree(comm, err)) report(&c, comm, err);
    }
    json_decref(c.manifest);
    json_decref(c.problems);
    return nsr_good(err);
}

/* Each field with a run of its own. Damage in one field does not keep the others from being verified. */
static bool verify_fields(nsr_run *run, const nsr_folders *folders, const nsr_comm *comm, nsr_err *err) {
    nsr_run *one = calloc(1, sizeof *one);
    if (!one) nsr_fail(err, NSR_EINTERNAL, "out of memory for a run");
    nsr_agree(comm, err);
    for (int i = 0; i < folders->n && (nsr_good(err) || err->code == NSR_EDATA); i++) {
        nsr_err own = {0};
        nsr_run_init(one, &run->config);
        verify(one, folders->path[i], comm, &own);
        run->config.kept = one->config.kept; /* texts that were added belong to the caller's configuration */
        nsr_run_close(one, comm);
        if (nsr_good(err)) *err = own;
    }
    free(one);
    return nsr_good(err);
}

bool nsr_command_verify(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    nsr_folders folders;
    if (nsr_several_folders(&folders, run->config.input, comm, err))
        folders.n ? verify_fields(run, &folders, comm, err) : verify(run, run->config.input, comm, err);
    free(folders.path);
    return nsr_agree(comm, err);
}
