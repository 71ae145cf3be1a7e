/* SPDX-License-Identifier: MIT */
/* Lines on stderr. Each line is one write, so that lines of several threads do not mix. */
#include "log_file.h"
#include <nsrender/log.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

enum { REMEMBERED = 256 };

static struct {
    nsr_log_level level;
    bool speaks; /* this and the level are set only by nsr_log_open, before threads start */
    /* Warnings that were printed: a file is opened several times in a run, and each opening finds the same. */
    pthread_mutex_t lock;
    int n_printed;
    uint64_t printed[REMEMBERED]; /* hashes */
} voice = {.level = NSR_LOG_NOTE, .speaks = true, .lock = PTHREAD_MUTEX_INITIALIZER};

static const char *const level_name[] = {"error", "warning", "note", "detail"};

void nsr_log_open(nsr_log_level level, bool speaks) {
    voice.level = level;
    voice.speaks = speaks;
}

/* FNV-1a */
static uint64_t hash_line(const char *line, size_t length) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)line[i]) * 0x100000001b3u;
    return hash;
}

static bool is_repeated(const char *line, size_t length) {
    uint64_t hash = hash_line(line, length);
    bool repeated = false;
    pthread_mutex_lock(&voice.lock);
    for (int i = 0; i < voice.n_printed; i++)
        repeated |= voice.printed[i] == hash;
    if (!repeated && voice.n_printed < REMEMBERED) voice.printed[voice.n_printed++] = hash;
    pthread_mutex_unlock(&voice.lock);
    return repeated;
}

/* `speaks`: this rank prints the line, if its level is asked for. All lines go to the rank's file. */
static void write_line(bool speaks, nsr_log_level level, const char *prefix, const char *fmt, va_list args) {
    char line[2048];
    int start = snprintf(line, sizeof line, "%s", prefix);
    int n = vsnprintf(line + start, sizeof line - (size_t)start - 1, fmt, args);
    size_t length = (size_t)start + (n < 0 ? 0 : (size_t)n);
    if (length > sizeof line - 2) length = sizeof line - 2;
    line[length] = 0;
    nsr_log_file_text(level_name[level], line + start);
    line[length++] = '\n';
    if (!speaks || level > voice.level || (level == NSR_LOG_WARN && is_repeated(line, length))) return;
    fwrite(line, 1, length, stderr);
}

#define SAY(speaks, level, prefix)                                                                                     \
    va_list args;                                                                                                      \
    va_start(args, fmt);                                                                                               \
    write_line(speaks, level, prefix, fmt, args);                                                                      \
    va_end(args)

void nsr_error(const char *fmt, ...) { SAY(voice.speaks, NSR_LOG_ERROR, "nsrender-mpi: "); }
void nsr_say_here(const char *fmt, ...) { SAY(true, NSR_LOG_ERROR, "nsrender-mpi: "); }
void nsr_warn(const char *fmt, ...) { SAY(voice.speaks, NSR_LOG_WARN, "nsrender-mpi: warning: "); }
void nsr_note(const char *fmt, ...) { SAY(voice.speaks, NSR_LOG_NOTE, ""); }
void nsr_detail(const char *fmt, ...) { SAY(voice.speaks, NSR_LOG_DETAIL, ""); }
