/* SPDX-License-Identifier: MIT */
/* What of a bundle is done: its plan says what is wanted, manifest and records say what is there. */
#include "bundle_state.h"
#include "base/utf8.h"
#include "lock.h"
#include "manifest_read.h"
#include "ownership.h"
#include "record.h"
#include <dirent.h>
#include <errno.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A plan whose digest is no text wants what no record has. */
static bool has_all(const nsr_record *record, const json_t *outputs) {
    const char *name;
    json_t *digest;
    json_object_foreach((json_t *)outputs, name, digest) {
        const char *wanted = json_string_value(digest);
        int slot = nsr_record_find(record, name);
        if (!wanted || slot < 0 || strcmp(record->output[slot].digest, wanted) != 0) return false;
    }
    return true;
}

/* --- a bundle with a manifest --- */

static int64_t listed_segments(const json_t *manifest) {
    return (int64_t)json_array_size(json_object_get(manifest, "clipped_by_segment"));
}

/* Another run may want more outputs, or others, than the finished one has. */
static void count_listed(nsr_bundle_state *s, const json_t *plan, const json_t *manifest) {
    int64_t n = listed_segments(manifest) < s->n_segments ? listed_segments(manifest) : s->n_segments;
    for (int64_t segment = 0; segment < n; segment++) {
        nsr_record record;
        nsr_manifest_record(manifest, segment, &record);
        s->done += has_all(&record, json_object_get(plan, "outputs"));
    }
    s->finished = s->done == s->n_segments;
}

/* --- a bundle with records --- */

static bool read_failure(nsr_bundle_state *s, const char *path, nsr_err *err) {
    nsr_err failure = {0};
    char *text = nsr_file_get(path, NULL, &failure);
    if (!text && failure.code == NSR_ENOINPUT) return true; /* the segment is tried again */
    s->failed++;
    if (text && !*s->first_failure) snprintf(s->first_failure, sizeof s->first_failure, "%s", text);
    nsr_text_clean(s->first_failure);
    free(text);
    if (!nsr_good(&failure) && nsr_good(err)) *err = failure;
    return nsr_good(err);
}

static bool count_entry(nsr_bundle_state *s, const char *dir, const char *name, const json_t *plan, nsr_err *err) {
    char path[NSR_PATH];
    int64_t segment;
    nsr_record record;
    nsr_segment_entry kind = nsr_record_entry(name, s->n_segments, &segment);
    if (kind == NSR_ENTRY_FAILURE)
        return nsr_path(path, err, "%s/segments/%s", dir, name) && read_failure(s, path, err);
    if (kind != NSR_ENTRY_RECORD) return true;
    nsr_record_read(&record, dir, segment);
    s->done += has_all(&record, json_object_get(plan, "outputs"));
    return true;
}

static bool count_records(nsr_bundle_state *s, const char *dir, const json_t *plan, nsr_err *err) {
    char segments[NSR_PATH];
    if (!nsr_path(segments, err, "%s/segments", dir)) return false;
    DIR *list = opendir(segments);
    if (!list) return errno == ENOENT || nsr_fail_io(err, NSR_EIO, "list", segments);
    for (struct dirent *entry; nsr_good(err) && (entry = readdir(list));)
        count_entry(s, dir, entry->d_name, plan, err);
    closedir(list);
    return nsr_good(err);
}

/* --- both --- */

static bool count_segments(nsr_bundle_state *s, const char *dir, const json_t *plan, nsr_err *err) {
    char path[NSR_PATH];
    nsr_err failure = {0};
    s->planned = true;
    s->n_segments = nsr_json_int(json_object_get(plan, "segments"), "n");
    if (s->n_segments < 1 || !json_is_integer(json_object_get(plan, "nsrender")))
        return nsr_fail(err, NSR_EDATA, "%s/plan.json: is no plan of this program; render --replace starts anew", dir);
    if (!nsr_path(path, err, "%s/manifest.json", dir)) return false;
    json_t *manifest = nsr_json_load(path, &failure);
    if (manifest)
        count_listed(s, plan, manifest);
    else if (failure.code == NSR_EDATA)
        nsr_warn("%s; resume checks all files again", failure.msg);
    else if (failure.code != NSR_ENOINPUT)
        return *err = failure, false;
    json_decref(manifest);
    return manifest || count_records(s, dir, plan, err);
}

bool nsr_bundle_state_find(nsr_bundle_state *s, const char *dir, nsr_err *err) {
    char path[NSR_PATH];
    nsr_err failure = {0};
    *s = (nsr_bundle_state){0};
    if (!nsr_bundle_exists(dir, err) || !nsr_lock_holders(dir, s->holders, sizeof s->holders, err) ||
        !nsr_path(path, err, "%s/plan.json", dir))
        return false;
    nsr_text_clean(s->holders);
    json_t *plan = nsr_json_load(path, &failure);
    if (plan) {
        count_segments(s, dir, plan, err);
        json_decref(plan);
    } else if (failure.code != NSR_ENOINPUT) {
        *err = failure;
    } else if (!*s->holders) {
        nsr_fail(err, NSR_ENOINPUT, "%s: has no plan.json: not a bundle", dir);
    }
    return nsr_good(err);
}
