/* SPDX-License-Identifier: MIT */
/* Stored bytes of a chunk, as a damaged or hostile file may hold them. Bytes of an input: 0 form (bits: log2 of the
   bytes of a value, big-endian), 1 values less one, 2 number of filters, then each filter (an index in the table
   below), mask, and what is stored. Checked beside the sanitizers: that values lie where a simple unshuffle puts
   them. */
#include "source/filter/chunk.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 3, BIG = 4, FILTERS = 3 };

static const nsr_filter table[] = {{NSR_FILTER_DEFLATE, 0}, {NSR_FILTER_SHUFFLE, 1}, {NSR_FILTER_SHUFFLE, 2},
                                   {NSR_FILTER_SHUFFLE, 4}, {NSR_FILTER_SHUFFLE, 8}, {NSR_FILTER_FLETCHER32, 0},
                                   {NSR_FILTER_LZF, 0},     {NSR_FILTER_LZ4, 0},     {NSR_FILTER_ZSTD, 0},
                                   {NSR_FILTER_BLOSC, 0}};

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

/* Both buffers have no byte too many, so that the sanitizer sees one too far. */
static void check_chunk(const nsr_pipeline *pipeline, uint32_t mask, const uint8_t *stored, size_t size,
                        nsr_plain *plain) {
    size_t bytes = plain->values * (size_t)plain->element, room = nsr_chunk_room(bytes);
    if (size > room) return;
    unsigned char *buffer[2] = {malloc(room), malloc(room)};
    nsr_undoer *undoer = nsr_undoer_open();
    const char *why = NULL;
    if (!buffer[0] || !buffer[1] || !undoer) abort();
    memcpy(buffer[0], stored, size);
    if (nsr_chunk_undo(undoer, pipeline, mask, buffer, size, bytes, plain->element, &plain->shuffled, &why)) {
        plain->bytes = buffer[0];
        check_values(plain, 0, plain->values);
        check_values(plain, plain->values / 3, plain->values - plain->values / 3);
    } else if (!why) {
        abort();
    }
    nsr_undoer_close(undoer);
    free(buffer[0]);
    free(buffer[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 3) return 0;
    nsr_pipeline pipeline = {.n = data[2] % (FILTERS + 1)};
    size_t head = 4 + (size_t)pipeline.n;
    if (size < head) return 0;
    for (int i = 0; i < pipeline.n; i++)
        pipeline.filter[i] = table[data[3 + i] % (sizeof table / sizeof *table)];
    nsr_plain plain = {
        .values = (size_t)data[1] + 1, .element = 1 << (data[0] & SIZE), .big_endian = (data[0] & BIG) != 0};
    check_chunk(&pipeline, data[head - 1], data + head, size - head, &plain);
    return 0;
}
