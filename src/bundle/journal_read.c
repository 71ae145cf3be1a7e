/* SPDX-License-Identifier: MIT */
/* Reading the journals of a bundle into the table of its records. The number of the run leads a journal's name, so the
   order of names is that of runs; journals of one run are about different segments. A line that was cut off at the end
   of a journal is ignored. A damaged line elsewhere may have been any, so the contents of all parts are checked then.
 */
#include "journal.h"
#include "shares.h"
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reading {
    nsr_records *records;
    char stamp[NSR_HASH_CHARS]; /* of the input of the journal at hand */
    bool damaged;
} reading;

/* --- one line --- */

static int64_t clamp(int64_t x, int64_t low, int64_t high) { return x < low ? low : x > high ? high : x; }

static bool known_segment(const nsr_records *r, const json_t *line, const char *key, int64_t *segment) {
    const json_t *number = json_object_get(line, key);
    *segment = json_integer_value(number);
    return json_is_integer(number) && *segment >= 0 && *segment <= r->n;
}

static void forget_again(nsr_records *r, const json_t *again) {
    const char *output;
    json_t *spans, *span;
    size_t i;
    json_object_foreach((json_t *)again, output, spans) json_array_foreach(spans, i, span) {
        const int64_t first = clamp(json_integer_value(json_array_get(span, 0)), 0, r->n);
        const int64_t end = clamp(json_integer_value(json_array_get(span, 1)), 0, r->n);
        for (int64_t segment = first; segment < end; segment++)
            nsr_records_forget(r, segment, output);
    }
}

/* A run that is no share leaves gaps of its own, which no share is to fill. */
static void apply_first_line(reading *in, const json_t *line) {
    const int64_t n = json_integer_value(json_array_get(json_object_get(line, "share"), 1));
    snprintf(in->stamp, sizeof in->stamp, "%s", nsr_json_text(line, "input"));
    in->records->shares = n > 0 && n <= NSR_MOST_SHARES ? (int)n : 0;
}

static bool apply_line(reading *in, const json_t *line, bool doubtful, nsr_err *err) {
    nsr_records *r = in->records;
    int64_t segment;
    nsr_record record;
    if (known_segment(r, line, "segment", &segment)) {
        nsr_record_from_json(&record, line);
        memcpy(record.facts.stamp, in->stamp, sizeof in->stamp);
        record.facts.doubtful = doubtful;
        return nsr_records_put(r, segment, &record, err);
    }
    if (json_object_get(line, "input")) apply_first_line(in, line);
    if (known_segment(r, line, "failed", &segment)) nsr_records_fail(r, segment, nsr_json_text(line, "why"));
    if (json_object_get(line, "again")) forget_again(r, json_object_get(line, "again"));
    if (json_object_get(line, "anew")) nsr_records_clear(r);
    return true;
}

/* --- one journal --- */

/* NULL for a damaged line. */
static json_t *parse_line(const char *line, size_t bytes) {
    char hash[NSR_HASH_CHARS];
    const size_t text = NSR_HASH_CHARS; /* 32 digits and a blank, where a string has its 0 */
    if (bytes <= text || line[text - 1] != ' ') return NULL;
    nsr_hash_of(line + text, bytes - text, hash);
    return memcmp(hash, line, text - 1) ? NULL : json_loadb(line + text, bytes - text, 0, NULL);
}

/* The line at `at`, without its line feed; *next is where the next one begins. NULL: no whole line is left. */
static const char *whole_line(const char *at, const char *end, const char **next, size_t *bytes) {
    const char *stop = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
    if (!stop) return NULL;
    *bytes = (size_t)(stop - at);
    *next = stop + 1;
    return at;
}

/* How much of a journal is flushed. Only the marks are parsed. */
static int64_t flushed_of(const char *text, const char *end) {
    static const char mark[] = "{\"flushed\"";
    const char *line, *next = text;
    size_t bytes;
    int64_t flushed = 0;
    while ((line = whole_line(next, end, &next, &bytes))) {
        if (bytes < NSR_HASH_CHARS + sizeof mark || memcmp(line + NSR_HASH_CHARS, mark, sizeof mark - 1)) continue;
        json_t *json = parse_line(line, bytes);
        const int64_t offset = nsr_json_int(json, "flushed");
        flushed = offset > flushed ? offset : flushed;
        json_decref(json);
    }
    return flushed;
}

static bool apply_lines(reading *in, const char *text, const char *end, nsr_err *err) {
    const int64_t flushed = flushed_of(text, end);
    const char *line, *next = text;
    size_t bytes;
    while (nsr_good(err) && (line = whole_line(next, end, &next, &bytes))) {
        json_t *json = parse_line(line, bytes);
        if (json)
            apply_line(in, json, line - text >= flushed, err);
        else if (next < end)
            in->damaged = true;
        json_decref(json);
    }
    return nsr_good(err);
}

static bool read_journal(reading *in, const char *dir, const char *name, nsr_err *err) {
    char path[NSR_PATH];
    size_t bytes = 0;
    nsr_err failure = {0};
    char *text = nsr_path(path, err, "%s/segments/%s", dir, name) ? nsr_file_get(path, &bytes, &failure) : NULL;
    if (!text) return failure.code == NSR_ENOINPUT || (nsr_good(err) && (*err = failure, false));
    bool before = in->damaged;
    in->stamp[0] = 0;
    bool good = apply_lines(in, text, text + bytes, err);
    if (in->damaged && !before) nsr_warn("%s: is damaged; the contents of all parts are checked", path);
    free(text);
    return good;
}

/* --- all journals --- */

static int is_journal(const struct dirent *entry) { return fnmatch("[0-9]*-[0-9]*-*.jnl", entry->d_name, 0) == 0; }

static void doubt_all(nsr_records *r) {
    for (int64_t segment = 0; segment < r->n; segment++)
        r->facts[segment].doubtful = true;
}

/* Reopening a bundle makes a journal of an earlier run number with the same id. */
static bool is_of(const nsr_journals *own, const char *name) {
    return own && strtoll(name, NULL, 10) == own->run && strstr(name, own->run_id);
}

static bool read_listed(reading *in, const char *dir, const nsr_journals *own, nsr_err *err) {
    char path[NSR_PATH];
    struct dirent **list;
    if (!nsr_path(path, err, "%s/segments", dir)) return false;
    errno = 0;
    int n = scandir(path, &list, is_journal, alphasort);
    if (n < 0) return errno == ENOENT || nsr_fail_io(err, NSR_EIO, "list", path);
    for (int i = 0; i < n; i++) {
        const int64_t run = strtoll(list[i]->d_name, NULL, 10);
        in->records->runs = run > in->records->runs ? run : in->records->runs;
        if (nsr_good(err) && !is_of(own, list[i]->d_name)) read_journal(in, dir, list[i]->d_name, err);
        free(list[i]);
    }
    free(list);
    return nsr_good(err);
}

static bool read_own(reading *in, const char *dir, const nsr_journals *own, nsr_err *err) {
    char name[NSR_JOURNAL_NAME];
    for (int rank = 0; own && rank < own->ranks && nsr_good(err); rank++) {
        nsr_journal_name(name, own->run, rank, own->run_id);
        read_journal(in, dir, name, err);
    }
    return nsr_good(err);
}

bool nsr_records_read(nsr_records *r, const char *dir, const nsr_journals *own, nsr_err *err) {
    reading in = {.records = r};
    if (!read_listed(&in, dir, own, err) || !read_own(&in, dir, own, err)) return false;
    if (in.damaged) doubt_all(r);
    return true;
}
