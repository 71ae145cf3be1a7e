/* SPDX-License-Identifier: MIT */
/* One chunk: compressed, with the CRC-32C of the compressed bytes behind it. All calls are local. Private to src/sink.
 */
#ifndef NSR_SINK_ZARR_CODEC_H
#define NSR_SINK_ZARR_CODEC_H

#include "zarr_array.h"

enum { NSR_CRC_BYTES = 4 };
uint32_t nsr_crc32c(const void *data, size_t bytes); /* the checksum that Zarr calls crc32c */

/* The most bytes that a chunk takes once it is packed, checksum included. */
size_t nsr_packed_room(const nsr_zarr_array *array);
/* Whether the codecs can take a chunk at once; NSR_EUSAGE above 2 GiB. */
bool nsr_packer_fits(const nsr_zarr_array *array, nsr_err *err);

/* Packs chunks one after another, in memory that it reuses. */
typedef struct nsr_packer {
    nsr_zarr_array array;
    void *zstd;            /* ZSTD_CCtx; NULL for other codecs */
    unsigned char *packed; /* the last chunk, packed ... */
    size_t bytes;          /* ... in so many bytes */
} nsr_packer;
/* False when a chunk is too large or memory runs out. Close is allowed after a failed open and on zeroed memory. */
bool nsr_packer_open(nsr_packer *packer, const nsr_zarr_array *array, nsr_err *err);
void nsr_packer_close(nsr_packer *packer);
/* Packs nsr_zarr_chunk_bytes of `chunk` into packer->packed. NSR_EINTERNAL when a library fails. */
bool nsr_packer_pack(nsr_packer *packer, const void *chunk, nsr_err *err);

/* Unpacks a chunk into nsr_zarr_chunk_bytes of memory. False when `packed` does not hold exactly one chunk or its
   checksum is wrong; *why is then a static text. */
bool nsr_unpack(const nsr_zarr_array *array, const unsigned char *packed, size_t bytes, void *chunk, const char **why);

#endif
