/* SPDX-License-Identifier: MIT */
/* Zarr v3 stores as frames.ome.zarr and overview.ome.zarr need them: one chunk holds some frames of one channel, one
   shard file some chunks; OME-NGFF 0.5 metadata. All calls are local. */
#ifndef NSR_SINK_ZARR_H
#define NSR_SINK_ZARR_H

#include <nsrender/sink.h>

typedef enum nsr_zarr_type { NSR_ZARR_U8, NSR_ZARR_U16, NSR_ZARR_F32 } nsr_zarr_type;
typedef enum nsr_zarr_codec { NSR_ZARR_LZ4, NSR_ZARR_ZSTD, NSR_ZARR_NONE } nsr_zarr_codec;
static inline size_t nsr_zarr_type_size(nsr_zarr_type type) {
    return type == NSR_ZARR_U8 ? 1 : type == NSR_ZARR_U16 ? 2 : 4;
}

/* --- zarr_codes.c --- */
/* Whole numbers for values: code = 1 + rint((value - lo) / (hi - lo) * (top - 1)), top = 255 or 65535; lo = hi: 1.
   0: no data. value = code * scale + offset; it is off by scale/2 at most. float32 stacks keep values, NaN is no
   data. */
typedef struct nsr_coding {
    nsr_zarr_type type;
    double lo, hi; /* both 0 where nothing is finite */
} nsr_coding;
nsr_coding nsr_coding_of(const nsr_job *job);
double nsr_coding_scale(const nsr_coding *coding);  /* 1 for float32 */
double nsr_coding_offset(const nsr_coding *coding); /* 0 for float32 */
double nsr_coding_code(const nsr_coding *coding, double value); /* unrounded and unclipped, for windows of display */
double nsr_coding_value(const nsr_coding *coding, double code); /* NaN for no data */
/* How far a decoded value may be off, roundings included; `type`: of the field. */
double nsr_coding_error(const nsr_coding *coding, nsr_type type);
/* n codes from memory as doubles. */
void nsr_codes_read(double *codes, nsr_zarr_type type, const void *from, size_t n);
/* n pixels of no data. */
void nsr_code_nothing(void *codes, nsr_zarr_type type, size_t n);
/* Codes of n values that fit; NaN and infinities become no data. */
void nsr_code_values(void *codes, const nsr_coding *coding, nsr_type type, const void *values, size_t n);
/* codes of bins to an image of map.h x map.w; marks below 0 become no data. codes has two elements in front of bin 0
   that are no data already, so that marks need no branch. */
void nsr_code_paint(void *image, const nsr_bin_map *map, nsr_zarr_type type, const void *codes);

/* --- zarr_fit.c: what codes and float32 can hold. NSR_EUSAGE: too large for float32; NSR_EDATA: outside lo .. hi. NaN
   and infinities always fit. --- */
bool nsr_coding_fits(const nsr_coding *coding, nsr_err *err); /* by the range alone, before anything is made */
bool nsr_values_fit(const nsr_job *job, const nsr_coding *coding, nsr_type type, const void *values, size_t n,
                    nsr_err *err);

/* --- zarr_array.c: what an array is, and its length of chunks --- */
typedef struct nsr_zarr_array {
    nsr_zarr_type type;
    nsr_zarr_codec codec;
    int64_t length;       /* along t */
    int channels;         /* 0: axes t, y, x; else t, c, y, x */
    int h, w;
    int64_t chunk, shard; /* along t; chunk divides shard */
} nsr_zarr_array;
static inline size_t nsr_zarr_frame_bytes(const nsr_zarr_array *a) { /* of one channel */
    return (size_t)a->h * (size_t)a->w * nsr_zarr_type_size(a->type);
}
static inline int64_t nsr_zarr_slots(const nsr_zarr_array *a) { /* chunks of a shard */
    return a->shard / a->chunk * (a->channels ? a->channels : 1);
}
static inline int64_t nsr_zarr_shards(const nsr_zarr_array *a) { return (a->length + a->shard - 1) / a->shard; }
/* The array that --zarr-dtype, --zarr-codec and --chunk-frames ask for, `shard` frames a shard: chunks by the cost of a
   step in viewers that look at every chunk's key, at most 5 MB, a divisor of `shard`. */
nsr_zarr_type nsr_zarr_type_of(const nsr_config *config);
nsr_zarr_array nsr_zarr_array_make(const nsr_job *job, int64_t length, int64_t shard, int channels);
/* Milliseconds of a step through dask (what viewers with a plugin do), and chunks in all: for the log. */
double nsr_zarr_step_ms(const nsr_zarr_array *array);

/* --- zarr_codec.c: one chunk, packed with its checksum behind it --- */
typedef struct nsr_codec {
    nsr_zarr_array array;
    void *zstd;            /* its context, where it is asked for */
    unsigned char *packed; /* the last packed chunk */
    size_t bytes;          /* of it */
} nsr_codec;
uint32_t nsr_crc32c(const void *data, size_t bytes);
size_t nsr_zarr_chunk_bytes(const nsr_zarr_array *array); /* decoded */
size_t nsr_codec_room(const nsr_zarr_array *array);       /* packed, at the most */
bool nsr_codec_fits(const nsr_zarr_array *array, nsr_err *err); /* NSR_EUSAGE: chunks are too large */
bool nsr_codec_open(nsr_codec *codec, const nsr_zarr_array *array, nsr_err *err);
bool nsr_codec_pack(nsr_codec *codec, const void *chunk, nsr_err *err);
/* False when `packed` does not hold a whole chunk: says why. */
bool nsr_codec_unpack(const nsr_zarr_array *array, const unsigned char *packed, size_t bytes, void *chunk,
                      const char **why);
void nsr_codec_close(nsr_codec *codec);

/* --- zarr_shard.c: one file --- */
typedef struct nsr_shard {
    nsr_zarr_array array;
    nsr_file file;
    unsigned char *index; /* slots x (offset, bytes) as they are stored, and the crc */
    nsr_codec codec;
} nsr_shard;
size_t nsr_shard_memory(const nsr_zarr_array *array); /* that writing one takes, at the most */
bool nsr_shard_open(nsr_shard *shard, const nsr_zarr_array *array, const char *path, const char *run, nsr_err *err);
/* A whole chunk (array.chunk frames, padded with no data). Chunks without any data are left out. Each slot at most
   once, in any order: slot = chunk along t (in this shard) * channels + channel. */
bool nsr_shard_put(nsr_shard *shard, int64_t slot, const void *chunk, nsr_err *err);
bool nsr_shard_commit(nsr_shard *shard, char hash[NSR_HASH_CHARS], int64_t *bytes, nsr_err *err); /* durable; frees */
void nsr_shard_drop(nsr_shard *shard); /* allowed at any time */
/* Index, checksums, decoded length of every chunk. On false says why. */
bool nsr_shard_check(const char *path, const nsr_zarr_array *array, char *why, size_t size);
/* One decoded chunk of a file; no data where it was left out. NSR_EDATA when it is damaged. */
bool nsr_shard_get(const char *path, const nsr_zarr_array *array, int64_t slot, void *chunk, nsr_err *err);
/* Name of a shard below the array's folder: "c.12.0.0", with channels "c.12.0.0.0". */
void nsr_shard_name(char name[64], const nsr_zarr_array *array, int64_t index);

/* --- zarr_axes.c: what a step along an axis is --- */
typedef struct nsr_zarr_axis {
    double step;         /* in data units; 1 where nothing is known */
    const char *unit;    /* as NGFF spells it, NULL: not known */
    double si;           /* the same step in ... */
    const char *si_unit; /* ... "s" or "m"; "" where nothing is known */
} nsr_zarr_axis;
nsr_zarr_axis nsr_zarr_axis_t(const nsr_job *job); /* of one frame */
nsr_zarr_axis nsr_zarr_axis_y(const nsr_job *job); /* of one pixel of job->raster */
nsr_zarr_axis nsr_zarr_axis_x(const nsr_job *job);

/* --- zarr_meta.c --- */
typedef struct nsr_zarr_level {
    char path[32]; /* of the array below the store */
    int64_t frames; /* of the recording's pick in one of this level */
} nsr_zarr_level;
typedef struct nsr_zarr_store {
    const nsr_job *job;
    const char *path, *name; /* below the bundle: "frames.ome.zarr"; of the image */
    const char *const *channel; /* labels; NULL without channels */
    int n_channels, n_levels;
    const nsr_zarr_level *level;
    const char *type, *method; /* of multiscales: "mean", "block mean ..." */
} nsr_zarr_store;
/* dir/zarr.json of one array, and of the group. Written whole; the group's last of all. */
bool nsr_zarr_put_array(const nsr_job *job, const char *path, const nsr_zarr_array *array, const nsr_coding *coding,
                        nsr_err *err);
bool nsr_zarr_put_group(const nsr_zarr_store *store, const nsr_coding *coding, nsr_err *err);
/* What dir/path/zarr.json says; NSR_EDATA when we would not write it so. */
bool nsr_zarr_get_array(nsr_zarr_array *array, const char *dir, const char *path, nsr_err *err);
/* Removes what makes viewers see a store, before a part of it is made (again). */
void nsr_zarr_hide(const nsr_job *job, const char *path);

/* --- zarr_state.c: neuroglancer.json in the bundle, the state with which neuroglancer shows x and y over time --- */
bool nsr_zarr_put_state(const nsr_job *job, const nsr_coding *coding, nsr_err *err);

#endif
