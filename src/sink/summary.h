/* SPDX-License-Identifier: MIT */
/* The table of frames: what its columns are, and the pieces in which it travels from workers to the join. Private to
   src/sink. */
#ifndef NSR_SINK_SUMMARY_H
#define NSR_SINK_SUMMARY_H

#include "summary_frame.h"
#include <nsrender/sink.h>

enum {
    NSR_COLUMN_FRAME,
    NSR_COLUMN_TIME,
    NSR_COLUMN_MIN,
    NSR_COLUMN_MAX,
    NSR_COLUMN_MEAN,
    NSR_COLUMN_ARGMAX,
    NSR_COLUMN_X,
    NSR_COLUMN_Y,
    NSR_COLUMN_ENTROPY,
    NSR_COLUMN_FINITE,
    NSR_SUMMARY_COLUMNS
};

typedef union nsr_cell {
    double real;
    int64_t whole;
} nsr_cell;

/* --- summary_text.c --- */
enum { NSR_SUMMARY_LINE = 256 }; /* bytes that a line takes at most */
bool nsr_summary_whole(int column); /* a column of whole numbers */
bool nsr_summary_shown(int column, const nsr_job *job); /* false: the time of a field that has none */
const char *nsr_summary_name(int column);
const char *nsr_summary_unit(int column, const nsr_job *job); /* "": none is known */
/* The first line of summary.csv; returns its length. */
size_t nsr_summary_head(char text[NSR_SUMMARY_LINE], const nsr_job *job);
/* A line. Numbers read back as the very same doubles. */
size_t nsr_summary_line(char text[NSR_SUMMARY_LINE], const nsr_cell row[NSR_SUMMARY_COLUMNS], const nsr_job *job);

/* --- summary_piece.c: some rows, as numbers and as lines. Workers write the lines because that takes longer than all
   else that is done with a row --- */
enum { NSR_SUMMARY_ROWS = 4096 };
typedef struct nsr_summary_piece {
    int64_t rows, bytes;
    nsr_cell column[NSR_SUMMARY_COLUMNS][NSR_SUMMARY_ROWS];
    char lines[NSR_SUMMARY_ROWS * NSR_SUMMARY_LINE];
} nsr_summary_piece;
/* Adds a row; the piece must have room. */
void nsr_summary_add(nsr_summary_piece *piece, const nsr_cell row[NSR_SUMMARY_COLUMNS], const nsr_job *job);
/* Writes the piece and empties it. */
bool nsr_summary_flush(nsr_summary_piece *piece, nsr_file *file, nsr_err *err);
/* Calls `each` for the pieces of a part, in order. */
typedef bool nsr_summary_each(void *user, const nsr_summary_piece *piece, nsr_err *err);
bool nsr_summary_read(const char *dir, const nsr_part *part, nsr_summary_piece *piece, nsr_summary_each *each,
                      void *user, nsr_err *err);

/* --- summary_chart.c: summary.png --- */
typedef struct nsr_summary_chart nsr_summary_chart;
nsr_summary_chart *nsr_summary_chart_open(const nsr_job *job, nsr_err *err);
void nsr_summary_chart_add(nsr_summary_chart *chart, const nsr_summary_piece *piece);
bool nsr_summary_chart_save(nsr_summary_chart *chart, const char *path, nsr_err *err);
void nsr_summary_chart_close(nsr_summary_chart *chart);

/* --- summary_join.c --- */
extern const char *const nsr_summary_files[]; /* NULL-ended; frame_times.npy is there only where times are known */
bool nsr_summary_join(const nsr_job *job, const nsr_comm *comm, nsr_part *parts, int64_t n_segments, nsr_err *err);

#endif
