/* SPDX-License-Identifier: MIT */
/* LZF as h5py writes it, and the frame of the LZ4 filter: the number of plain bytes (8 bytes) and of those in a block
   (4), then for each block the number of its stored bytes (4) and these; all big-endian. A block that would not shrink
   is stored plain. */
#include "codec.h"

#include <lz4.h>
#include <string.h>

/* Source and target may overlap, because repeated patterns are stored like this. */
static void repeat(unsigned char *to, size_t distance, size_t n) {
    const unsigned char *from = to - distance;
    if (distance >= n)
        memcpy(to, from, n);
    else
        for (size_t i = 0; i < n; i++)
            to[i] = from[i];
}

size_t nsr_lzf_undo(const unsigned char *stored, size_t bytes, unsigned char *plain, size_t room) {
    size_t in = 0, out = 0;
    while (in < bytes) {
        size_t first = stored[in++];
        if (first < 32) { /* first + 1 plain bytes */
            size_t n = first + 1;
            if (n > bytes - in || n > room - out) return 0;
            memcpy(plain + out, stored + in, n);
            in += n;
            out += n;
            continue;
        }
        size_t n = first >> 5, distance = (first & 31) << 8;
        if (n == 7 && in < bytes) n += stored[in++];
        if (in == bytes) return 0;
        distance += stored[in++] + 1u;
        n += 2;
        if (distance > out || n > room - out) return 0;
        repeat(plain + out, distance, n);
        out += n;
    }
    return out;
}

static uint64_t big(const unsigned char *at, int n) {
    uint64_t x = 0;
    for (int i = 0; i < n; i++)
        x = x << 8 | at[i];
    return x;
}

static bool lz4_block(const unsigned char *stored, size_t bytes, unsigned char *plain, size_t expected) {
    if (bytes == expected) {
        memcpy(plain, stored, bytes);
        return true;
    }
    return expected <= INT32_MAX && bytes <= INT32_MAX &&
           LZ4_decompress_safe((const char *)stored, (char *)plain, (int)bytes, (int)expected) == (int)expected;
}

size_t nsr_lz4_undo(const unsigned char *stored, size_t bytes, unsigned char *plain, size_t room) {
    if (bytes < 12) return 0;
    uint64_t all = big(stored, 8), block = big(stored + 8, 4);
    size_t in = 12, out = 0;
    if (all > room || (block == 0 && all > 0)) return 0;
    while (out < all) {
        size_t expected = all - out < block ? all - out : block;
        if (bytes - in < 4) return 0;
        size_t n = (size_t)big(stored + in, 4);
        in += 4;
        if (n > bytes - in || !lz4_block(stored + in, n, plain + out, expected)) return 0;
        in += n;
        out += expected;
    }
    return out;
}
