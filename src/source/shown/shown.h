/* SPDX-License-Identifier: MIT */
/* The stored rows (intervals) and bins (folds, bins with values) that are shown. */
#ifndef NSR_SOURCE_SHOWN_SHOWN_H
#define NSR_SOURCE_SHOWN_SHOWN_H

#include "source/format_and_way.h"

/* --- fold.c: local --- */
/* Frames that a reader's scratch holds; 0 without folds. */
int64_t nsr_fold_piece(const nsr_source *source);
/* Bytes of a reader's scratch; 0 without folds. */
int64_t nsr_fold_memory(const nsr_source *source);
/* Allocates a reader's scratch; nsr_fold_close frees it. */
bool nsr_fold_open(nsr_reader *reader, nsr_err *err);
void nsr_fold_close(nsr_reader *reader);
/* Makes n rows of shown bins in `values` from the n stored rows in reader->stored. */
void nsr_fold_apply(const nsr_reader *reader, int64_t n, void *values);

/* --- intervals.c: local --- */
/* Fills source->shown.interval: the frames of each interval between its paddings, from nsr_active.ends. NSR_EDATA: no
   interval has a value. */
bool nsr_intervals_find(nsr_source *source, const double *ends, nsr_err *err);
/* The stored row of a shown frame; *n is lowered to the number of frames from this one on that lie `step` rows apart.
 */
int64_t nsr_interval_row(const nsr_source *source, int64_t frame, int64_t step, int64_t *n);
/* The place of a shown frame in the dataset of times; *n is lowered to the number of frames from this one on whose
   times lie `step` apart. */
int64_t nsr_interval_time(const nsr_source *source, int64_t frame, int64_t step, int64_t *n);

/* --- damaged_rows.c: failures that reading remembers, so that one damaged chunk is not read for each of its frames.
   Local, any thread. --- */
/* Whether a row of the slab is known to be damaged: then *failed gets the rows that the failure covers, and `err` its
   message. */
bool nsr_damage_known(nsr_source *source, nsr_slab rows, nsr_span *failed, nsr_err *err);
/* Notes a failure that covers these rows (none: nothing is noted). It is known from the second time on, because a disk
   may fail once. */
void nsr_damage_note(nsr_source *source, nsr_span failed, const nsr_err *failure);

/* --- reader.c, read_around.c: local, thread-safe with one reader per thread --- */
/* Reads stored rows without folds. A failure is remembered, and reader->failed gets the rows asked for that it covers.
 */
bool nsr_unfolded_read(nsr_reader *reader, nsr_slab rows, unsigned char *values, nsr_err *err);
/* As nsr_read_around, for stored rows without folds. */
int64_t nsr_unfolded_read_around(nsr_reader *reader, nsr_slab rows, void *values, unsigned char *bad, nsr_err *why,
                                 nsr_err *err);

/* --- active_bins.c --- */
/* Where values other than NaN are. */
typedef struct nsr_active {
    uint8_t *bins;        /* one per shown bin; 1: some frame has a value there */
    double *ends;         /* two per interval: minus the first time with a value, and the last such time; -INFINITY:
                             there is none. NULL: the field has no intervals */
    int64_t read, missed; /* frames that were read; that could not be read */
} nsr_active;
/* Collective; all threads of all ranks share the reading, and every rank gets the whole answer. Called before intervals
   are known, after at most one fold. Without intervals it ends when all bins have a value. Frames that cannot be read
   count as empty. NSR_ESTOPPED: a signal. The caller frees `active`, also after a failure. */
bool nsr_active_find(nsr_active *active, nsr_source *source, const nsr_comm *comm, const nsr_config *config,
                     nsr_err *err);
/* Frees the arrays and clears the struct; a cleared one is allowed. */
void nsr_active_free(nsr_active *active);

/* --- known_bins.c: an nsr_active as JSON text, which a bundle keeps. Local. --- */
/* The text, to free; NULL without memory. */
char *nsr_known_text(const nsr_active *active, const nsr_source *source);
/* Fills `active` from such a text, or NULL. False: the text is not about this field. */
bool nsr_known_read(nsr_active *active, const nsr_source *source, const char *text);

#endif
