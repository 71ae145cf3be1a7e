/* SPDX-License-Identifier: MIT */
/* The length of chunks. A step of a viewer that reads through dask costs some milliseconds, about a microsecond for
   every chunk of the array, and the reading and unpacking of one chunk at about 1 GB/s. Long chunks make the second
   term small, short ones the third; the sum is minimised. Readers without dask have only the third term. */
#include "zarr_array.h"
#include <math.h>
#include <string.h>

enum { MANY = 20000 };                      /* with more chunks than this, a chunk may have twice CHUNK_BYTES */
static const int64_t CHUNK_BYTES = 5 << 20; /* at most, unpacked: viewers keep whole chunks, and read one per jump */
static const double BASE_MS = 4, KEY_MS = 1e-3, BYTE_MS = 1e-6;

nsr_zarr_type nsr_zarr_type_of(const nsr_config *config) {
    const char *name = config->zarr.dtype ? config->zarr.dtype : "u16";
    return !strcmp(name, "u8") ? NSR_ZARR_U8 : !strcmp(name, "f32") ? NSR_ZARR_F32 : NSR_ZARR_U16;
}

static nsr_zarr_codec codec_of(const nsr_config *config) {
    const char *name = config->zarr.codec ? config->zarr.codec : "lz4";
    return !strcmp(name, "zstd") ? NSR_ZARR_ZSTD : !strcmp(name, "none") ? NSR_ZARR_NONE : NSR_ZARR_LZ4;
}

/* Milliseconds that depend on the length of a chunk. */
static double model_ms(const nsr_zarr_array *a, int64_t chunk) {
    const double chunks = ceil((double)a->length / (double)chunk) * (a->channels ? a->channels : 1);
    return chunks * KEY_MS + (double)chunk * (double)nsr_zarr_frame_bytes(a) * BYTE_MS;
}

double nsr_zarr_step_ms(const nsr_zarr_array *array) { return BASE_MS + model_ms(array, array->chunk); }

/* The cheapest divisor of the shard's length up to `most`. */
static int64_t cheapest(const nsr_zarr_array *a, int64_t most) {
    int64_t best = 1;
    for (int64_t d = 2; d <= a->shard && d <= most; d++)
        if (a->shard % d == 0 && model_ms(a, d) < model_ms(a, best)) best = d;
    return best;
}

static int64_t longest_divisor(int64_t of, int64_t most) {
    int64_t d = most < of ? most : of;
    while (of % d)
        d--;
    return d;
}

static int64_t choose_chunk(const nsr_zarr_array *a, const nsr_config *config) {
    const int64_t given =
                      a->channels ? NSR_NOT_GIVEN : config->zarr.chunk_frames, /* the option is for the stack only */
        fit = CHUNK_BYTES / (int64_t)nsr_zarr_frame_bytes(a);
    if (given != NSR_NOT_GIVEN && given > 0) return longest_divisor(a->shard, given);
    return cheapest(a, a->length / (fit ? fit : 1) > MANY ? 2 * fit : fit);
}

nsr_zarr_array nsr_zarr_array_make(const nsr_config *config, const nsr_bin_map *map, int64_t length, int64_t shard,
                                   int channels) {
    nsr_zarr_array a = {.type = nsr_zarr_type_of(config),
                        .codec = codec_of(config),
                        .length = length,
                        .channels = channels,
                        .h = map->h,
                        .w = map->w,
                        .shard = shard};
    a.chunk = choose_chunk(&a, config);
    return a;
}
