/* SPDX-License-Identifier: MIT */
/* Where values come from. A new kind of file is one new file in src/source/format and one row in formats.c beside it.
 */
#ifndef NSRENDER_SOURCE_H
#define NSRENDER_SOURCE_H

#include <nsrender/field.h>
#include <nsrender/hash.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nsr_source nsr_source;

/* The root reads the metadata and broadcasts it; then every rank opens its own handle.
   NSR_ENOINPUT no such file; NSR_EDATA not HDF5, truncated, no such dataset (lists what is there), several candidates,
   unusable shape or type, unknown filter (named with its id). On failure `*source` is NULL on every rank. */
bool nsr_source_open(nsr_source **source, const nsr_comm *comm, const nsr_config *config, nsr_err *err);
void nsr_source_close(nsr_source *source, const nsr_comm *comm);
const nsr_field *nsr_source_field(const nsr_source *source); /* local */
/* "direct", "hdf5" or "mpio", and why (one sentence for the log). Local. */
const char *nsr_source_io(const nsr_source *source, const char **reason);

/* How the bins of a field are made from stored bins: one of several states, their sum, a slice or a projection. Bin k
   is `op` over from[k*depth .. k*depth+depth-1] (stored bin numbers; -1: none). NaN only when all of them are. */
typedef struct nsr_fold {
    enum { NSR_FOLD_SELECT, NSR_FOLD_SUM, NSR_FOLD_MAX } op;
    int32_t depth;
    int64_t n_bins;
    int32_t *from;
} nsr_fold;
/* Local, on every rank, before the first read: takes fold->from over and sets field->n_bins. Folds add up: a second one
   works on the bins of the first. */
bool nsr_source_fold(nsr_source *source, nsr_fold *fold, nsr_err *err);
/* A hash of all folds: which bins these are. "" where they are the stored ones. Local. */
bool nsr_source_bins(const nsr_source *source, char text[NSR_HASH_CHARS], nsr_err *err);

/* A worker's scratch: one chunk, decompressor. Not shared between threads. */
typedef struct nsr_reader nsr_reader;
nsr_reader *nsr_reader_open(nsr_source *source, nsr_err *err);
void nsr_reader_close(nsr_reader *reader);
/* Bytes that one reader may come to hold. Local. */
int64_t nsr_reader_memory(const nsr_source *source);
/* Does the system hold all of these frames in its page cache, as they are offered, so that reading them costs a copy
   and no more? Judged by some of their bytes; false where it cannot be told. Local. */
bool nsr_source_resident(const nsr_source *source, int64_t first, int64_t step, int64_t n);
/* Reads the n frames first, first+step, ... into values (n x n_bins of field.type). Local and thread-safe (one reader a
   thread; HDF5 is called under the source's lock). A chunk that cannot be read or inflated: NSR_EDATA naming the
   chunk's frames; the disk failing: NSR_EIO. */
bool nsr_read(nsr_reader *reader, int64_t first, int64_t step, int64_t n, void *values, nsr_err *err);
/* Collective twin for io mpio in the range pass: every rank must call it equally often; n may be 0. */
bool nsr_read_all(nsr_reader *reader, const nsr_comm *comm, int64_t first, int64_t step, int64_t n, void *values,
                  nsr_err *err);
/* Times in seconds, n of them from frame `first` on, step apart. Local, thread-safe. False without err when the field
   has no times. */
bool nsr_read_times(nsr_reader *reader, int64_t first, int64_t step, int64_t n, double *times, nsr_err *err);
/* --- position.c: where the animal was. In NWB the first SpatialSeries of the first Position, by linear interpolation
   at the times of the frames; elsewhere a dataset `position` beside the field with a row a frame. x and y as the file
   has them. Local. --- */
typedef struct nsr_position nsr_position;
/* NULL without an error when the input has none. */
nsr_position *nsr_position_open(nsr_source *source, nsr_err *err);
const char *nsr_position_unit(const nsr_position *position); /* as the file has it; "": it says none */
/* n x 2 numbers for the frames first, first+step, ...; NaN where nothing is known. Calls go forward in time. */
bool nsr_position_read(nsr_position *position, int64_t first, int64_t step, int64_t n, float *xy, nsr_err *err);
void nsr_position_close(nsr_position *position);

/* On the root: what a look at all frames has found (netCDF: cells that have values, intervals) as a JSON object;
   NULL: nothing. Given as input_as.known to a later open of the same input, it spares the look. */
const char *nsr_source_known(const nsr_source *source);
/* Stored bytes read so far by this rank. */
int64_t nsr_source_bytes_read(const nsr_source *source);
/* False (NSR_EDATA) when the file was changed since it was opened (size or mtime). */
bool nsr_source_unchanged(const nsr_source *source, nsr_err *err);

/* What `info` prints: one JSON object {file, format, fields[], environment, times, overlays[]} as text to free.
   The environment member is filled by the caller. Opens the file by itself; only the root works. */
char *nsr_source_info(const nsr_comm *comm, const nsr_config *config, nsr_err *err);

#ifdef __cplusplus
}
#endif
#endif
