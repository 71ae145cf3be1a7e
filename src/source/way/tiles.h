/* SPDX-License-Identifier: MIT */
/* Chunked values for the way "direct": which chunks hold the wanted frames, and a few of them in memory. Also
   contiguous ones that lie bins first. */
#ifndef NSR_SOURCE_WAY_TILES_H
#define NSR_SOURCE_WAY_TILES_H

#include "source/format_and_way.h"

typedef struct nsr_tiles nsr_tiles;

/* False for chunks that HDF5 would not make either. */
bool nsr_tiles_possible(const nsr_found *found);
/* Frames that are read together where values lie contiguous, bins first. */
int64_t nsr_tiles_cut(const nsr_found *found);
int64_t nsr_tiles_memory(const nsr_found *found);
nsr_tiles *nsr_tiles_open(const nsr_found *found, nsr_err *err);
void nsr_tiles_close(nsr_tiles *tiles);
bool nsr_tiles_read(nsr_tiles *tiles, nsr_source *source, nsr_slab pick, unsigned char *to, nsr_err *err);

/* The fill value n times. */
void nsr_fill_values(const nsr_found *found, void *values, size_t n);

#endif
