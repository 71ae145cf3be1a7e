/* SPDX-License-Identifier: MIT */
/* Finds the outputs of segments that a bundle lacks. A finished bundle has its records in the manifest, an unfinished
   one in the journals of segments/. A finished bundle that lacks something is reopened. */
#include "completeness.h"
#include <nsrender/log.h>
#include <stdlib.h>
#include <string.h>

static json_t *load_former_manifest(const nsr_run *run) {
    nsr_err ignored = {0};
    char path[NSR_PATH];
    return nsr_manifest_kept(run->bundle.dir, path, &ignored) ? nsr_json_load(path, &ignored) : NULL;
}

/* Root only. */
static void read_records(nsr_completeness *c, nsr_err *err) {
    nsr_run *run = c->run;
    nsr_err damage = {0};
    nsr_records_load(&run->records, run->bundle.dir, &c->manifest, &damage, err);
    if (!nsr_good(&damage)) nsr_warn("%s: manifest.json is damaged; all files are checked again", run->bundle.dir);
    if (!c->manifest) c->former_manifest = load_former_manifest(run);
}

/* The root reads for all, because nodes may see different versions of a file. */
static bool load_records(nsr_completeness *c, const nsr_comm *comm, nsr_err *err) {
    if (nsr_is_root(comm)) read_records(c, err);
    c->finished = c->manifest != NULL;
    return nsr_from_root(comm, &c->finished, sizeof c->finished, err) && nsr_records_share(&c->run->records, comm, err);
}

/* An output that is joined as a whole is rendered again as a whole when a segment is missing; each share renders its
   own segments. */
static void spread_to_whole(const nsr_completeness *c) {
    for (int i = 0; i < c->run->bundle.n_outputs; i++)
        if (c->joined[i] && c->unjoined[i]) nsr_render_all_again(c->run, i);
}

static bool check_files(nsr_completeness *c, const nsr_comm *comm, nsr_err *err) {
    nsr_run *run = c->run;
    if (nsr_is_root(comm)) nsr_check_files(c, err);
    if (!nsr_from_root(comm, &run->refinish, sizeof run->refinish, err)) return false;
    nsr_or_bytes(comm, run->todo, (int)run->input.plan.n_segments);
    spread_to_whole(c);
    return true;
}

/* What other shares have done is none of this run's progress. */
static void count_frames(nsr_run *run) {
    run->frames_wanted = run->frames_done = 0;
    for (int64_t segment = 0; segment < run->input.plan.n_segments; segment++) {
        nsr_span shown = nsr_plan_segment(&run->input.plan, segment);
        if (!nsr_in_share(run, segment)) continue;
        run->frames_wanted += shown.end - shown.first;
        if (!run->todo[segment]) run->frames_done += shown.end - shown.first;
    }
}

static void reopen_unless_complete(nsr_completeness *c, bool *complete, const nsr_comm *comm, nsr_err *err) {
    *complete = c->finished && !nsr_must_render_any(c->run) && !c->run->refinish;
    count_frames(c->run);
    if (c->finished && !*complete && nsr_is_root(comm)) nsr_reopen(c, err);
    nsr_from_root(comm, &c->run->records.runs, sizeof c->run->records.runs, err);
}

bool nsr_completeness_check(nsr_run *run, const nsr_comm *comm, bool *complete, nsr_err *err) {
    size_t n = (size_t)run->input.plan.n_segments;
    nsr_completeness c = {.run = run};
    run->todo = calloc(n, 1);
    if (!run->todo) nsr_fail(err, NSR_EINTERNAL, "out of memory for %zu segments", n);
    nsr_records_open(&run->records, (int64_t)n, err);
    if (nsr_agree(comm, err) && load_records(&c, comm, err) && nsr_check_segments(&c, comm, err) &&
        check_files(&c, comm, err))
        reopen_unless_complete(&c, complete, comm, err);
    json_decref(c.manifest);
    json_decref(c.former_manifest);
    return nsr_good(err);
}
