/* SPDX-License-Identifier: MIT */
/* Decoders for filters of HDF5 that work outside its lock, also for filters that the library lacks. Stored bytes may be
   damaged. */
#ifndef NSR_SOURCE_FILTER_CODEC_H
#define NSR_SOURCE_FILTER_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The registered numbers of the filters. */
enum {
    NSR_FILTER_DEFLATE = 1,
    NSR_FILTER_SHUFFLE = 2,
    NSR_FILTER_FLETCHER32 = 3,
    NSR_FILTER_LZF = 32000,
    NSR_FILTER_BLOSC = 32001,
    NSR_FILTER_LZ4 = 32004,
    NSR_FILTER_ZSTD = 32015
};

/* One filter of a dataset, with the first of its parameters. */
typedef struct nsr_filter {
    int id;
    uint32_t word; /* shuffle: bytes of a word */
} nsr_filter;

/* The state of the decoders. One per thread. */
typedef struct nsr_undoer nsr_undoer;
/* NULL without memory. nsr_undoer_close frees it and accepts NULL. Local, like all functions here. */
nsr_undoer *nsr_undoer_open(void);
void nsr_undoer_close(nsr_undoer *undoer);

/* Can nsr_codec_undo undo this filter? */
bool nsr_codec_known(int id);
/* Undoes one filter: writes at most `room` bytes to `plain` and returns their number; 0: the stored bytes are damaged.
   The two buffers must not overlap. */
size_t nsr_codec_undo(nsr_undoer *undoer, const nsr_filter *filter, const void *stored, size_t bytes, void *plain,
                      size_t room);
/* True when the last four bytes are the checksum of those before. */
bool nsr_fletcher32_holds(const void *stored, size_t bytes);

/* --- lz.c: LZF and LZ4 as HDF5 frames them; parameters and result as nsr_codec_undo --- */
size_t nsr_lzf_undo(const unsigned char *stored, size_t bytes, unsigned char *plain, size_t room);
size_t nsr_lz4_undo(const unsigned char *stored, size_t bytes, unsigned char *plain, size_t room);

#endif
