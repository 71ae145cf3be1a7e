/* SPDX-License-Identifier: MIT */
/* What of a bundle is there already. Records come from segments/ or, where a bundle is finished, from its manifest; all
   workers share the checking, which may read every byte. A finished bundle that needs more is opened again: its records
   go back to segments/ before the manifest, the sign that it is done, is taken away. */
#include "bundle/manifest_read.h"
#include "run.h"
#include <dirent.h>
#include <errno.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct survey {
    nsr_run *run;
    json_t *manifest;    /* NULL: not finished */
    json_t *kept;        /* root: the manifest of a finished bundle that was opened again and not finished since */
    unsigned char *have; /* per segment: a record is there */
    int64_t *bad;        /* per segment that this rank has checked: frames that are drawn as no data */
    nsr_queue queue;
    pthread_mutex_t mutex;                  /* of what follows */
    unsigned char joined[NSR_MOST_OUTPUTS]; /* per whole output: some segments are in its joined files, */
    unsigned char apart[NSR_MOST_OUTPUTS];  /* some are not, in whichever share */
} survey;

/* One listing of segments/, by the root; notes of failed segments are out of date from now on. */
static void list_records(survey *s) {
    nsr_err ignored = {0};
    char path[NSR_PATH];
    DIR *list = nsr_path(path, &ignored, "%s/segments", s->run->bundle.dir) ? opendir(path) : NULL;
    for (struct dirent *entry; list && (entry = readdir(list));) {
        long long segment = -1;
        char kind[16] = "";
        if (sscanf(entry->d_name, "%lld.%15s", &segment, kind) != 2 || segment < 0 ||
            segment >= s->run->input.plan.n_segments)
            continue;
        if (!strcmp(kind, "json")) s->have[segment] = 1;
        if (!strcmp(kind, "error")) nsr_record_failure(s->run->bundle.dir, segment, "");
    }
    if (list) closedir(list);
}

static bool load_manifest(survey *s, const nsr_comm *comm, nsr_err *err) {
    char path[NSR_PATH], *text = NULL;
    nsr_err none = {0};
    if (nsr_is_root(comm) && nsr_path(path, err, "%s/manifest.json", s->run->bundle.dir)) {
        text = nsr_file_get(path, NULL, &none);
        if (!text && none.code != NSR_ENOINPUT) *err = none;
    }
    if (!nsr_agree(comm, err) || !nsr_bcast_text(comm, &text, err)) return free(text), false;
    if (text && !(s->manifest = json_loads(text, 0, NULL)))
        nsr_warn("%s: manifest.json is damaged; what is there is checked again", s->run->bundle.dir);
    free(text);
    nsr_err ignored = {0};
    if (!s->manifest && nsr_is_root(comm) && nsr_manifest_kept(s->run->bundle.dir, path, &ignored))
        s->kept = nsr_json_load(path, &ignored);
    return true;
}

static void read_record(const survey *s, int64_t segment, nsr_record *record) {
    if (s->manifest)
        nsr_manifest_record(s->manifest, segment, record);
    else
        nsr_record_read(record, s->run->bundle.dir, segment);
}

static bool output_done(const survey *s, const nsr_output *output, int64_t segment, const nsr_record *record) {
    const nsr_sink_kind *kind = output->sink.kind;
    int slot = nsr_record_find(record, kind->name);
    char why[512] = "";
    if (!kind->stored || slot < 0 || strcmp(record->output[slot].digest, output->digest)) return false;
    bool contents = !strcmp(s->run->config.output.check, "hash");
    if (!kind->check || kind->check(&output->sink, segment, &record->output[slot].part, contents, why, sizeof why))
        return true;
    nsr_detail("segment %lld, %s: %s: %s; it is rendered again", (long long)segment, kind->name,
               record->output[slot].part.path, why);
    return false;
}

static bool in_share(const nsr_run *run, int64_t segment) {
    nsr_share share = run->config.output.share;
    return !share.n || (segment >= run->input.plan.n_segments * (share.k - 1) / share.n &&
                        segment < run->input.plan.n_segments * share.k / share.n);
}

static bool is_joined(const nsr_output *output, const nsr_record *record) {
    int slot = nsr_record_find(record, output->sink.kind->name);
    return output->sink.kind->whole && strncmp(record->output[slot].part.path, "parts/", 6);
}

static void see(survey *s, unsigned char *flag) {
    pthread_mutex_lock(&s->mutex);
    *flag = 1;
    pthread_mutex_unlock(&s->mutex);
}

/* Another share's segments are its own: two shares never write the same record. */
static void redo_segment(nsr_run *run, int output, int64_t segment) {
    if (in_share(run, segment)) run->todo[segment] |= (unsigned char)(1u << output);
}

static void redo(nsr_run *run, int output) {
    for (int64_t u = 0; u < run->input.plan.n_segments; u++)
        redo_segment(run, output, u);
}

static void check_segment(survey *s, int64_t u) {
    nsr_run *run = s->run;
    nsr_record record = {0};
    if (s->manifest || s->have[u]) read_record(s, u, &record);
    s->bad[u] = record.bad_frames;
    for (int i = 0; i < run->bundle.n_outputs; i++) {
        bool done = output_done(s, &run->bundle.output[i], u, &record);
        if (!done) redo_segment(run, i, u);
        see(s, done && is_joined(&run->bundle.output[i], &record) ? &s->joined[i] : &s->apart[i]);
    }
}

static void work(void *user, int worker, nsr_team *team) {
    (void)worker;
    survey *s = user;
    for (int64_t u; nsr_team_stop(team) == NSR_GO && (u = nsr_queue_next(&s->queue)) >= 0;) {
        nsr_span shown = nsr_plan_segment(&s->run->input.plan, u);
        check_segment(s, u);
        nsr_team_report(team, shown.end - shown.first);
    }
}

/* Frames that were filled (--on-error fill) are tried again: the input may have been repaired since, perhaps in part,
   and the range need not be of all frames. A segment that would fail stays what it is. */
static void look_again(survey *s, nsr_err *err) {
    nsr_run *run = s->run;
    const bool fill = !strcmp(run->config.output.on_error, "fill");
    nsr_frame_window window = {0};
    for (int64_t u = 0; u < run->input.plan.n_segments && nsr_good(err); u++) {
        if (s->bad[u] <= 0 || !nsr_team_goes_on(run->input.team, err)) continue;
        if (!window.reader && !nsr_frame_window_open(&window, &run->input.cache, err)) break;
        int64_t now = nsr_frame_window_bad(&window, nsr_plan_segment(&run->input.plan, u), err);
        if (now < 0 || now >= s->bad[u] || (now && !fill)) continue;
        nsr_detail("segment %lld: %lld of its frames could not be read, and %lld now; it is rendered again",
                   (long long)u, (long long)s->bad[u], (long long)now);
        for (int i = 0; i < run->bundle.n_outputs; i++)
            redo_segment(run, i, u), s->apart[i] = 1;
    }
    nsr_frame_window_close(&window);
}

static bool check_segments(survey *s, const nsr_comm *comm, nsr_err *err) {
    nsr_run *run = s->run;
    nsr_stage stage = {.name = "check", .total = run->input.plan.n, .work = work, .user = s};
    pthread_mutex_init(&s->mutex, NULL);
    if (nsr_queue_open(&s->queue, comm, run->input.plan.n_segments, true, err))
        nsr_team_run(run->input.team, comm, &stage, err);
    nsr_queue_close(&s->queue, comm);
    pthread_mutex_destroy(&s->mutex);
    if (nsr_good(err)) look_again(s, err);
    nsr_agree(comm, err);
    nsr_or_bytes(comm, s->joined, run->bundle.n_outputs);
    nsr_or_bytes(comm, s->apart, run->bundle.n_outputs);
    nsr_or_bytes(comm, run->todo, (int)run->input.plan.n_segments);
    return nsr_good(err);
}

/* The part of a joined file that belongs to no segment (headers). When it is damaged, nothing in the file can be
 * trusted.
 */
static void check_containers(const survey *s) {
    nsr_run *run = s->run;
    nsr_record record = {0};
    if (s->manifest) nsr_manifest_record(s->manifest, run->input.plan.n_segments, &record);
    for (int i = 0; i < run->bundle.n_outputs; i++) {
        int slot = nsr_record_find(&record, run->bundle.output[i].sink.kind->name);
        if (slot < 0 ||
            nsr_container_good(run->bundle.dir, &record.output[slot].part, !strcmp(run->config.output.check, "hash")))
            continue;
        nsr_warn("%s: the headers of %s are damaged; it is written again", run->bundle.dir,
                 record.output[slot].part.path);
        redo(run, i);
    }
}

static bool anything(const nsr_run *run, int output) {
    for (int64_t u = 0; u < run->input.plan.n_segments; u++)
        if (run->todo[u] & (output < 0 ? 0xff : 1u << output)) return true;
    return false;
}

/* What is joined as a whole is made again as a whole, each share its own segments. */
static void spread_whole(const survey *s) {
    for (int i = 0; i < s->run->bundle.n_outputs; i++)
        if (s->joined[i] && s->apart[i]) redo(s->run, i);
}

static bool is_metadata(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash && !strcmp(slash, "/zarr.json");
}

/* Damage to files that are made of all segments makes all again, others are only rewritten, as they are for another
   style. While a bundle is not finished metadata may be missing, or be newer than the manifest that was kept. */
static void check_files_of(const survey *s, int i, bool contents, nsr_err *err) {
    nsr_run *run = s->run;
    const nsr_sink_kind *kind = run->bundle.output[i].sink.kind;
    const json_t *output = nsr_manifest_output(s->manifest ? s->manifest : s->kept, kind->name), *file;
    size_t k;
    bool good = output && (s->manifest || s->joined[i]);
    json_array_foreach(json_object_get(output, "other_files"), k, file) {
        nsr_part part;
        if (!nsr_team_goes_on(run->input.team, err)) return;
        nsr_part_from_json(&part, file);
        if (!good || (!s->manifest && is_metadata(part.path)) || nsr_other_file_good(run->bundle.dir, &part, contents))
            continue;
        nsr_warn("%s: %s is damaged or missing; it is written again", run->bundle.dir, part.path);
        run->refinish = true;
        if (kind->whole && !is_metadata(part.path)) good = false, redo(run, i);
    }
}

/* What is finished again lists files with the hash they have then: they must be good now. */
static void check_files(const survey *s, nsr_err *err) {
    nsr_run *run = s->run;
    bool contents = !strcmp(run->config.output.check, "hash");
    for (int i = 0; i < run->bundle.n_outputs; i++) {
        const json_t *output = nsr_manifest_output(s->manifest, run->bundle.output[i].sink.kind->name);
        check_files_of(s, i, contents, err);
        run->refinish =
            run->refinish || (output && strcmp(nsr_json_text(output, "style"), run->bundle.output[i].style));
    }
    bool again = !s->manifest || run->refinish || anything(run, -1);
    for (int i = 0; i < run->bundle.n_outputs; i++)
        if (again && !contents && run->bundle.output[i].sink.kind->whole && !anything(run, i))
            check_files_of(s, i, true, err);
}

/* Joined files stay in place while their outputs are made again, and are read under another name meanwhile, so that the
   new file can take their place in one step. */
static bool keep_joined(const survey *s, nsr_record *record, nsr_err *err) {
    const nsr_run *run = s->run;
    for (int i = 0; i < run->bundle.n_outputs; i++) {
        int slot = nsr_record_find(record, run->bundle.output[i].sink.kind->name);
        if (slot < 0 || !run->bundle.output[i].sink.kind->join || !anything(run, i)) continue;
        if (run->bundle.output[i].sink.kind->whole) {
            nsr_record_remove(record, slot);
            continue;
        }
        nsr_part *part = &record->output[slot].part;
        char from[NSR_PATH], to[NSR_PATH], kept[sizeof part->path];
        if (!strncmp(part->path, "parts/", 6)) continue;
        snprintf(kept, sizeof kept, "parts/kept-%.200s", part->path);
        if (!nsr_path(from, err, "%s/%s", run->bundle.dir, part->path) ||
            !nsr_path(to, err, "%s/%s", run->bundle.dir, kept))
            return false;
        if (access(to, F_OK) && link(from, to) && rename(from, to) && errno != ENOENT)
            return nsr_fail(err, NSR_EIO, "%s: cannot be kept as %s: %s", from, to, strerror(errno));
        memcpy(part->path, kept, sizeof kept);
    }
    return true;
}

static bool reopen(const survey *s, nsr_err *err) {
    const nsr_run *run = s->run;
    char path[NSR_PATH];
    if (!nsr_path(path, err, "%s/parts", run->bundle.dir) || !nsr_make_dir(path, err)) return false;
    if (!nsr_path(path, err, "%s/segments", run->bundle.dir) || !nsr_make_dir(path, err)) return false;
    for (int64_t u = 0; u <= run->input.plan.n_segments; u++) { /* the last one holds the containers */
        nsr_record record;
        if (!nsr_team_goes_on(run->input.team, err)) return false; /* the manifest still stands */
        nsr_manifest_record(s->manifest, u, &record);
        if (record.n &&
            !(keep_joined(s, &record, err) && nsr_record_write(&record, run->bundle.dir, u, run->bundle.run_id, err)))
            return false;
    }
    char kept[NSR_PATH];
    if (!nsr_path(path, err, "%s/manifest.json", run->bundle.dir) || !nsr_manifest_kept(run->bundle.dir, kept, err))
        return false;
    if (rename(path, kept)) return nsr_fail(err, NSR_EIO, "%s: cannot be renamed: %s", path, strerror(errno));
    return nsr_sync_dir(run->bundle.dir, err);
}

static void count_done(nsr_run *run) {
    run->frames_done = 0;
    for (int64_t u = 0; u < run->input.plan.n_segments; u++) {
        nsr_span shown = nsr_plan_segment(&run->input.plan, u);
        if (!run->todo[u]) run->frames_done += shown.end - shown.first;
    }
}

/* What belongs to no segment. */
static bool check_rest(survey *s, const nsr_comm *comm, nsr_err *err) {
    nsr_run *run = s->run;
    if (nsr_is_root(comm)) check_containers(s), check_files(s, err);
    if (!nsr_agree(comm, err)) return false;
    nsr_or_bytes(comm, run->todo, (int)run->input.plan.n_segments);
    nsr_bcast(comm, &run->refinish, sizeof run->refinish);
    spread_whole(s);
    return true;
}

static void settle(survey *s, bool *nothing, const nsr_comm *comm, nsr_err *err) {
    *nothing = s->manifest && !anything(s->run, -1) && !s->run->refinish;
    count_done(s->run);
    if (s->manifest && !*nothing && nsr_is_root(comm)) reopen(s, err);
    nsr_agree(comm, err);
}

bool nsr_completeness_check(nsr_run *run, const nsr_comm *comm, bool *nothing, nsr_err *err) {
    size_t n = (size_t)run->input.plan.n_segments;
    survey s = {.run = run, .have = calloc(n, 1), .bad = calloc(n, sizeof *s.bad)};
    run->todo = calloc(n, 1);
    if (!s.have || !s.bad || !run->todo) nsr_fail(err, NSR_EINTERNAL, "out of memory for %zu segments", n);
    if (nsr_agree(comm, err) && load_manifest(&s, comm, err)) {
        if (!s.manifest && nsr_is_root(comm)) list_records(&s);
        nsr_or_bytes(comm, s.have, (int)n);
        if (check_segments(&s, comm, err) && check_rest(&s, comm, err)) settle(&s, nothing, comm, err);
    }
    json_decref(s.manifest);
    json_decref(s.kept);
    free(s.have);
    free(s.bad);
    return nsr_good(err);
}
