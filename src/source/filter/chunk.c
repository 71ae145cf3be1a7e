/* SPDX-License-Identifier: MIT */
/* A shuffled chunk holds planes of bytes: the first bytes of all values, then all second bytes, ... The loops that join
   single bytes look slow, but compilers vectorise them. Big-endian values cost nothing, because only the order of the
   planes changes. */
#include "chunk.h"
#include "number_form.h"

#include <string.h>

size_t nsr_chunk_room(size_t bytes) { return bytes + bytes / 16 + 4096; }

static const char *damage(int id) {
    switch (id) {
    case NSR_FILTER_DEFLATE: return "cannot be inflated: its deflate (gzip) data are damaged";
    case NSR_FILTER_FLETCHER32: return "is damaged: its fletcher32 checksum does not hold";
    case NSR_FILTER_LZF: return "is damaged: its lzf data are corrupt";
    case NSR_FILTER_BLOSC: return "is damaged: its blosc data are corrupt";
    case NSR_FILTER_LZ4: return "is damaged: its lz4 data are corrupt";
    case NSR_FILTER_ZSTD: return "is damaged: its zstd data are corrupt";
    default: return "is damaged";
    }
}

static void exchange(unsigned char *buffer[2]) {
    unsigned char *first = buffer[0];
    buffer[0] = buffer[1];
    buffer[1] = first;
}

/* A checksum is verified in place; all other filters write into the other buffer. */
static size_t undo_one(nsr_undoer *undoer, const nsr_filter *filter, unsigned char *buffer[2], size_t n, size_t room) {
    if (filter->id == NSR_FILTER_FLETCHER32) return nsr_fletcher32_holds(buffer[0], n) ? n - 4 : 0;
    n = nsr_codec_undo(undoer, filter, buffer[0], n, buffer[1], room);
    exchange(buffer);
    return n;
}

bool nsr_chunk_undo(nsr_undoer *undoer, const nsr_pipeline *pipeline, uint32_t mask, unsigned char *buffer[2],
                    size_t stored, size_t bytes, int element, bool *shuffled, const char **why) {
    size_t n = stored, room = nsr_chunk_room(bytes);
    *shuffled = false;
    for (int i = pipeline->n - 1; i >= 0; i--) {
        const nsr_filter *filter = &pipeline->filter[i];
        if (mask >> i & 1) continue;
        if (i == 0 && filter->id == NSR_FILTER_SHUFFLE && filter->word == (uint32_t)element) {
            *shuffled = element > 1;
            continue;
        }
        n = undo_one(undoer, filter, buffer, n, room);
        if (n == 0) return *why = damage(filter->id), false;
    }
    if (n != bytes) return *why = "has the wrong size", false;
    return true;
}

static void join2(unsigned char *restrict to, const unsigned char *const plane[8], size_t n) {
    const unsigned char *restrict a = plane[0], *restrict b = plane[1];
    for (size_t i = 0; i < n; i++) {
        to[2 * i] = a[i];
        to[2 * i + 1] = b[i];
    }
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
    if (size == 2)
        join2(values, plane, n);
    else if (size == 4)
        join4(values, plane, n);
    else
        join8(values, plane, n);
}
