/* SPDX-License-Identifier: MIT */
/* One chunk of a stack: blosc with lz4 and shuffle, zstd, or as it is; behind it its CRC-32C. One call makes the whole,
   with one thread: the bytes are the same for any number of workers. */
#include "bytes.h"
#include "zarr.h"
#include <blosc.h>
#include <isa-l/crc.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum { CRC = 4, BLOSC_LEVEL = 5, ZSTD_LEVEL = 1 };

uint32_t nsr_crc32c(const void *data, size_t bytes) {
    union {
        const void *in;
        unsigned char *as_it_wants;
    } pointer = {data}; /* it does not write */
    uint32_t crc = UINT32_MAX;
    for (size_t some; bytes; bytes -= some, pointer.as_it_wants += some) {
        some = bytes < INT_MAX ? bytes : INT_MAX;
        crc = crc32_iscsi(pointer.as_it_wants, (int)some, crc);
    }
    return ~crc;
}

size_t nsr_zarr_chunk_bytes(const nsr_zarr_array *array) { return (size_t)array->chunk * nsr_zarr_frame_bytes(array); }

size_t nsr_codec_room(const nsr_zarr_array *array) {
    const size_t bytes = nsr_zarr_chunk_bytes(array);
    const size_t most = array->codec == NSR_ZARR_LZ4    ? bytes + BLOSC_MAX_OVERHEAD
                        : array->codec == NSR_ZARR_ZSTD ? ZSTD_compressBound(bytes)
                                                        : bytes;
    return most + CRC;
}

bool nsr_codec_fits(const nsr_zarr_array *array, nsr_err *err) {
    return nsr_zarr_chunk_bytes(array) <= BLOSC_MAX_BUFFERSIZE ||
           nsr_fail(err, NSR_EUSAGE,
                    "a chunk of %lld frames of %dx%d is larger than 2 GiB; give a smaller "
                    "--chunk-frames",
                    (long long)array->chunk, array->w, array->h);
}

bool nsr_codec_open(nsr_codec *codec, const nsr_zarr_array *array, nsr_err *err) {
    *codec = (nsr_codec){.array = *array};
    if (!nsr_codec_fits(array, err)) return false;
    codec->packed = malloc(nsr_codec_room(array));
    if (array->codec == NSR_ZARR_ZSTD) codec->zstd = ZSTD_createCCtx();
    if (codec->packed && (codec->zstd || array->codec != NSR_ZARR_ZSTD)) return true;
    nsr_codec_close(codec);
    return nsr_fail(err, NSR_EINTERNAL, "out of memory for packing chunks of %zu bytes", nsr_zarr_chunk_bytes(array));
}

void nsr_codec_close(nsr_codec *codec) {
    free(codec->packed);
    ZSTD_freeCCtx(codec->zstd);
    codec->packed = NULL;
    codec->zstd = NULL;
}

static bool pack_lz4(nsr_codec *c, const void *chunk, size_t bytes, nsr_err *err) {
    int n = blosc_compress_ctx(BLOSC_LEVEL, BLOSC_SHUFFLE, nsr_zarr_type_size(c->array.type), bytes, chunk, c->packed,
                               bytes + BLOSC_MAX_OVERHEAD, BLOSC_LZ4_COMPNAME, 0, 1);
    c->bytes = n > 0 ? (size_t)n : 0;
    return n > 0 || nsr_fail(err, NSR_EINTERNAL, "blosc cannot pack a chunk of %zu bytes (%d)", bytes, n);
}

static bool pack_zstd(nsr_codec *c, const void *chunk, size_t bytes, nsr_err *err) {
    size_t n = ZSTD_compressCCtx(c->zstd, c->packed, ZSTD_compressBound(bytes), chunk, bytes, ZSTD_LEVEL);
    c->bytes = ZSTD_isError(n) ? 0 : n;
    if (!ZSTD_isError(n)) return true;
    return nsr_fail(err, NSR_EINTERNAL, "zstd cannot pack a chunk of %zu bytes: %s", bytes, ZSTD_getErrorName(n));
}

static bool pack_none(nsr_codec *c, const void *chunk, size_t bytes) {
    memcpy(c->packed, chunk, bytes);
    c->bytes = bytes;
    return true;
}

bool nsr_codec_pack(nsr_codec *c, const void *chunk, nsr_err *err) {
    const size_t bytes = nsr_zarr_chunk_bytes(&c->array);
    bool good = c->array.codec == NSR_ZARR_LZ4    ? pack_lz4(c, chunk, bytes, err)
                : c->array.codec == NSR_ZARR_ZSTD ? pack_zstd(c, chunk, bytes, err)
                                                  : pack_none(c, chunk, bytes);
    if (!good) return false;
    nsr_put32_le(c->packed + c->bytes, nsr_crc32c(c->packed, c->bytes));
    c->bytes += CRC;
    return true;
}

static bool unpack_lz4(void *chunk, size_t want, const unsigned char *packed, size_t bytes) {
    size_t holds;
    return blosc_cbuffer_validate(packed, bytes, &holds) == 0 && holds == want &&
           blosc_decompress_ctx(packed, chunk, want, 1) == (int)want;
}

static bool unpack_none(void *chunk, size_t want, const unsigned char *packed, size_t bytes) {
    if (bytes == want) memcpy(chunk, packed, want);
    return bytes == want;
}

bool nsr_codec_unpack(const nsr_zarr_array *array, const unsigned char *packed, size_t bytes, void *chunk,
                      const char **why) {
    const size_t want = nsr_zarr_chunk_bytes(array);
    *why = "its checksum is wrong";
    if (bytes < CRC || nsr_get32_le(packed + bytes - CRC) != nsr_crc32c(packed, bytes - CRC)) return false;
    *why = "it does not unpack to the length of a chunk";
    bytes -= CRC;
    if (array->codec == NSR_ZARR_LZ4) return unpack_lz4(chunk, want, packed, bytes);
    if (array->codec == NSR_ZARR_ZSTD) return ZSTD_decompress(chunk, want, packed, bytes) == want;
    return unpack_none(chunk, want, packed, bytes);
}
