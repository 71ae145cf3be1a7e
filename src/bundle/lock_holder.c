/* SPDX-License-Identifier: MIT */
#include "lock_holder.h"
#include "base/json.h"
#include "base/process.h"
#include "base/utf8.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A process that this one may not see (hidepid=2) or signal lives: only ESRCH proves its end. */
static bool has_ended(const nsr_holder *holder) {
    if (holder->pid <= 0) return false;
    int64_t start = nsr_process_start(holder->pid);
    if (start >= 0 && holder->start >= 0) return start != holder->start;
    return kill((pid_t)holder->pid, 0) && errno == ESRCH;
}

/* JSON has no bytes that are not UTF-8. */
static void keep_ascii(char *text) {
    for (; *text; text++)
        if ((unsigned char)*text < 32 || (unsigned char)*text > 126) *text = '?';
}

static void copy_environment(char *out, size_t size, const char *name) {
    const char *text = getenv(name);
    snprintf(out, size, "%s", text ? text : "");
    keep_ascii(out);
}

static void read_boot(char *out, size_t size) {
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
    if (!file || !fgets(out, (int)size, file)) *out = 0;
    if (file) fclose(file);
    out[strcspn(out, "\n")] = 0;
}

static void read_space(char *out, size_t size) {
    ssize_t n = readlink("/proc/self/ns/pid", out, size - 1);
    out[n > 0 ? n : 0] = 0;
}

void nsr_holder_self(nsr_holder *holder, const char *run) {
    const char *restart = getenv("SLURM_RESTART_COUNT");
    *holder = (nsr_holder){.pid = getpid(), .restart = restart ? atoll(restart) : 0};
    holder->start = nsr_process_start(holder->pid);
    gethostname(holder->host, sizeof holder->host - 1);
    keep_ascii(holder->host);
    read_boot(holder->boot, sizeof holder->boot);
    read_space(holder->space, sizeof holder->space);
    copy_environment(holder->job, sizeof holder->job, "SLURM_JOB_ID");
    copy_environment(holder->step, sizeof holder->step, "SLURM_STEP_ID");
    snprintf(holder->id, sizeof holder->id, "%s", run);
}

void nsr_holder_text(const nsr_holder *h, char text[NSR_HOLDER_TEXT]) {
    json_t *json = json_pack("{sssssssIsIsssssIsssI}", "host", h->host, "boot", h->boot, "space", h->space, "pid",
                             (json_int_t)h->pid, "start", (json_int_t)h->start, "job", h->job, "step", h->step,
                             "restart", (json_int_t)h->restart, "run", h->id, "beats", (json_int_t)h->beats);
    memset(text, ' ', NSR_HOLDER_TEXT);
    json_dumpb(json, text, NSR_HOLDER_TEXT - 1, 0);
    text[NSR_HOLDER_TEXT - 1] = '\n';
    json_decref(json);
}

nsr_holder_state nsr_holder_read(nsr_holder *h, const char *path, nsr_err *why) {
    *why = (nsr_err){0};
    *h = (nsr_holder){0};
    json_t *json = nsr_json_load(path, why);
    if (why->code == NSR_ENOINPUT) return NSR_HOLDER_NONE;
    if (!json) return why->code == NSR_EDATA ? NSR_HOLDER_DAMAGED : NSR_HOLDER_UNREADABLE;
    *h = (nsr_holder){.pid = nsr_json_int(json, "pid"),
                      .start = nsr_json_int(json, "start"),
                      .restart = nsr_json_int(json, "restart"),
                      .beats = nsr_json_int(json, "beats")};
    snprintf(h->host, sizeof h->host, "%s", nsr_json_text(json, "host"));
    snprintf(h->boot, sizeof h->boot, "%s", nsr_json_text(json, "boot"));
    snprintf(h->space, sizeof h->space, "%s", nsr_json_text(json, "space"));
    snprintf(h->job, sizeof h->job, "%s", nsr_json_text(json, "job"));
    snprintf(h->step, sizeof h->step, "%s", nsr_json_text(json, "step"));
    snprintf(h->id, sizeof h->id, "%s", nsr_json_text(json, "run"));
    nsr_text_clean(h->host); /* texts that were cut short */
    nsr_text_clean(h->job);
    nsr_text_clean(h->step);
    json_decref(json);
    return NSR_HOLDER_KNOWN;
}

bool nsr_holder_same(const nsr_holder *a, const nsr_holder *b) { return !strcmp(a->id, b->id) && a->pid == b->pid; }

bool nsr_holder_local(const nsr_holder *holder, const nsr_holder *me) {
    return *me->boot && *me->space && !strcmp(holder->boot, me->boot) && !strcmp(holder->space, me->space);
}

bool nsr_holder_earlier_try(const nsr_holder *holder, const nsr_holder *me) {
    return *me->job && !strcmp(holder->job, me->job) && !strcmp(holder->step, me->step) &&
           holder->restart < me->restart;
}

bool nsr_holder_dead(const nsr_holder *holder, const nsr_holder *me) {
    return nsr_holder_earlier_try(holder, me) || (nsr_holder_local(holder, me) && has_ended(holder));
}

/* Slurm counts restarts from 0, people count tries from 1. */
void nsr_holder_words(const nsr_holder *holder, char text[NSR_HOLDER_WORDS]) {
    size_t at = (size_t)snprintf(text, NSR_HOLDER_WORDS, "host %s, process %lld", holder->host, (long long)holder->pid);
    if (!*holder->job) return;
    at += (size_t)snprintf(text + at, NSR_HOLDER_WORDS - at, ", job %s", holder->job);
    if (*holder->step) at += (size_t)snprintf(text + at, NSR_HOLDER_WORDS - at, " step %s", holder->step);
    if (holder->restart > 0) snprintf(text + at, NSR_HOLDER_WORDS - at, " (try %lld)", (long long)holder->restart + 1);
}
