/* SPDX-License-Identifier: MIT */
/* The records of all segments of a bundle in memory. A finished bundle has them in its manifest, an unfinished one in
   the journals of segments/. All calls but nsr_records_share are local. */
#ifndef NSR_BUNDLE_RECORDS_H
#define NSR_BUNDLE_RECORDS_H

#include "record.h"

/* One output. Both arrays have an entry for each segment, and one more for the container of joined parts; an empty path
   is no record. */
typedef struct nsr_recorded_output {
    char name[16];
    nsr_part *part;
    char (*digest)[NSR_HASH_CHARS];
} nsr_recorded_output;

typedef struct nsr_records {
    int64_t n;    /* segments; entry n stands for the containers */
    int64_t runs; /* the highest number of a run that has written a journal */
    int shares;   /* into how many the last run that has written a journal divided the segments; 0: it was no share */
    int n_outputs;
    nsr_recorded_output output[NSR_MOST_SLOTS];
    nsr_segment_facts *facts;
    int64_t failed_segment; /* the first that failed ... */
    char failure[700];      /* ... and why; "": none has */
} nsr_records;

/* An empty table for n segments. Close is allowed after a failure and on zeroed memory. */
bool nsr_records_open(nsr_records *records, int64_t n, nsr_err *err);
void nsr_records_close(nsr_records *records);
/* Removes everything from the table. */
void nsr_records_clear(nsr_records *records);
/* Adds what the bundle has (records_load.c): by *manifest, which the caller owns, where it is finished, else by its
   journals (*manifest is NULL). *damage says why the manifest is no document; the journals count then. NSR_EIO where
   files cannot be read.
 */
bool nsr_records_load(nsr_records *records, const char *dir, json_t **manifest, nsr_err *damage, nsr_err *err);
/* The journals of one run. */
typedef struct nsr_journals {
    int64_t run;
    int ranks;
    const char *run_id;
} nsr_journals;
/* Adds what the journals of the bundle say, in the order of their runs (journal_read.c). Those of `own`, the run that
   asks, are opened by name, because a listing may lack what other nodes have just made; NULL: it has none. NSR_EIO
   where they cannot be read. */
bool nsr_records_read(nsr_records *records, const char *dir, const nsr_journals *own, nsr_err *err);
/* Copies the table of the root to all ranks, where it is open. Collective. */
bool nsr_records_share(nsr_records *records, const nsr_comm *comm, nsr_err *err);

/* Adds the outputs of a record to those of its segment, and replaces the segment's facts. */
bool nsr_records_put(nsr_records *records, int64_t segment, const nsr_record *record, nsr_err *err);
/* Removes one output of a segment, and the note that the segment failed. */
void nsr_records_forget(nsr_records *records, int64_t segment, const char *output);
/* Notes that the segment failed. */
void nsr_records_fail(nsr_records *records, int64_t segment, const char *why);
/* The record of one segment. */
void nsr_records_get(const nsr_records *records, int64_t segment, nsr_record *record);
/* Whether the segment has a record of this output. */
bool nsr_records_has(const nsr_records *records, int64_t segment, const char *output);

#endif
