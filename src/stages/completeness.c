/* SPDX-License-Identifier: MIT */
/* Finds the outputs of segments that a bundle lacks. A finished bundle has its records in the manifest, an unfinished
   one in segments/. A finished bundle that lacks something is reopened. */
#include "completeness.h"
#include <dirent.h>
#include <errno.h>
#include <nsrender/log.h>
#include <stdlib.h>
#include <string.h>

/* One listing of segments/, by the root. Notes of failed segments are removed: their segments are tried again. */
static bool list_records(nsr_completeness *c, nsr_err *err) {
    char path[NSR_PATH];
    if (!nsr_path(path, err, "%s/segments", c->run->bundle.dir)) return false;
    DIR *list = opendir(path);
    if (!list) return errno == ENOENT || nsr_fail_io(err, NSR_EIO, "list", path);
    for (struct dirent *entry; (entry = readdir(list));) {
        int64_t segment;
        nsr_segment_entry kind = nsr_record_entry(entry->d_name, c->run->input.plan.n_segments, &segment);
        if (kind == NSR_ENTRY_RECORD) c->run->recorded[segment] = 1;
        if (kind == NSR_ENTRY_FAILURE) nsr_record_failure(c->run->bundle.dir, segment, "");
    }
    closedir(list);
    return true;
}

/* NULL when the bundle is not finished, or when the document is damaged. */
static json_t *share_manifest(const nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    char path[NSR_PATH];
    json_t *manifest =
        nsr_path(path, err, "%s/manifest.json", run->bundle.dir) ? nsr_json_share(path, comm, err) : NULL;
    if (err->code != NSR_EDATA) return manifest;
    *err = (nsr_err){0};
    nsr_warn("%s: manifest.json is damaged; all files are checked again", run->bundle.dir);
    return NULL;
}

static json_t *load_former_manifest(const nsr_run *run) {
    nsr_err ignored = {0};
    char path[NSR_PATH];
    return nsr_manifest_kept(run->bundle.dir, path, &ignored) ? nsr_json_load(path, &ignored) : NULL;
}

static bool load_records(nsr_completeness *c, const nsr_comm *comm, nsr_err *err) {
    c->manifest = share_manifest(c->run, comm, err);
    if (!nsr_good(err)) return false;
    if (!c->manifest && nsr_is_root(comm)) {
        c->former_manifest = load_former_manifest(c->run);
        list_records(c, err);
    }
    if (!nsr_agree(comm, err)) return false;
    if (c->manifest) memset(c->run->recorded, 1, (size_t)c->run->input.plan.n_segments);
    nsr_or_bytes(comm, c->run->recorded, (int)c->run->input.plan.n_segments);
    return true;
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
    if (!nsr_agree(comm, err)) return false;
    nsr_or_bytes(comm, run->todo, (int)run->input.plan.n_segments);
    nsr_bcast(comm, &run->refinish, sizeof run->refinish);
    spread_to_whole(c);
    return true;
}

static void count_done(nsr_run *run) {
    run->frames_done = 0;
    for (int64_t segment = 0; segment < run->input.plan.n_segments; segment++) {
        nsr_span shown = nsr_plan_segment(&run->input.plan, segment);
        if (!run->todo[segment]) run->frames_done += shown.end - shown.first;
    }
}

static void reopen_unless_complete(nsr_completeness *c, bool *complete, const nsr_comm *comm, nsr_err *err) {
    *complete = c->manifest && !nsr_must_render_any(c->run) && !c->run->refinish;
    count_done(c->run);
    if (c->manifest && !*complete && nsr_is_root(comm)) nsr_reopen(c, err);
    nsr_agree(comm, err);
}

bool nsr_completeness_check(nsr_run *run, const nsr_comm *comm, bool *complete, nsr_err *err) {
    size_t n = (size_t)run->input.plan.n_segments;
    nsr_completeness c = {.run = run, .bad_frames = calloc(n, sizeof *c.bad_frames)};
    run->todo = calloc(n, 1);
    run->recorded = calloc(n, 1);
    if (!run->recorded || !c.bad_frames || !run->todo)
        nsr_fail(err, NSR_EINTERNAL, "out of memory for %zu segments", n);
    if (nsr_agree(comm, err) && load_records(&c, comm, err) && nsr_check_segments(&c, comm, err) &&
        check_files(&c, comm, err))
        reopen_unless_complete(&c, complete, comm, err);
    json_decref(c.manifest);
    json_decref(c.former_manifest);
    free(c.bad_frames);
    return nsr_good(err);
}
