/* SPDX-License-Identifier: MIT */
/* A short text may make many values: "0," is two bytes, and its value takes fifty. So the memory is estimated from the
   marks of the text before it is parsed. */
#include "json_parse.h"

#include <stdio.h>
#include <string.h>

/* Bytes of the values that a mark stands for, as jansson allocates them. */
static size_t bytes_of(char mark) { return mark == '{' ? 256 : mark == ':' || mark == '[' ? 96 : mark == ',' ? 56 : 0; }

/* The byte behind the string that begins at `at`. */
static const char *skip_string(const char *at, const char *end) {
    for (at++; at < end && *at != '"'; at++)
        at += *at == '\\';
    return at + 1;
}

static size_t estimate(const char *text, size_t bytes) {
    size_t sum = bytes;
    for (const char *at = text, *end = text + bytes; at < end;) {
        sum += bytes_of(*at);
        at = *at == '"' ? skip_string(at, end) : at + 1;
    }
    return sum;
}

json_t *nsr_json_parse(const char *text, size_t bytes, size_t flags, size_t most, json_error_t *where) {
    json_error_t ignored;
    if (!where) where = &ignored;
    if (estimate(text, bytes) <= most) return json_loadb(text, bytes, flags, where);
    *where = (json_error_t){.line = 1};
    snprintf(where->text, sizeof where->text, "its values would take more than %zu MB of memory", most >> 20);
    return NULL;
}
