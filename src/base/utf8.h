/* SPDX-License-Identifier: MIT */
/* Texts of files and file names, which may hold bytes that are no UTF-8. JSON refuses these. All calls are local. */
#ifndef NSR_BASE_UTF8_H
#define NSR_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Replaces bytes that are no UTF-8 (also a character cut short) by question marks. */
void nsr_text_clean(char *text);
/* Whether the text is UTF-8. */
bool nsr_text_is_clean(const char *text);
/* Writes bytes that are no UTF-8 as \xNN. A text that does not fit is cut between characters. */
void nsr_text_escape(char *out, size_t size, const char *text);
/* The reverse. False: the text has no such escape, and `out` is a copy. */
bool nsr_text_unescape(char *out, size_t size, const char *text);

#endif
