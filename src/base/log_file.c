/* SPDX-License-Identifier: MIT */
/* Each line is one write at the end of the file, so that lines of threads and of a later run do not mix. */
#include "log_file.h"
#include <fcntl.h>
#include <nsrender/file.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct {
    int fd; /* set before threads start; 0: none */
    int rank;
} log_file;

bool nsr_log_file_open(const char *dir, int rank, nsr_err *err) {
    char path[NSR_PATH];
    if (!nsr_make_dir(dir, err) || !nsr_path(path, err, "%s/rank-%05d.jsonl", dir, rank)) return false;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0) return nsr_fail_io(err, NSR_ECREATE, "create", path);
    log_file.fd = fd;
    log_file.rank = rank;
    return true;
}

void nsr_log_file_close(void) {
    if (log_file.fd > 0) close(log_file.fd);
    log_file.fd = 0;
}

static json_t *stamp(const char *event) {
    struct timespec now;
    struct tm utc;
    char text[40], whole[60];
    clock_gettime(CLOCK_REALTIME, &now);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &utc));
    snprintf(whole, sizeof whole, "%s.%03ldZ", text, now.tv_nsec / 1000000);
    return json_pack("{sssiss}", "time", whole, "rank", log_file.rank, "event", event);
}

static void put_line(json_t *json) {
    char *text = json_dumps(json, JSON_COMPACT);
    const size_t n = text ? strlen(text) : 0;
    if (text) text[n] = '\n'; /* in place of the terminator */
    ssize_t ignored = text ? write(log_file.fd, text, n + 1) : 0;
    (void)ignored;
    free(text);
}

void nsr_log_file_event(const char *event, const char *format, ...) {
    va_list args;
    if (log_file.fd <= 0) return;
    va_start(args, format);
    json_t *line = stamp(event), *fields = json_vpack_ex(NULL, 0, format, args);
    va_end(args);
    if (line && fields && json_object_update(line, fields) == 0) put_line(line);
    json_decref(line);
    json_decref(fields);
}

void nsr_log_file_text(const char *level, const char *text) {
    if (log_file.fd <= 0) return;
    json_t *string = json_string(text); /* NULL where the text is not UTF-8 */
    nsr_log_file_event(level, "{so}", "text", string ? string : json_string("not UTF-8"));
}
