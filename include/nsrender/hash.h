/* SPDX-License-Identifier: MIT */
/* XXH3-128 as 32 hexadecimal digits. */
#ifndef NSRENDER_HASH_H
#define NSRENDER_HASH_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { NSR_HASH_CHARS = 33 };

typedef struct nsr_hash nsr_hash; /* a running hash */

nsr_hash *nsr_hash_open(void); /* NULL without memory */
void nsr_hash_add(nsr_hash *hash, const void *data, size_t bytes);
/* Writes the digits of what has been added so far; more may follow. */
void nsr_hash_text(const nsr_hash *hash, char text[NSR_HASH_CHARS]);
void nsr_hash_reset(nsr_hash *hash);
void nsr_hash_close(nsr_hash *hash);

/* One piece at once. */
void nsr_hash_of(const void *data, size_t bytes, char text[NSR_HASH_CHARS]);

#ifdef __cplusplus
}
#endif
#endif
