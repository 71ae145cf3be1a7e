/* SPDX-License-Identifier: MIT */
/* Reading JSON of untrusted files. Failures are NSR_EDATA: the message begins with `where` and names the key that is
   missing or has the wrong type. */
#ifndef NSR_ENVIRONMENT_JSON_KEYS_H
#define NSR_ENVIRONMENT_JSON_KEYS_H

#include <jansson.h>
#include <nsrender/err.h>
#include <stddef.h>
#include <stdint.h>

/* Parses `size` bytes as a JSON object, to be released by json_decref, for at most `most` bytes of memory; `what` names
   the text in messages. The library limits the nesting. */
json_t *nsr_keys_parse(const char *text, size_t size, size_t most, const char *what, const char *where, nsr_err *err);
/* A whole number in least..most; a string that is not empty, cut to `size`. */
bool nsr_keys_whole(const json_t *object, const char *key, int64_t least, int64_t most, int64_t *value,
                    const char *where, nsr_err *err);
bool nsr_keys_text(const json_t *object, const char *key, char *text, size_t size, const char *where, nsr_err *err);
/* A finite number; `otherwise` when it is none. */
double nsr_keys_real(const json_t *number, double otherwise);
/* Does the environment have n_bins bins (key n_bins of `about`) or cells (key grid_shape of `grid`)? */
bool nsr_keys_have(const json_t *about, const json_t *grid, int64_t n_bins);

#endif
