/* SPDX-License-Identifier: MIT */
/* Packing: blosc with lz4 and shuffle, zstd, or none; then the CRC-32C. A chunk is packed by one call with one thread,
   so that its bytes do not depend on the number of workers. */
#include "zarr_codec.h"
#include "bytes.h"
#include <blosc.h>
#include <isa-l/crc.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum { BLOSC_LEVEL = 5, ZSTD_LEVEL = 1 };

uint32_t nsr_crc32c(const void *data, size_t bytes) {
    union {
        const void *in;
        unsigned char *out;
    } pointer = {data}; /* crc32_iscsi takes a pointer without const, but only reads */
    uint32_t crc = UINT32_MAX;
    for (size_t some; bytes; bytes -= some, pointer.out += some) {
        some = bytes < INT_MAX ? bytes : INT_MAX;
        crc = crc32_iscsi(pointer.out, (int)some, crc);
    }
    return ~crc;
}

size_t nsr_packed_room(const nsr_zarr_array *array) {
    const size_t bytes = nsr_zarr_chunk_bytes(array);
    const size_t most = array->codec == NSR_ZARR_LZ4    ? bytes + BLOSC_MAX_OVERHEAD
                        : array->codec == NSR_ZARR_ZSTD ? ZSTD_compressBound(bytes)
                                                        : bytes;
    return most + NSR_CRC_BYTES;
}

bool nsr_packer_fits(const nsr_zarr_array *array, nsr_err *err) {
    return nsr_zarr_chunk_bytes(array) <= BLOSC_MAX_BUFFERSIZE ||
           nsr_fail(err, NSR_EUSAGE,
                    "a chunk of %lld frames of %dx%d is larger than 2 GiB; give a smaller "
                    "--chunk-frames",
                    (long long)array->chunk, array->w, array->h);
}

bool nsr_packer_open(nsr_packer *packer, const nsr_zarr_array *array, nsr_err *err) {
    *packer = (nsr_packer){.array = *array};
    if (!nsr_packer_fits(array, err)) return false;
    packer->packed = malloc(nsr_packed_room(array));
    if (array->codec == NSR_ZARR_ZSTD) packer->zstd = ZSTD_createCCtx();
    if (packer->packed && (packer->zstd || array->codec != NSR_ZARR_ZSTD)) return true;
    nsr_packer_close(packer);
    return nsr_fail(err, NSR_EINTERNAL, "out of memory for packing chunks of %zu bytes", nsr_zarr_chunk_bytes(array));
}

void nsr_packer_close(nsr_packer *packer) {
    free(packer->packed);
    ZSTD_freeCCtx(packer->zstd);
    packer->packed = NULL;
    packer->zstd = NULL;
}

static bool pack_lz4(nsr_packer *p, const void *chunk, size_t bytes, nsr_err *err) {
    int n = blosc_compress_ctx(BLOSC_LEVEL, BLOSC_SHUFFLE, nsr_zarr_type_size(p->array.type), bytes, chunk, p->packed,
                               bytes + BLOSC_MAX_OVERHEAD, BLOSC_LZ4_COMPNAME, 0, 1);
    p->bytes = n > 0 ? (size_t)n : 0;
    return n > 0 || nsr_fail(err, NSR_EINTERNAL, "blosc cannot pack a chunk of %zu bytes (%d)", bytes, n);
}

static bool pack_zstd(nsr_packer *p, const void *chunk, size_t bytes, nsr_err *err) {
    size_t n = ZSTD_compressCCtx(p->zstd, p->packed, ZSTD_compressBound(bytes), chunk, bytes, ZSTD_LEVEL);
    p->bytes = ZSTD_isError(n) ? 0 : n;
    if (!ZSTD_isError(n)) return true;
    return nsr_fail(err, NSR_EINTERNAL, "zstd cannot pack a chunk of %zu bytes: %s", bytes, ZSTD_getErrorName(n));
}

static bool pack_none(nsr_packer *p, const void *chunk, size_t bytes) {
    memcpy(p->packed, chunk, bytes);
    p->bytes = bytes;
    return true;
}

bool nsr_packer_pack(nsr_packer *p, const void *chunk, nsr_err *err) {
    const size_t bytes = nsr_zarr_chunk_bytes(&p->array);
    bool good = p->array.codec == NSR_ZARR_LZ4    ? pack_lz4(p, chunk, bytes, err)
                : p->array.codec == NSR_ZARR_ZSTD ? pack_zstd(p, chunk, bytes, err)
                                                  : pack_none(p, chunk, bytes);
    if (!good) return false;
    nsr_put32_le(p->packed + p->bytes, nsr_crc32c(p->packed, p->bytes));
    p->bytes += NSR_CRC_BYTES;
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

bool nsr_unpack(const nsr_zarr_array *array, const unsigned char *packed, size_t bytes, void *chunk, const char **why) {
    const size_t want = nsr_zarr_chunk_bytes(array);
    *why = "its checksum is wrong";
    if (bytes < NSR_CRC_BYTES ||
        nsr_get32_le(packed + bytes - NSR_CRC_BYTES) != nsr_crc32c(packed, bytes - NSR_CRC_BYTES))
        return false;
    *why = "it does not unpack to the length of a chunk";
    bytes -= NSR_CRC_BYTES;
    if (array->codec == NSR_ZARR_LZ4) return unpack_lz4(chunk, want, packed, bytes);
    if (array->codec == NSR_ZARR_ZSTD) return ZSTD_decompress(chunk, want, packed, bytes) == want;
    return unpack_none(chunk, want, packed, bytes);
}
