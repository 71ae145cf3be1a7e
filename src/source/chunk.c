/* SPDX-License-Identifier: MIT */
/* Shuffled bytes lie in planes: all first bytes, all second bytes, ... Putting values together by single bytes looks
   slow, but compilers turn these loops into wide interleaves; and big-endian costs nothing, for the planes only change
   places. */
#include "chunk.h"

#include <libdeflate.h>
#include <stdint.h>
#include <string.h>

size_t nsr_chunk_room(size_t bytes) { return bytes + bytes / 16 + 4096; }

bool nsr_chunk_inflate(struct libdeflate_decompressor *inflater, const void *stored, size_t stored_bytes, void *plain,
                       size_t bytes) {
    return libdeflate_zlib_decompress(inflater, stored, stored_bytes, plain, bytes, NULL) == LIBDEFLATE_SUCCESS;
}

static void join4(unsigned char *restrict to, const unsigned char *const plane[8], size_t n) {
    const unsigned char *restrict a = plane[0], *restrict b = plane[1], *restrict c = plane[2], *restrict d = plane[3];
    for (size_t i = 0; i < n; i++) {
        to[4 * i] = a[i];
        to[4 * i + 1] = b[i];
        to[4 * i + 2] = c[i];
        to[4 * i + 3] = d[i];
    }
}

static void join8(unsigned char *restrict to, const unsigned char *const plane[8], size_t n) {
    const unsigned char *restrict a = plane[0], *restrict b = plane[1], *restrict c = plane[2], *restrict d = plane[3];
    const unsigned char *restrict e = plane[4], *restrict f = plane[5], *restrict g = plane[6], *restrict h = plane[7];
    for (size_t i = 0; i < n; i++) {
        to[8 * i] = a[i];
        to[8 * i + 1] = b[i];
        to[8 * i + 2] = c[i];
        to[8 * i + 3] = d[i];
        to[8 * i + 4] = e[i];
        to[8 * i + 5] = f[i];
        to[8 * i + 6] = g[i];
        to[8 * i + 7] = h[i];
    }
}

void nsr_swap_values(void *values, int element, size_t n) {
    unsigned char *at = values;
    for (size_t i = 0; i < n; i++, at += element) {
        uint32_t four;
        uint64_t eight;
        if (element == 4) {
            memcpy(&four, at, 4);
            four = __builtin_bswap32(four);
            memcpy(at, &four, 4);
        } else {
            memcpy(&eight, at, 8);
            eight = __builtin_bswap64(eight);
            memcpy(at, &eight, 8);
        }
    }
}

void nsr_chunk_values(void *values, const nsr_plain *plain, size_t first, size_t n) {
    int size = plain->element;
    if (!plain->shuffled) {
        memcpy(values, plain->bytes + first * (size_t)size, n * (size_t)size);
        if (plain->big_endian) nsr_swap_values(values, size, n);
        return;
    }
    const unsigned char *plane[8];
    for (int i = 0; i < size; i++)
        plane[i] = plain->bytes + (size_t)(plain->big_endian ? size - 1 - i : i) * plain->values + first;
    if (size == 4)
        join4(values, plane, n);
    else
        join8(values, plane, n);
}
