/* SPDX-License-Identifier: MIT */
/* One array of a Zarr store: its shape, and how it is divided. A chunk holds some frames of one channel, a shard (a
   file) some chunks of all channels. All calls are local. Private to src/sink. */
#ifndef NSR_SINK_ZARR_ARRAY_H
#define NSR_SINK_ZARR_ARRAY_H

#include "base/whole.h"
#include "zarr_quantise.h"

typedef enum nsr_zarr_codec { NSR_ZARR_LZ4, NSR_ZARR_ZSTD, NSR_ZARR_NONE } nsr_zarr_codec;

typedef struct nsr_zarr_array {
    nsr_zarr_type type;
    nsr_zarr_codec codec;
    int64_t length;       /* along t */
    int channels;         /* 0: axes t, y, x; else t, c, y, x */
    int h, w;             /* pixels of a frame */
    int64_t chunk, shard; /* frames of each; chunk divides shard */
} nsr_zarr_array;
/* Bytes of one frame of one channel, and of the frames of a chunk, before compression. */
static inline size_t nsr_zarr_frame_bytes(const nsr_zarr_array *a) {
    return (size_t)a->h * (size_t)a->w * nsr_zarr_type_size(a->type);
}
static inline size_t nsr_zarr_chunk_bytes(const nsr_zarr_array *a) {
    return (size_t)a->chunk * nsr_zarr_frame_bytes(a);
}
/* Numbers of chunks of a shard (its slots), of chunks along t, and of shards. */
static inline int64_t nsr_zarr_slots(const nsr_zarr_array *a) {
    return a->shard / a->chunk * (a->channels ? a->channels : 1);
}
static inline int64_t nsr_zarr_chunks(const nsr_zarr_array *a) { return nsr_divide_up(a->length, a->chunk); }
static inline int64_t nsr_zarr_shards(const nsr_zarr_array *a) { return nsr_divide_up(a->length, a->shard); }

/* --- zarr_array.c --- */
/* The type that --zarr-dtype asks for. */
nsr_zarr_type nsr_zarr_type_of(const nsr_config *config);
/* The array that --zarr-dtype, --zarr-codec and, without channels, --chunk-frames ask for: `length` frames of the bin
   map, `shard` frames per shard. Where --chunk-frames is not given, chunks have the length that makes a step in viewers
   cheap (zarr_array.c explains how). */
nsr_zarr_array nsr_zarr_array_make(const nsr_config *config, const nsr_bin_map *map, int64_t length, int64_t shard,
                                   int channels);
/* Estimated milliseconds of a step in viewers that read through dask. */
double nsr_zarr_step_ms(const nsr_zarr_array *array);

#endif
