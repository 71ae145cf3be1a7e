/* SPDX-License-Identifier: MIT */
/* The recording: its metadata, and reading of its values, times and positions. A new kind of file is one new file in
 * src/source/format and one row in formats.c beside it.
 */
#ifndef NSRENDER_SOURCE_H
#define NSRENDER_SOURCE_H

#include <nsrender/field.h>
#include <nsrender/hash.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nsr_source nsr_source;

/* The root reads the metadata and broadcasts it; then every rank opens its own handle. NSR_ENOINPUT no such file;
   NSR_EDATA not HDF5, truncated, no such dataset (lists the datasets), several candidates, unusable shape or type,
   unknown filter (named with its id). On failure `*source` is NULL on every rank. Collective. */
bool nsr_source_open(nsr_source **source, const nsr_comm *comm, const nsr_config *config, nsr_err *err);
/* Collective. NULL is allowed. */
void nsr_source_close(nsr_source *source, const nsr_comm *comm);
/* The field as it is shown, which lives as long as the source. Local. */
const nsr_field *nsr_source_field(const nsr_source *source);
/* The way of reading: "direct", "hdf5" or "mpio". *reason (unless NULL): why, for the log. Local. */
const char *nsr_source_io(const nsr_source *source, const char **reason);

/* How the bins of a field are made from stored bins: one of several states, their sum, a slice or a projection. Bin k
   is `op` over from[k*depth .. k*depth+depth-1] (stored bin numbers; -1: none). NaN only when all of them are. */
typedef struct nsr_fold {
    enum { NSR_FOLD_SELECT, NSR_FOLD_SUM, NSR_FOLD_MAX } op;
    int32_t depth;
    int64_t n_bins;
    int32_t *from;
} nsr_fold;
/* Applies a fold to the bins of the field, after those that were applied before. Local; called on every rank before the
   first read. Takes over fold->from, also on failure, and sets field->n_bins. */
bool nsr_source_fold(nsr_source *source, nsr_fold *fold, nsr_err *err);
/* A hash of all folds, as text; "" without folds. Local. */
bool nsr_source_bins(const nsr_source *source, char text[NSR_HASH_CHARS], nsr_err *err);

typedef struct nsr_reader nsr_reader;
/* A reader holds the scratch of one thread: chunks, decompressor. NULL: out of memory. nsr_reader_close accepts NULL.
   Local. */
nsr_reader *nsr_reader_open(nsr_source *source, nsr_err *err);
void nsr_reader_close(nsr_reader *reader);
/* Upper bound of the bytes that one reader allocates. Local. */
int64_t nsr_reader_memory(const nsr_source *source);
/* Upper bound of the bytes that HDF5 allocates for all readers together: its caches of chunks, and chunks while they
   are inflated. Local. */
int64_t nsr_source_memory(const nsr_source *source);
/* Are the frames first, first+step, ... in the page cache, in the form in which nsr_read returns them, so that reading
   costs only a copy? A sample of their bytes decides; false where the system cannot tell. Local. */
bool nsr_source_resident(const nsr_source *source, int64_t first, int64_t step, int64_t n);
/* Reads the n frames first, first+step, ... into values (n x n_bins of field.type). Local and thread-safe (one reader
   per thread; HDF5 is called under the source's lock). A chunk that cannot be read or inflated: NSR_EDATA naming the
   chunk's frames; the disk failing: NSR_EIO. */
bool nsr_read(nsr_reader *reader, int64_t first, int64_t step, int64_t n, void *values, nsr_err *err);
/* Reads as nsr_read, and marks in bad[n] (1; else 0) the frames whose chunk cannot be read or inflated; their values
   are NaN. Returns their number, -1 for another error. *why gets the first failure unless it holds one. Local and
   thread-safe in the same way. */
int64_t nsr_read_around(nsr_reader *reader, int64_t first, int64_t step, int64_t n, void *values, unsigned char *bad,
                        nsr_err *why, nsr_err *err);
/* As nsr_read, collective: every rank calls it equally often, perhaps with n = 0. With --io mpio the ranks read
   together. */
bool nsr_read_all(nsr_reader *reader, const nsr_comm *comm, int64_t first, int64_t step, int64_t n, void *values,
                  nsr_err *err);
/* Reads the times in seconds of the frames first, first+step, ... into times[n]. Local and thread-safe, with one reader
   per thread. False without an error: the field has no times. */
bool nsr_read_times(nsr_reader *reader, int64_t first, int64_t step, int64_t n, double *times, nsr_err *err);
/* --- position.c: the position of the animal. In NWB the first SpatialSeries of the first Position, interpolated
   linearly at the times of the frames; in other formats a dataset `position` beside the field with one row per frame. x
   and y are in the unit of the file. Local. --- */
typedef struct nsr_position nsr_position;
/* NULL without an error: the input has no positions. Closed with nsr_position_close before the source. */
nsr_position *nsr_position_open(nsr_source *source, nsr_err *err);
/* The unit of x and y in the file; "": none. */
const char *nsr_position_unit(const nsr_position *position);
/* Writes n x 2 numbers for the frames first, first+step, ...; NaN where the position is unknown. Calls have to follow
   the order of the frames. */
bool nsr_position_read(nsr_position *position, int64_t first, int64_t step, int64_t n, float *xy, nsr_err *err);
/* NULL is allowed. */
void nsr_position_close(nsr_position *position);

/* The result of the search for cells with values and for intervals, which reads all frames of a netCDF input, as the
   text of a JSON object on the root. NULL: there was no search, or it missed frames. Given as input_as.known to a later
   open of the same input, it replaces the search. Local. */
const char *nsr_source_known(const nsr_source *source);
/* Stored bytes that this rank has read so far. Local. */
int64_t nsr_source_bytes_read(const nsr_source *source);
/* A hash of size, time of change and inode of all files with values of the field, as they were when it was opened. The
   same on all ranks. Local. */
const char *nsr_source_stamp(const nsr_source *source);
/* NSR_EDATA: one of these files has changed since. Root only. */
bool nsr_source_unchanged(const nsr_source *source, nsr_err *err);

/* The text that `info` prints, to free: one JSON object {file, format, fields[], environment, times, overlays[]}, whose
   environment is null for the caller to fill. Opens the file itself. Collective; the text is on the root, NULL
   elsewhere and on failure. */
char *nsr_source_info(const nsr_comm *comm, const nsr_config *config, nsr_err *err);

#ifdef __cplusplus
}
#endif
#endif
