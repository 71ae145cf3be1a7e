/* SPDX-License-Identifier: MIT */
/* Messages on stderr, printed by the root only. stdout is for data. */
#ifndef NSRENDER_LOG_H
#define NSRENDER_LOG_H

#include <nsrender/err.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum nsr_log_level { NSR_LOG_ERROR, NSR_LOG_WARN, NSR_LOG_NOTE, NSR_LOG_DETAIL } nsr_log_level;

/* Called once, before threads start. Messages above `level` are dropped, and all of them where `speaks` is false (it is
   true on the root). */
void nsr_log_open(nsr_log_level level, bool speaks);
void nsr_error(const char *fmt, ...) NSR_PRINTF(1, 2);  /* at every level */
void nsr_warn(const char *fmt, ...) NSR_PRINTF(1, 2);   /* something the user should know; each text once */
void nsr_note(const char *fmt, ...) NSR_PRINTF(1, 2);   /* choices of the program, with the reason */
void nsr_say_here(const char *fmt, ...) NSR_PRINTF(1, 2); /* by every rank: what only this one knows in an emergency */
void nsr_detail(const char *fmt, ...) NSR_PRINTF(1, 2); /* --verbose */

#ifdef __cplusplus
}
#endif
#endif
