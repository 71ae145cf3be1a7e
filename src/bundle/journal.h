/* SPDX-License-Identifier: MIT */
/* Journals: segments/RUN-RANK-ID.jnl, one for each rank of each run that rendered. A line is the hash of a JSON object
   and the object:

       {"input": "1f3a...", "share": [2, 4]}                        the stamp of the input of the records that follow;
                                                                    that the run is share 2 of 4
       {"segment": 7, "below": 0, ..., "outputs": {"png": {...}}}   these parts are whole (a record)
       {"failed": 7, "why": "..."}                                  the segment could not be rendered
       {"again": {"png": [[0, 5], [9, 10]]}}                        these parts are about to be made again
       {"anew": true}                                               all lines of earlier runs are void
       {"flushed": 4096}                                            the lines before this offset, and their parts, are
                                                                    on disk

   A line is written at once, so nothing is lost when the process dies. When the node dies, the lines behind the last
   `flushed` are doubtful. All calls are local; those for workers are thread-safe. */
#ifndef NSR_BUNDLE_JOURNAL_H
#define NSR_BUNDLE_JOURNAL_H

#include "records.h"
#include <nsrender/option.h>
#include <pthread.h>

typedef struct nsr_journal {
    int fd; /* -1: not open */
    char path[NSR_PATH];
    pthread_mutex_t mutex; /* guards the members below */
    int64_t bytes;         /* of all lines */
    int64_t flushed;       /* of those that are flushed with their parts */
    int64_t last_line;     /* end of the last line but `flushed` */
    int64_t output_bytes;  /* of the parts of lines that are not flushed */
    double flushed_at;     /* monotonic seconds */
    double longest_flush;  /* seconds */
    double flush_rate;     /* bytes per second of the slowest flush of some size; 0: none yet */
    bool flushing;
    bool broken; /* a flush failed. Later ones report nothing of what it lost, so no more lines are taken */
} nsr_journal;

enum { NSR_JOURNAL_NAME = 80 };
/* The name in segments/. */
void nsr_journal_name(char name[NSR_JOURNAL_NAME], int64_t run, int rank, const char *run_id);
/* Who writes a journal: rank `rank` of run number `run` (records->runs + 1, equal on all ranks), which is a share, or
   not (share.n is 0), and makes its records of the input with this stamp. */
typedef struct nsr_journal_writer {
    int64_t run;
    int rank;
    const char *run_id, *stamp;
    nsr_share share;
} nsr_journal_writer;
/* Creates its journal. */
bool nsr_journal_open(nsr_journal *journal, const char *dir, const nsr_journal_writer *writer, nsr_err *err);
/* Closes; `flush`: after a flush of what is not flushed. Also allowed after a failed open. NSR_EIO where that fails. */
bool nsr_journal_close(nsr_journal *journal, bool flush, nsr_err *err);
/* Appends the record of a segment whose parts are whole. When the last flush is 2 s or 256 MB of output ago, this
   worker flushes while the others go on. NSR_EIO where that fails: the lines since the flush before are void then, and
   no more are taken. */
bool nsr_journal_put(nsr_journal *journal, int64_t segment, const nsr_record *record, nsr_err *err);
/* Appends why a segment failed, for `status`. */
bool nsr_journal_fail(nsr_journal *journal, int64_t segment, const char *why, nsr_err *err);
/* Appends the segments of one output that will be rendered again: a span for each run of them. */
bool nsr_journal_again(nsr_journal *journal, const char *output, const nsr_span *spans, int64_t n, nsr_err *err);
/* Makes the lines of all earlier runs void. */
bool nsr_journal_anew(nsr_journal *journal, nsr_err *err);
/* Seconds of the longest flush so far. */
double nsr_journal_longest_flush(nsr_journal *journal);
/* Flushes parts and lines. */
bool nsr_journal_flush(nsr_journal *journal, nsr_err *err);

#endif
