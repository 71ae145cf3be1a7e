/* SPDX-License-Identifier: MIT */
/* Bounds of what HDF5 inflates: it inflates whole chunks, and a deflate stream to its end, even when that is a thousand
   times as long as the chunk. Files are not trusted, so both are checked before HDF5 reads. Local; the library is
   called, so callers hold their source's lock. */
#ifndef NSR_BASE_H5_BOUNDS_H
#define NSR_BASE_H5_BOUNDS_H

#include "h5.h"

enum {
    NSR_H5_CHUNK = 64 << 20, /* bytes of a chunk of anything but the field */
    NSR_H5_WHOLE = 128 << 20 /* bytes of an array, or of all its texts, that is read at once */
};

/* The chunks of a dataset that may be longer than they claim. */
typedef struct nsr_h5_bounds {
    hid_t dataset; /* the caller's */
    int n_dims;    /* 0: none may be */
    hsize_t chunk[H5S_MAX_RANK], across[H5S_MAX_RANK];
    size_t bytes;       /* of a chunk */
    size_t harmless;    /* bytes that a chunk may grow to without being checked */
    int deflate;        /* the place of this filter in the pipeline */
    bool checksum;      /* is behind the deflate stream */
    unsigned char *bit; /* one per chunk that was found good; NULL: none was, or there are too many chunks */
} nsr_h5_bounds;

/* Bytes that a chunk of a list of n numbers may have: those of the list, which is read in any case, within `most`. */
size_t nsr_h5_list_chunk(int64_t n, size_t most);
/* NSR_EDATA: a chunk that is compressed has more than `most` bytes. */
bool nsr_h5_chunks_fit(hid_t dataset, size_t most, nsr_err *err);
/* The same; and NSR_EDATA where chunks are compressed twice. nsr_h5_bounds_close is allowed after a failure and for a
   cleared struct. */
bool nsr_h5_bounds_open(nsr_h5_bounds *bounds, hid_t dataset, size_t most, nsr_err *err);
/* Checks the chunks of the box around a hyperslab; stride NULL: 1. NSR_EDATA: one is longer than it claims. Damage of
   other kinds is left to HDF5. */
bool nsr_h5_bounds_check(nsr_h5_bounds *bounds, const hsize_t *start, const hsize_t *stride, const hsize_t *count,
                         nsr_err *err);
void nsr_h5_bounds_close(nsr_h5_bounds *bounds);
/* All three, for the first `rows` rows of a dataset other than the field. */
bool nsr_h5_may_read(hid_t dataset, hsize_t rows, nsr_err *err);
/* The shape of the chunks of bounds->dataset, which has these creation properties, how many there are along each
   dimension, and bounds->bytes. False: it has none. */
bool nsr_h5_chunks(nsr_h5_bounds *bounds, hid_t dcpl);
/* Bytes that HDF5 needs beside its chunk cache to read such chunks: 0 where they are stored as they are. */
int64_t nsr_h5_chunk_memory(hid_t dataset);

#endif
