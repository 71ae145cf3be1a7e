/* SPDX-License-Identifier: MIT */
/* Stored bytes of a chunk, as a damaged or hostile file may hold them. Bytes of an input: 0 form (bits: 8-byte values,
   shuffled, big-endian, deflated), 1 values less one, 2.. stored. Checked beside the sanitizers: that values lie where
   a simple unshuffle puts them. */
#include "source/chunk.h"

#include <libdeflate.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { WIDE = 1, SHUFFLED = 2, BIG = 4, DEFLATED = 8 };

/* Byte `i` of value `k` in native (little-endian) order. */
static unsigned char expected(const nsr_plain *plain, size_t k, int i) {
    int stored = plain->big_endian ? plain->element - 1 - i : i;
    if (plain->shuffled) return plain->bytes[(size_t)stored * plain->values + k];
    return plain->bytes[k * (size_t)plain->element + (size_t)stored];
}

static void check_values(const nsr_plain *plain, size_t first, size_t n) {
    unsigned char *values = malloc(n * (size_t)plain->element);
    if (!values) abort();
    nsr_chunk_values(values, plain, first, n);
    for (size_t k = 0; k < n; k++)
        for (int i = 0; i < plain->element; i++)
            if (values[k * (size_t)plain->element + (size_t)i] != expected(plain, first + k, i)) abort();
    free(values);
}

static bool decode(const uint8_t *stored, size_t size, bool deflated, unsigned char *plain, size_t bytes) {
    if (!deflated) {
        if (size == bytes) memcpy(plain, stored, bytes);
        return size == bytes;
    }
    struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
    if (!inflater) abort();
    bool good = nsr_chunk_inflate(inflater, stored, size, plain, bytes);
    libdeflate_free_decompressor(inflater);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    nsr_plain plain = {.values = (size_t)data[1] + 1,
                       .element = data[0] & WIDE ? 8 : 4,
                       .shuffled = data[0] & SHUFFLED,
                       .big_endian = data[0] & BIG};
    size_t bytes = plain.values * (size_t)plain.element;
    if (size - 2 > nsr_chunk_room(bytes)) return 0;
    unsigned char *buffer = malloc(bytes);
    if (!buffer) abort();
    plain.bytes = buffer;
    if (decode(data + 2, size - 2, data[0] & DEFLATED, buffer, bytes)) {
        check_values(&plain, 0, plain.values);
        check_values(&plain, plain.values / 3, plain.values - plain.values / 3);
    }
    free(buffer);
    return 0;
}
