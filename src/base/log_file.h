/* SPDX-License-Identifier: MIT */
/* The log of one rank as a file of JSON lines: every message, also of ranks that do not print, and events. Thread-safe
   and local; nothing happens while no file is open. */
#ifndef NSR_BASE_LOG_FILE_H
#define NSR_BASE_LOG_FILE_H

#include <jansson.h>
#include <nsrender/err.h>

/* Appends to DIR/rank-NNNNN.jsonl, which is made with its directory. NSR_ECREATE. */
bool nsr_log_file_open(const char *dir, int rank, nsr_err *err);
void nsr_log_file_close(void);
void nsr_log_file_text(const char *level, const char *text);
/* `format` and what follows: an object as json_pack takes it. A line that cannot be written is lost, and the run goes
   on. */
void nsr_log_file_event(const char *event, const char *format, ...);

#endif
