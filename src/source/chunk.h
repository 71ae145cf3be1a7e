/* SPDX-License-Identifier: MIT */
/* From the stored bytes of one chunk to values in their rows, without HDF5: inflate, then unshuffle, swap and scatter
   in one go. Stored bytes are not trusted. */
#ifndef NSRENDER_SOURCE_CHUNK_H
#define NSRENDER_SOURCE_CHUNK_H

#include <stdbool.h>
#include <stddef.h>

struct libdeflate_decompressor;

/* Plain: inflated, but still shuffled, because rows that nobody wants need not be put together. */
typedef struct nsr_plain {
    const unsigned char *bytes;
    size_t values; /* in the chunk */
    int element;   /* 4 or 8 bytes a value */
    bool shuffled, big_endian;
} nsr_plain;

/* The most bytes that a chunk of `bytes` may take in the file: more than deflate ever adds. */
size_t nsr_chunk_room(size_t bytes);
/* False unless the stream is sound and gives exactly `bytes`. */
bool nsr_chunk_inflate(struct libdeflate_decompressor *inflater, const void *stored, size_t stored_bytes, void *plain,
                       size_t bytes);
/* Values first .. first+n-1 of the chunk in native order. */
void nsr_chunk_values(void *values, const nsr_plain *plain, size_t first, size_t n);
/* Turns n values round in place. */
void nsr_swap_values(void *values, int element, size_t n);

#endif
