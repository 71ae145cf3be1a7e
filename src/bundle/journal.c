/* SPDX-License-Identifier: MIT */
/* Appending to a journal, and the group commit: one flush of the file system for all parts since the last, then one of
   the line that says so. */
#include "journal.h"
#include <fcntl.h>
#include <inttypes.h>
#include <nsrender/team.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double FLUSH_EVERY = 2;                    /* seconds */
static const int64_t FLUSH_OUTPUT = INT64_C(256) << 20; /* bytes */
static const int64_t SOME_OUTPUT = INT64_C(16) << 20;   /* bytes that tell the rate of a file system */

void nsr_journal_name(char name[NSR_JOURNAL_NAME], int64_t run, int rank, const char *run_id) {
    snprintf(name, NSR_JOURNAL_NAME, "%06" PRId64 "-%05d-%s.jnl", run, rank, run_id);
}

/* --- lines --- */

static char *line_of(json_t *json, size_t *bytes) {
    char hash[NSR_HASH_CHARS], *text = json ? json_dumps(json, JSON_COMPACT) : NULL, *line = NULL;
    if (text) {
        const size_t n = strlen(text);
        nsr_hash_of(text, n, hash);
        *bytes = NSR_HASH_CHARS + n + 1;
        line = malloc(*bytes + 1);
        if (line) snprintf(line, *bytes + 1, "%s %s\n", hash, text);
    }
    free(text);
    json_decref(json);
    return line;
}

static void cut_to(nsr_journal *j, int64_t bytes) {
    if (ftruncate(j->fd, bytes) == 0) j->bytes = bytes;
}

/* Takes over `json`. A line that is written in part is removed again, so that the next one stands alone. */
static bool append_locked(nsr_journal *j, json_t *json, nsr_err *err) {
    size_t bytes = 0;
    char *line = line_of(json, &bytes);
    if (j->broken) return free(line), nsr_fail(err, NSR_EIO, "%s: cannot be flushed", j->path);
    if (!line) return nsr_fail(err, NSR_EINTERNAL, "%s: out of memory for a line", j->path);
    bool good = nsr_pwrite_all(j->fd, line, bytes, j->bytes, j->path, err);
    free(line);
    if (good)
        j->bytes += (int64_t)bytes;
    else
        cut_to(j, j->bytes);
    return good;
}

static bool append_mark(nsr_journal *j, json_t *json, nsr_err *err) {
    pthread_mutex_lock(&j->mutex);
    bool good = append_locked(j, json, err);
    pthread_mutex_unlock(&j->mutex);
    return good;
}

/* A line that has to be flushed. */
static bool append_line(nsr_journal *j, json_t *json, nsr_err *err) {
    pthread_mutex_lock(&j->mutex);
    bool good = append_locked(j, json, err);
    j->last_line = j->bytes;
    pthread_mutex_unlock(&j->mutex);
    return good;
}

static json_t *first_line(const nsr_journal_writer *writer) {
    json_t *json = json_pack("{ss}", "input", writer->stamp);
    if (writer->share.n) json_object_set_new(json, "share", json_pack("[ii]", writer->share.k, writer->share.n));
    return json;
}

bool nsr_journal_open(nsr_journal *j, const char *dir, const nsr_journal_writer *writer, nsr_err *err) {
    char name[NSR_JOURNAL_NAME];
    nsr_journal_name(name, writer->run, writer->rank, writer->run_id);
    *j = (nsr_journal){.fd = -1, .flushed_at = nsr_seconds_now()};
    pthread_mutex_init(&j->mutex, NULL);
    if (!nsr_path(j->path, err, "%s/segments/%s", dir, name)) return false;
    j->fd = open(j->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (j->fd < 0) return nsr_fail_io(err, NSR_ECREATE, "create", j->path);
    return append_mark(j, first_line(writer), err);
}

bool nsr_journal_fail(nsr_journal *j, int64_t segment, const char *why, nsr_err *err) {
    return append_line(j, json_pack("{sIss}", "failed", (json_int_t)segment, "why", why), err);
}

bool nsr_journal_again(nsr_journal *j, const char *output, const nsr_span *spans, int64_t n, nsr_err *err) {
    json_t *list = json_array();
    for (int64_t i = 0; i < n; i++)
        json_array_append_new(list, json_pack("[II]", (json_int_t)spans[i].first, (json_int_t)spans[i].end));
    return append_line(j, json_pack("{s{so}}", "again", output, list), err);
}

bool nsr_journal_anew(nsr_journal *j, nsr_err *err) { return append_line(j, json_pack("{sb}", "anew", true), err); }

/* --- group commit --- */

/* Whether this worker is to flush now. One flush at a time goes on. */
static bool is_due(nsr_journal *j) {
    bool due = !j->flushing && (j->output_bytes >= FLUSH_OUTPUT || nsr_seconds_now() - j->flushed_at >= FLUSH_EVERY);
    j->flushing = j->flushing || due;
    return due;
}

static int64_t output_of(const nsr_record *record) {
    int64_t bytes = 0;
    for (int i = 0; i < record->n; i++)
        bytes += record->output[i].part.bytes;
    return bytes;
}

static void measure_flush(nsr_journal *j, int64_t output_bytes, double seconds) {
    const double rate = (double)output_bytes / seconds;
    if (seconds > j->longest_flush) j->longest_flush = seconds;
    if (output_bytes >= SOME_OUTPUT && (j->flush_rate == 0 || rate < j->flush_rate)) j->flush_rate = rate;
}

/* Lines that other workers have appended meanwhile lie behind `end` and stay to be flushed. After a failure the page
   cache may look good though the disk is not, so the lines of this group must not outlive it. */
static void end_flush(nsr_journal *j, bool good, int64_t end, int64_t output_bytes, double seconds) {
    pthread_mutex_lock(&j->mutex);
    if (good) {
        measure_flush(j, output_bytes, seconds);
        j->flushed = end;
        j->output_bytes -= output_bytes;
        j->flushed_at = nsr_seconds_now();
    } else {
        cut_to(j, j->flushed);
        j->broken = true;
    }
    j->flushing = false;
    pthread_mutex_unlock(&j->mutex);
}

/* The parts first, so that no mark is on disk before the parts that it promises. */
static bool flush_lines(nsr_journal *j, int64_t end, int64_t output_bytes, nsr_err *err) {
    const double start = nsr_seconds_now();
    bool good = nsr_flush_all(j->fd, j->path, err) &&
                append_mark(j, json_pack("{sI}", "flushed", (json_int_t)end), err) &&
                nsr_sync_file(j->fd, j->path, err);
    end_flush(j, good, end, output_bytes, nsr_seconds_now() - start);
    return good;
}

bool nsr_journal_put(nsr_journal *j, int64_t segment, const nsr_record *record, nsr_err *err) {
    pthread_mutex_lock(&j->mutex);
    bool good = append_locked(j, nsr_record_json(record, segment), err);
    j->output_bytes += good ? output_of(record) : 0;
    j->last_line = j->bytes;
    bool due = good && is_due(j);
    const int64_t end = j->bytes, output_bytes = j->output_bytes;
    pthread_mutex_unlock(&j->mutex);
    return due ? flush_lines(j, end, output_bytes, err) : good;
}

double nsr_journal_longest_flush(nsr_journal *j) {
    pthread_mutex_lock(&j->mutex);
    const double seconds = j->longest_flush;
    pthread_mutex_unlock(&j->mutex);
    return seconds;
}

bool nsr_journal_flush(nsr_journal *j, nsr_err *err) {
    pthread_mutex_lock(&j->mutex);
    j->flushing = true;
    const int64_t end = j->bytes, output_bytes = j->output_bytes;
    pthread_mutex_unlock(&j->mutex);
    return flush_lines(j, end, output_bytes, err);
}

bool nsr_journal_close(nsr_journal *j, bool flush, nsr_err *err) {
    if (j->fd < 0) return true;
    bool good = !flush || j->broken || j->flushed >= j->last_line || nsr_journal_flush(j, err);
    if (close(j->fd) && good) good = nsr_fail_io(err, NSR_EIO, "close", j->path);
    j->fd = -1;
    pthread_mutex_destroy(&j->mutex);
    return good;
}
