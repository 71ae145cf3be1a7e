/* SPDX-License-Identifier: MIT */
/* status: what of a bundle is done, which runs work on it, how to continue. Needs neither options nor the input. */
#include "bundle/bundle_state.h"
#include "bundle/several_folders.h"
#include "command.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t missing(const nsr_bundle_state *s) {
    int64_t n = s->n_segments - s->done - s->failed;
    return n > 0 ? n : 0; /* a plan that was edited may want fewer than there are */
}

static json_t *state_json(const nsr_bundle_state *s) {
    return json_pack("{sbsIsIsIsIssss}", "finished", s->finished, "n_segments", (json_int_t)s->n_segments, "done",
                     (json_int_t)s->done, "failed", (json_int_t)s->failed, "missing", (json_int_t)missing(s), "at_work",
                     s->holders, "first_failure", s->first_failure);
}

static void print_advice(const nsr_bundle_state *s, const char *dir) {
    if (s->planned && s->done == s->n_segments)
        printf("all segments are done; complete the outputs with: nsrender-mpi join %s\n", dir);
    else
        printf("go on with: nsrender-mpi resume %s%s\n", dir,
               s->failed ? " (add --on-error fill to draw unreadable frames as no data)" : "");
}

static void print_state(const nsr_bundle_state *s, const char *dir) {
    if (s->finished)
        printf("%s: finished, %" PRId64 " segments\n", dir, s->n_segments);
    else
        printf("%s: %" PRId64 " of %" PRId64 " segments done, %" PRId64 " failed, %" PRId64 " missing\n", dir, s->done,
               s->n_segments, s->failed, missing(s));
    if (*s->first_failure) printf("first failure: %s\n", s->first_failure);
    if (*s->holders) printf("at work: %s\n", s->holders);
    if (!s->finished && (!*s->holders || strstr(s->holders, "(ended"))) print_advice(s, dir);
}

static json_t *report(const char *dir, bool json, nsr_err *err) {
    nsr_bundle_state state;
    if (!nsr_bundle_state_find(&state, dir, err)) return NULL;
    if (!json) return print_state(&state, dir), NULL;
    json_t *document = state_json(&state);
    if (!document) nsr_fail(err, NSR_EINTERNAL, "out of memory for a JSON document");
    return document;
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
