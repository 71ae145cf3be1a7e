/* SPDX-License-Identifier: MIT */
/* Reads chunked values, and contiguous values that are stored bins first, for the way "direct". */
#ifndef NSR_SOURCE_WAY_TILES_H
#define NSR_SOURCE_WAY_TILES_H

#include "source/format_and_way.h"

/* The chunks and buffers that one thread keeps between reads. */
typedef struct nsr_tiles nsr_tiles;

/* False for chunks of 4 GiB and more, which HDF5 does not write either. Local. */
bool nsr_tiles_possible(const nsr_found *found);
/* Frames per tile of contiguous values that are stored bins first. Local. */
int64_t nsr_tiles_cut(const nsr_found *found);
/* Bytes that one nsr_tiles may allocate. Local. */
int64_t nsr_tiles_memory(const nsr_found *found);
/* NULL: out of memory. Closed with nsr_tiles_close, which accepts NULL. Local. */
nsr_tiles *nsr_tiles_open(const nsr_found *found, nsr_err *err);
void nsr_tiles_close(nsr_tiles *tiles);
/* Reads the frames of a slab into `to`, one row of field.n_stored values of field.type per frame. Takes source->lock
   during calls of HDF5. NSR_EDATA names the frames of a damaged chunk, NSR_EIO: the disk failed. Local. */
bool nsr_tiles_read(nsr_tiles *tiles, nsr_source *source, nsr_slab frames, unsigned char *to, nsr_err *err);

/* After NSR_EDATA of nsr_tiles_read: all frames of the chunk row that failed. Local. */
nsr_span nsr_tiles_failed(const nsr_tiles *tiles);

#endif
