/* SPDX-License-Identifier: MIT */
/* Decodes the stored bytes of one chunk to numbers in native byte order, without HDF5. Filters are undone one by one,
   except a shuffle that was applied first: bytes are unshuffled on extraction, so unused values cost nothing. Stored
   bytes may be damaged. */
#ifndef NSR_SOURCE_FILTER_CHUNK_H
#define NSR_SOURCE_FILTER_CHUNK_H

#include "codec.h"

enum { NSR_MAX_FILTERS = 8 };

/* In the order in which they were applied. */
typedef struct nsr_pipeline {
    int n;
    nsr_filter filter[NSR_MAX_FILTERS];
} nsr_pipeline;

/* A chunk in memory, its filters undone. */
typedef struct nsr_plain {
    const unsigned char *bytes;
    size_t values; /* in the chunk */
    int element;   /* bytes per value: 1, 2, 4, 8 */
    bool shuffled, big_endian;
} nsr_plain;

/* The size of a buffer for a chunk of `bytes`, stored or plain: no filter makes a chunk larger than this. Local. */
size_t nsr_chunk_room(size_t bytes);
/* Undoes the filters of a pipeline except those in the mask (bit i: filter i was not applied). buffer[0] holds `stored`
   bytes; both buffers have nsr_chunk_room(bytes). They may be swapped: in the end buffer[0] holds the result. A shuffle
   that was applied first stays, and *shuffled is set. False unless the result is exactly `bytes` long; `*why` then
   completes "the chunk ...". Local. */
bool nsr_chunk_undo(nsr_undoer *undoer, const nsr_pipeline *pipeline, uint32_t mask, unsigned char *buffer[2],
                    size_t stored, size_t bytes, int element, bool *shuffled, const char **why);
/* Extracts numbers first .. first+n-1 of the chunk in native byte order. Local. */
void nsr_chunk_values(void *values, const nsr_plain *plain, size_t first, size_t n);

#endif
