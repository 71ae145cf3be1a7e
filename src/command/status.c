/* SPDX-License-Identifier: MIT */
/* status: what of a bundle is done, which runs work on it, how to continue. Needs neither options nor the input. */
#include "bundle/bundle_state.h"
#include "bundle/lock_list.h"
#include "bundle/several_folders.h"
#include "command.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOLDERS = 1024 }; /* bytes of a text */

static int64_t missing(const nsr_bundle_state *s) {
    int64_t n = s->n_segments - s->done - s->failed;
    return n > 0 ? n : 0; /* a plan that was edited may want fewer than there are */
}

static json_t *state_json(const nsr_bundle_state *s, const nsr_lock_list *locks) {
    char at_work[HOLDERS];
    nsr_lock_list_text(locks, at_work, sizeof at_work);
    return json_pack("{sbsIsIsIsIsosssoss}", "finished", s->finished, "n_segments", (json_int_t)s->n_segments, "done",
                     (json_int_t)s->done, "failed", (json_int_t)s->failed, "missing", (json_int_t)missing(s),
                     "missing_of_shares", nsr_shares_json(&s->shares), "at_work", at_work, "locks",
                     nsr_lock_list_json(locks), "first_failure", s->first_failure);
}

static int count_life(const nsr_lock_list *locks, nsr_lock_life life) {
    int n = 0;
    for (int i = 0; i < locks->n; i++)
        n += locks->lock[i].life == life;
    return n;
}

static int count_alive(const nsr_lock_list *locks) {
    return locks->n - count_life(locks, NSR_LOCK_ENDED) - count_life(locks, NSR_LOCK_DEAD);
}

/* What is in hand needs no advice. */
static void print_advice(const nsr_bundle_state *s, const nsr_lock_list *locks, const char *gaps, const char *dir) {
    const bool whole = s->planned && s->done == s->n_segments;
    const int alive = count_alive(locks);
    if (s->finished || (alive > 0 && alive == locks->n)) return;
    if (alive > 0)
        printf("when the others have ended, go on with: ");
    else if (whole)
        printf("all segments are done; complete the outputs with: ");
    else
        printf("%sgo on with: ", *gaps ? "run what is missing again, or " : "");
    printf("nsrender-mpi %s %s%s%s\n", whole ? "join" : "resume", dir,
           s->failed ? " (add --on-error fill to draw unreadable frames as no data)" : "",
           count_life(locks, NSR_LOCK_DEAD) ? " (it watches that lock for a minute, then takes over)" : "");
}

static void print_state(const nsr_bundle_state *s, const nsr_lock_list *locks, const char *dir) {
    char holders[HOLDERS], gaps[NSR_SHARES_TEXT];
    nsr_lock_list_text(locks, holders, sizeof holders);
    nsr_shares_text(&s->shares, gaps);
    if (s->finished)
        printf("%s: finished, %" PRId64 " segments\n", dir, s->n_segments);
    else
        printf("%s: %" PRId64 " of %" PRId64 " segments done, %" PRId64 " failed, %" PRId64 " missing\n", dir, s->done,
               s->n_segments, s->failed, missing(s));
    if (*s->first_failure) printf("first failure: %s\n", s->first_failure);
    if (*gaps) printf("missing: %s\n", gaps);
    if (*holders) printf("%s: %s\n", count_alive(locks) ? "at work" : "left behind", holders);
    print_advice(s, locks, gaps, dir);
}

static json_t *report_state(const char *dir, const nsr_lock_list *locks, bool json, nsr_err *err) {
    nsr_bundle_state state;
    json_t *document = NULL;
    if (nsr_bundle_state_find(&state, dir, locks->n > 0, err)) {
        if (json)
            document = state_json(&state, locks);
        else
            print_state(&state, locks, dir);
        if (json && !document) nsr_fail(err, NSR_EINTERNAL, "out of memory for a JSON document");
    }
    nsr_bundle_state_close(&state);
    return document;
}

/* `around`: locks of the bundle of several fields that this one is a field of. */
static json_t *report(const char *dir, const nsr_lock_list *around, bool json, nsr_err *err) {
    nsr_lock_list locks;
    json_t *document = NULL;
    if (nsr_lock_list_find(&locks, dir, err)) {
        nsr_lock_list_watch(&locks, dir);
        document = report_state(dir, around && locks.n == 0 ? around : &locks, json, err);
    }
    nsr_lock_list_close(&locks);
    return document;
}

static json_t *report_fields(const char *dir, const nsr_folders *folders, bool json, nsr_err *err) {
    nsr_lock_list locks;
    json_t *list = json_array();
    if (nsr_lock_list_find(&locks, dir, err)) nsr_lock_list_watch(&locks, dir);
    for (int i = 0; i < folders->n && nsr_good(err); i++) {
        json_t *field = report(folders->path[i], &locks, json, err);
        if (field) json_array_append_new(list, field);
    }
    nsr_lock_list_close(&locks);
    return json_pack("{so}", "fields", list);
}

/* One object, or {"fields": [...]} for a bundle of several. */
static void report_all(const char *dir, const nsr_folders *folders, bool json, nsr_err *err) {
    json_t *document = folders->n ? report_fields(dir, folders, json, err) : report(dir, NULL, json, err);
    if (json && nsr_good(err)) nsr_json_print(document, err);
    json_decref(document);
}

bool nsr_command_status(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    nsr_folders folders;
    if (nsr_several_folders(&folders, run->config.input, comm, err) && nsr_is_root(comm))
        report_all(run->config.input, &folders, run->config.run.json, err);
    free(folders.path);
    return nsr_agree(comm, err);
}
