/* SPDX-License-Identifier: MIT */
/* Lines on stderr. Each line is one write, so that lines of several threads do not mix. */
#include <nsrender/log.h>
#include <stdarg.h>
#include <stdio.h>

static struct {
    nsr_log_level level;
    bool speaks;
} voice = {NSR_LOG_NOTE, true}; /* set only by nsr_log_open, before threads start */

void nsr_log_open(nsr_log_level level, bool speaks) {
    voice.level = level;
    voice.speaks = speaks;
}

static void write_line(nsr_log_level level, const char *prefix, const char *fmt, va_list args) {
    if (!voice.speaks || level > voice.level) return;
    char line[2048];
    int start = snprintf(line, sizeof line, "%s", prefix);
    int n = vsnprintf(line + start, sizeof line - (size_t)start - 1, fmt, args);
    size_t length = (size_t)start + (n < 0 ? 0 : (size_t)n);
    if (length > sizeof line - 2) length = sizeof line - 2;
    line[length++] = '\n';
    fwrite(line, 1, length, stderr);
}

#define SAY(level, prefix)                                                                                             \
    va_list args;                                                                                                      \
    va_start(args, fmt);                                                                                               \
    write_line(level, prefix, fmt, args);                                                                              \
    va_end(args)

void nsr_error(const char *fmt, ...) { SAY(NSR_LOG_ERROR, "nsrender-mpi: "); }
void nsr_warn(const char *fmt, ...) { SAY(NSR_LOG_WARN, "nsrender-mpi: warning: "); }
void nsr_note(const char *fmt, ...) { SAY(NSR_LOG_NOTE, ""); }
void nsr_detail(const char *fmt, ...) { SAY(NSR_LOG_DETAIL, ""); }
