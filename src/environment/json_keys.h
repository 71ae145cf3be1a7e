/* SPDX-License-Identifier: MIT */
/* JSON of files that nobody vouches for: a key that is missing or of the wrong kind is named. `where` begins every
   message; all fail with NSR_EDATA. */
#ifndef NSR_ENVIRONMENT_JSON_KEYS_H
#define NSR_ENVIRONMENT_JSON_KEYS_H

#include <jansson.h>
#include <nsrender/err.h>
#include <stddef.h>
#include <stdint.h>

/* The object that `size` bytes of text are; `what` names the text. Nesting is limited by the library. */
json_t *nsr_keys_parse(const char *text, size_t size, const char *what, const char *where, nsr_err *err);
bool nsr_keys_whole(const json_t *object, const char *key, int64_t least, int64_t most, int64_t *value,
                    const char *where, nsr_err *err);
bool nsr_keys_text(const json_t *object, const char *key, char *text, size_t size, const char *where, nsr_err *err);
/* A finite number, or `otherwise` when it is none. */
double nsr_keys_real(const json_t *number, double otherwise);
/* So many bins (`about`: n_bins), or cells (`grid`: grid_shape)? */
bool nsr_keys_have(const json_t *about, const json_t *grid, int64_t n_bins);

#endif
