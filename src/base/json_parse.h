/* SPDX-License-Identifier: MIT */
/* Texts that come from other programs as JSON. Local. */
#ifndef NSR_BASE_JSON_PARSE_H
#define NSR_BASE_JSON_PARSE_H

#include <jansson.h>
#include <stddef.h>

/* Bytes of memory for the values of a text in a recording, where it may be compressed, and of a file of its own. */
enum { NSR_JSON_STORED = 128 << 20, NSR_JSON_FILE = 512 << 20 };

/* As json_loadb, for at most `most` bytes of memory. NULL with the reason in `where`, which may be NULL. */
json_t *nsr_json_parse(const char *text, size_t bytes, size_t flags, size_t most, json_error_t *where);

#endif
