/* SPDX-License-Identifier: MIT */
/* One decoder per filter. libdeflate inflates zlib streams twice as fast as zlib, because it has the whole chunk. */
#include "codec.h"

#include <blosc.h>
#include <libdeflate.h>
#include <nsrender/clones.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

struct nsr_undoer {
    struct libdeflate_decompressor *inflater;
    ZSTD_DCtx *zstd;
};

nsr_undoer *nsr_undoer_open(void) {
    nsr_undoer *undoer = calloc(1, sizeof *undoer);
    if (undoer && (undoer->inflater = libdeflate_alloc_decompressor()) && (undoer->zstd = ZSTD_createDCtx()))
        return undoer;
    nsr_undoer_close(undoer);
    return NULL;
}

void nsr_undoer_close(nsr_undoer *undoer) {
    if (!undoer) return;
    if (undoer->inflater) libdeflate_free_decompressor(undoer->inflater);
    ZSTD_freeDCtx(undoer->zstd);
    free(undoer);
}

static size_t undo_deflate(nsr_undoer *undoer, const nsr_filter *filter, const void *stored, size_t bytes, void *plain,
                           size_t room) {
    (void)filter;
    size_t got = 0;
    return libdeflate_zlib_decompress(undoer->inflater, stored, bytes, plain, room, &got) == LIBDEFLATE_SUCCESS ? got
                                                                                                                : 0;
}

/* Bytes behind the last whole word are stored unshuffled. */
static size_t undo_shuffle(nsr_undoer *undoer, const nsr_filter *filter, const void *stored, size_t bytes, void *plain,
                           size_t room) {
    (void)undoer;
    size_t word = filter->word ? filter->word : 1, n = bytes / word;
    const unsigned char *from = stored;
    unsigned char *to = plain;
    if (bytes > room) return 0;
    for (size_t k = 0; k < word; k++)
        for (size_t i = 0; i < n; i++)
            to[i * word + k] = from[k * n + i];
    memcpy(to + n * word, from + n * word, bytes - n * word);
    return bytes;
}

static size_t undo_fletcher32(nsr_undoer *undoer, const nsr_filter *filter, const void *stored, size_t bytes,
                              void *plain, size_t room) {
    (void)undoer;
    (void)filter;
    if (!nsr_fletcher32_holds(stored, bytes) || bytes - 4 > room) return 0;
    memcpy(plain, stored, bytes - 4);
    return bytes - 4;
}

static size_t undo_lzf(nsr_undoer *undoer, const nsr_filter *filter, const void *stored, size_t bytes, void *plain,
                       size_t room) {
    (void)undoer;
    (void)filter;
    return nsr_lzf_undo(stored, bytes, plain, room);
}

static size_t undo_lz4(nsr_undoer *undoer, const nsr_filter *filter, const void *stored, size_t bytes, void *plain,
                       size_t room) {
    (void)undoer;
    (void)filter;
    return nsr_lz4_undo(stored, bytes, plain, room);
}

static size_t undo_zstd(nsr_undoer *undoer, const nsr_filter *filter, const void *stored, size_t bytes, void *plain,
                        size_t room) {
    (void)filter;
    size_t got = ZSTD_decompressDCtx(undoer->zstd, plain, room, stored, bytes);
    return ZSTD_isError(got) ? 0 : got;
}

static size_t undo_blosc(nsr_undoer *undoer, const nsr_filter *filter, const void *stored, size_t bytes, void *plain,
                         size_t room) {
    (void)undoer;
    (void)filter;
    size_t size = 0;
    if (blosc_cbuffer_validate(stored, bytes, &size) < 0 || size > room) return 0;
    int got = blosc_decompress_ctx(stored, plain, room, 1);
    return got > 0 ? (size_t)got : 0;
}

typedef size_t undo(nsr_undoer *undoer, const nsr_filter *filter, const void *stored, size_t bytes, void *plain,
                    size_t room);

static const struct {
    int id;
    undo *undo;
} codecs[] = {
    {NSR_FILTER_DEFLATE, undo_deflate}, {NSR_FILTER_SHUFFLE, undo_shuffle}, {NSR_FILTER_FLETCHER32, undo_fletcher32},
    {NSR_FILTER_LZF, undo_lzf},         {NSR_FILTER_BLOSC, undo_blosc},     {NSR_FILTER_LZ4, undo_lz4},
    {NSR_FILTER_ZSTD, undo_zstd}};

static undo *codec_of(int id) {
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++)
        if (codecs[i].id == id) return codecs[i].undo;
    return NULL;
}

bool nsr_codec_known(int id) { return codec_of(id) != NULL; }

size_t nsr_codec_undo(nsr_undoer *undoer, const nsr_filter *filter, const void *stored, size_t bytes, void *plain,
                      size_t room) {
    undo *one = codec_of(filter->id);
    return one && bytes > 0 ? one(undoer, filter, stored, bytes, plain, room) : 0;
}

/* --- HDF5's fletcher32: over big-endian 16-bit words; the sums are folded to ones' complement every 360 words, before
   they can overflow --- */

enum { WORDS = 360 };

static uint32_t fold(uint32_t sum) { return (sum & 0xffff) + (sum >> 16); }

/* Adds n words: b grows by n * a, and by the i-th word n - i times. */
NSR_CLONES static void add_words(uint32_t *a, uint32_t *b, const unsigned char *at, uint32_t n) {
    uint32_t turned[WORDS], words = 0, weighted = 0;
    for (size_t i = 0; i < n; i++) turned[i] = (uint32_t)at[2 * i] << 8 | at[2 * i + 1];
    for (uint32_t i = 0; i < n; i++) words += turned[i];
    for (uint32_t i = 0; i < n; i++) weighted += (n - i) * turned[i];
    *b = fold(*b + n * *a + weighted);
    *a = fold(*a + words);
}

static uint32_t fletcher32(const unsigned char *at, size_t bytes) {
    uint32_t a = 0, b = 0;
    for (size_t words = bytes / 2, n; words > 0; words -= n, at += 2 * n) {
        n = words < WORDS ? words : WORDS;
        add_words(&a, &b, at, (uint32_t)n);
    }
    if (bytes % 2) {
        a += (uint32_t)at[0] << 8;
        b = fold(b + a);
        a = fold(a);
    }
    return fold(b) << 16 | fold(a);
}

/* Versions of HDF5 before 1.6.3 stored the two bytes of each half in the other order. */
bool nsr_fletcher32_holds(const void *stored, size_t bytes) {
    if (bytes < 4) return false;
    const unsigned char *at = (const unsigned char *)stored + bytes - 4;
    uint32_t kept = (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
    uint32_t sum = fletcher32(stored, bytes - 4), turned = (sum & 0x00ff00ff) << 8 | (sum >> 8 & 0x00ff00ff);
    return kept == sum || kept == turned;
}
