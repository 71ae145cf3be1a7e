/* SPDX-License-Identifier: MIT */
/* A bundle as status reads it. The input is plan.json, manifest.json, a lock, and the lines of a journal without their
   hashes, which would keep a fuzzer out; a zero byte is between them, and an empty one is missing. What status counts
   is in order, and its texts can be printed as JSON. */
#include "base/json.h"
#include "bundle/bundle_state.h"
#include "bundle/lock_list.h"
#include "bundle/several_folders.h"

#include <nsrender/hash.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const FILES[] = {"plan.json", "manifest.json", "locks/run", "segments/000001-00000-3a15d2a1.jnl"};
enum { N_FILES = sizeof FILES / sizeof *FILES, JOURNAL = N_FILES - 1, N_LINES = 2 };
static char bundle[64];

static void remove_files(void) {
    char path[128];
    for (int i = 0; i < N_FILES; i++) {
        snprintf(path, sizeof path, "%s/%s", bundle, FILES[i]);
        unlink(path);
    }
}

static void remove_bundle(void) {
    char path[128];
    static const char *const folders[] = {"/locks", "/segments", ""};
    remove_files();
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s%s", bundle, folders[i]);
        rmdir(path);
    }
}

static void make_bundle(void) {
    char path[128];
    snprintf(bundle, sizeof bundle, "%s/state-XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
    if (!mkdtemp(bundle)) abort();
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", bundle, i ? "segments" : "locks");
        if (mkdir(path, 0700)) abort();
    }
    atexit(remove_bundle);
}

static void put(const char *name, bool line, const uint8_t *data, size_t size) {
    char path[128], hash[NSR_HASH_CHARS];
    snprintf(path, sizeof path, "%s/%s", bundle, name);
    FILE *file = size ? fopen(path, line ? "ab" : "wb") : NULL;
    if (!size) return;
    nsr_hash_of(data, size, hash);
    if (!file || (line && fprintf(file, "%s ", hash) < 0) || fwrite(data, 1, size, file) != size ||
        (line && fputc('\n', file) == EOF) || fclose(file))
        abort();
}

static void put_all(const uint8_t *data, size_t size) {
    for (int i = 0; i < JOURNAL + N_LINES; i++) {
        const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
        size_t length = zero ? (size_t)(zero - data) : size;
        put(FILES[i < JOURNAL ? i : JOURNAL], i >= JOURNAL, data, length);
        data += length + (zero != NULL);
        size -= length + (zero != NULL);
    }
}

static void check_text(const char *text) {
    json_t *json = json_string(text);
    if (!json) abort();
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    nsr_bundle_state state;
    nsr_lock_list locks;
    nsr_folders folders;
    char text[1024];
    nsr_err err = {0}, names = {0}, listed = {0};
    nsr_log_open(NSR_LOG_ERROR, false);
    if (!*bundle) make_bundle();
    remove_files();
    put_all(data, size);
    nsr_comm *comm = nsr_comm_open_alone();
    nsr_lock_list_find(&locks, bundle, &listed);
    nsr_lock_list_text(&locks, text, sizeof text);
    if (nsr_bundle_state_find(&state, bundle, locks.n > 0, &err) &&
        (state.done < 0 || state.failed < 0 || (state.planned && state.n_segments < 1) ||
         (state.finished && state.done != state.n_segments)))
        abort();
    check_text(text);
    json_t *json = json_pack("[oo]", nsr_lock_list_json(&locks), nsr_shares_json(&state.shares));
    if (!json) abort();
    json_decref(json);
    nsr_bundle_state_close(&state);
    nsr_lock_list_close(&locks);
    check_text(state.first_failure);
    if (nsr_several_folders(&folders, bundle, comm, &names) && folders.n < 0) abort();
    if (err.code == NSR_EINTERNAL || names.code == NSR_EINTERNAL) abort();
    free(folders.path);
    nsr_comm_close(comm);
    return 0;
}
