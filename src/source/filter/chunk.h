/* SPDX-License-Identifier: MIT */
/* From the stored bytes of one chunk to native numbers, without HDF5: filters are undone one by one, but a shuffle that
   came first stays: numbers are put together when they are taken out, for those that nobody wants need not be. Stored
   bytes are not trusted. */
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
    int element;   /* bytes a value: 1, 2, 4, 8 */
    bool shuffled, big_endian;
} nsr_plain;

/* The most bytes that a chunk of `bytes` may take in the file: more than any filter ever adds. */
size_t nsr_chunk_room(size_t bytes);
/* Undoes what the mask (bit i: filter i was left out) leaves. buffer[0] holds `stored` bytes; both are as large as
   nsr_chunk_room(bytes); they may change places, in the end buffer[0] holds the result. False unless this is exactly
   `bytes` long; `*why` then completes "the chunk ...". */
bool nsr_chunk_undo(nsr_undoer *undoer, const nsr_pipeline *pipeline, uint32_t mask, unsigned char *buffer[2],
                    size_t stored, size_t bytes, int element, bool *shuffled, const char **why);
/* Numbers first .. first+n-1 of the chunk in native order. */
void nsr_chunk_values(void *values, const nsr_plain *plain, size_t first, size_t n);

#endif
