/* SPDX-License-Identifier: MIT */
/* One shard file: packed chunks and their index. All calls are local. Private to src/sink. */
#ifndef NSR_SINK_ZARR_SHARD_H
#define NSR_SINK_ZARR_SHARD_H

#include "zarr_codec.h"

#include <nsrender/file.h>

/* Name of shard number `index` below the folder of its array: "c.12.0.0"; with channels "c.12.0.0.0". */
void nsr_shard_name(char name[64], int channels, int64_t index);

/* --- writing --- */
/* A shard that is being written. */
typedef struct nsr_shard {
    nsr_zarr_array array;
    nsr_file file;
    unsigned char *index; /* as it is stored: offset and bytes of every slot, then the checksum */
    nsr_packer packer;
} nsr_shard;
size_t nsr_shard_memory(const nsr_zarr_array *array); /* bytes that writing a shard takes, at the most */
/* Creates the shard that will be the file `path`, under a temporary name that carries `run`. drop is allowed at any
   time, also after a failure, after commit and on zeroed memory: it frees, and removes what was not committed. */
bool nsr_shard_open(nsr_shard *shard, const nsr_zarr_array *array, const char *path, const char *run, nsr_err *err);
void nsr_shard_drop(nsr_shard *shard);
/* Appends a whole chunk of array.chunk frames, the last one of an array padded with no data; a chunk without any data
   is left out. Each slot is written at most once, in any order: slot = chunk along t, counted in this shard, * channels
   + channel. */
bool nsr_shard_put(nsr_shard *shard, int64_t slot, const void *chunk, nsr_err *err);
/* Appends the index, flushes, gives the file its final name, frees; fills in the file's hash and length. */
bool nsr_shard_commit(nsr_shard *shard, char hash[NSR_HASH_CHARS], int64_t *bytes, nsr_err *err);

/* --- reading --- */
/* Checks a finished shard: index, and checksum and unpacked length of every chunk. On false `why` holds a message with
   the path. */
bool nsr_shard_check(const char *path, const nsr_zarr_array *array, char *why, size_t size);
/* Unpacks one chunk of a finished shard into nsr_zarr_chunk_bytes of memory; no data where it was left out. NSR_EDATA
   when the shard is missing or damaged. */
bool nsr_shard_get(const char *path, const nsr_zarr_array *array, int64_t slot, void *chunk, nsr_err *err);

#endif
