/* SPDX-License-Identifier: MIT */
/* HDF5's filters, undone without HDF5: outside its lock, and also those that it comes without. Stored bytes are not
   trusted. */
#ifndef NSR_SOURCE_FILTER_CODEC_H
#define NSR_SOURCE_FILTER_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The numbers that HDF5 has registered. */
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

/* What a thread needs for it. */
typedef struct nsr_undoer nsr_undoer;
nsr_undoer *nsr_undoer_open(void); /* NULL without memory */
void nsr_undoer_close(nsr_undoer *undoer);

/* May be passed to nsr_codec_undo. */
bool nsr_codec_known(int id);
/* Undoes one filter: the bytes it gives, at most `room`; 0 when the stored bytes are damaged. No overlap. */
size_t nsr_codec_undo(nsr_undoer *undoer, const nsr_filter *filter, const void *stored, size_t bytes, void *plain,
                      size_t room);
/* True when the last four bytes are the checksum of those before. */
bool nsr_fletcher32_holds(const void *stored, size_t bytes);

/* --- lz.c: formats of the Lempel-Ziv family that have a frame of their own in HDF5 --- */
size_t nsr_lzf_undo(const unsigned char *stored, size_t bytes, unsigned char *plain, size_t room);
size_t nsr_lz4_undo(const unsigned char *stored, size_t bytes, unsigned char *plain, size_t room);

#endif
