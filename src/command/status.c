/* SPDX-License-Identifier: MIT */
/* status: what of a bundle is done, which runs work on it, how to continue. Needs neither options nor the input. */
#include "bundle/lock.h"
#include "bundle/record.h"
#include "bundle/several_folders.h"
#include "command.h"
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct progress {
    int64_t n_segments, done, failed;
    bool finished;
    char holders[1024], first_failure[700];
} progress;

static bool wants_all(const nsr_record *record, const json_t *outputs) {
    const char *name;
    json_t *digest;
    json_object_foreach((json_t *)outputs, name, digest) {
        int slot = nsr_record_find(record, name);
        if (slot < 0 || strcmp(record->output[slot].digest, json_string_value(digest))) return false;
    }
    return true;
}

static void read_failure(progress *s, const char *path) {
    nsr_err ignored = {0};
    char *text = nsr_file_get(path, NULL, &ignored);
    s->failed++;
    if (text && !*s->first_failure) snprintf(s->first_failure, sizeof s->first_failure, "%s", text);
    free(text);
}

static void examine_segments(progress *s, const char *dir, const json_t *plan, nsr_err *err) {
    char segments[NSR_PATH], path[NSR_PATH];
    DIR *list = nsr_path(segments, err, "%s/segments", dir) ? opendir(segments) : NULL;
    for (struct dirent *entry; list && nsr_good(err) && (entry = readdir(list));) {
        long long segment = -1;
        char kind[16] = "";
        nsr_record record;
        if (sscanf(entry->d_name, "%lld.%15s", &segment, kind) != 2 || segment < 0 || segment >= s->n_segments)
            continue;
        if (!strcmp(kind, "error") && nsr_path(path, err, "%s/%s", segments, entry->d_name)) read_failure(s, path);
        if (strcmp(kind, "json")) continue;
        nsr_record_read(&record, dir, segment);
        s->done += wants_all(&record, json_object_get(plan, "outputs"));
    }
    if (list) closedir(list);
}

static bool examine_bundle(progress *s, const char *dir, nsr_err *err) {
    char path[NSR_PATH];
    struct stat st;
    if (stat(dir, &st)) return nsr_fail(err, NSR_ENOINPUT, "%s: no such bundle", dir);
    if (!nsr_lock_holders(dir, s->holders, sizeof s->holders, err) || !nsr_path(path, err, "%s/plan.json", dir))
        return false;
    if (stat(path, &st) && *s->holders) return true; /* a run that is still finding the range */
    if (stat(path, &st)) return nsr_fail(err, NSR_ENOINPUT, "%s: has no plan.json: not a bundle", dir);
    json_t *plan = nsr_json_load(path, err);
    if (!plan) return false;
    s->n_segments = nsr_json_int(json_object_get(plan, "segments"), "n");
    if (!nsr_path(path, err, "%s/manifest.json", dir)) return json_decref(plan), false;
    s->finished = stat(path, &st) == 0;
    if (s->finished)
        s->done = s->n_segments;
    else
        examine_segments(s, dir, plan, err);
    json_decref(plan);
    return nsr_good(err);
}

static json_t *progress_json(const progress *s) {
    return json_pack("{sbsIsIsIsIssss}", "finished", s->finished, "n_segments", (json_int_t)s->n_segments, "done",
                     (json_int_t)s->done, "failed", (json_int_t)s->failed, "missing",
                     (json_int_t)(s->n_segments - s->done - s->failed), "at_work", s->holders, "first_failure",
                     s->first_failure);
}

static void print_status(const progress *s, const char *dir) {
    if (s->finished)
        printf("%s: finished, %" PRId64 " segments\n", dir, s->n_segments);
    else
        printf("%s: %" PRId64 " of %" PRId64 " segments done, %" PRId64 " failed, %" PRId64 " missing\n", dir, s->done,
               s->n_segments, s->failed, s->n_segments - s->done - s->failed);
    if (*s->first_failure) printf("first failure: %s\n", s->first_failure);
    if (*s->holders) printf("at work: %s\n", s->holders);
    if (!s->finished && (!*s->holders || strstr(s->holders, "(ended")))
        printf("go on with: nsrender-mpi resume %s%s\n", dir,
               s->failed ? " (add --on-error fill to draw unreadable frames as no data)" : "");
}

static json_t *report(const char *dir, bool json, nsr_err *err) {
    progress s = {0};
    if (!examine_bundle(&s, dir, err)) return NULL;
    if (json) return progress_json(&s);
    print_status(&s, dir);
    return NULL;
}

/* One object, or {"fields": [...]} for a bundle of several. */
static void report_all(const char *dir, const nsr_folders *folders, bool json, nsr_err *err) {
    json_t *list = json_array(), *one = folders->n == 0 ? report(dir, json, err) : NULL;
    for (int i = 0; i < folders->n && nsr_good(err); i++) {
        json_t *field = report(folders->path[i], json, err);
        if (field) json_array_append_new(list, field);
    }
    if (folders->n > 0 && json) one = json_pack("{sO}", "fields", list);
    if (one && nsr_good(err)) nsr_json_print(one, err);
    json_decref(one);
    json_decref(list);
}

bool nsr_command_status(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    nsr_folders folders;
    if (nsr_several_folders(&folders, run->config.input, comm, err) && nsr_is_root(comm))
        report_all(run->config.input, &folders, run->config.run.json, err);
    free(folders.path);
    return nsr_agree(comm, err);
}
