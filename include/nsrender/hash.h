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

nsr_hash *nsr_hash_open(void); /* NULL when memory is short */
/* Hashes `bytes` more bytes. */
void nsr_hash_add(nsr_hash *hash, const void *data, size_t bytes);
/* The digits of the bytes added so far; more may be added afterwards. */
void nsr_hash_text(const nsr_hash *hash, char text[NSR_HASH_CHARS]);
/* Starts again without bytes. */
void nsr_hash_reset(nsr_hash *hash);
void nsr_hash_close(nsr_hash *hash); /* NULL is allowed */

/* The hash of one piece of memory. */
void nsr_hash_of(const void *data, size_t bytes, char text[NSR_HASH_CHARS]);

#ifdef __cplusplus
}
#endif
#endif
