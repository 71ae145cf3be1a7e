/* SPDX-License-Identifier: MIT */
/* The summary: a table with one row per frame; its columns, its text, its chart, and the pieces in which rows get from
   workers to the join. All calls but the join are local. Private to src/sink. */
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

/* One number of the table; which member is meant depends on the column (nsr_summary_whole). */
typedef union nsr_cell {
    double real;
    int64_t whole;
} nsr_cell;

/* --- summary_text.c --- */
enum { NSR_SUMMARY_LINE = 256 };    /* bytes that a line takes at most */
bool nsr_summary_whole(int column); /* whether the numbers of a column NSR_COLUMN_* are integers */
/* Whether the files have this column: all but the time of a field without times. */
bool nsr_summary_shown(int column, const nsr_job *job);
/* Name of a column in the files ("entropy"), and its unit ("nat"; "": unknown). The texts are static or the job's. */
const char *nsr_summary_name(int column);
const char *nsr_summary_unit(int column, const nsr_job *job);
/* The first line of summary.csv with the names of the columns, ended by a newline; returns its length. */
size_t nsr_summary_head(char text[NSR_SUMMARY_LINE], const nsr_job *job);
/* The line of a row, ended by a newline; returns its length. Numbers read back as the very same doubles. */
size_t nsr_summary_line(char text[NSR_SUMMARY_LINE], const nsr_cell row[NSR_SUMMARY_COLUMNS], const nsr_job *job);

/* --- summary_piece.c: some rows, as numbers and as lines of text. Workers make the lines, in parallel, because
   printing a row takes longer than all other work on it --- */
enum { NSR_SUMMARY_ROWS = 4096 };
typedef struct nsr_summary_piece {
    int64_t rows, bytes; /* in use of the arrays below */
    nsr_cell column[NSR_SUMMARY_COLUMNS][NSR_SUMMARY_ROWS];
    char lines[NSR_SUMMARY_ROWS * NSR_SUMMARY_LINE];
} nsr_summary_piece;
/* Adds a row and its line; the piece must have fewer than NSR_SUMMARY_ROWS. */
void nsr_summary_add(nsr_summary_piece *piece, const nsr_cell row[NSR_SUMMARY_COLUMNS], const nsr_job *job);
/* Appends the piece to a part's file and empties it; nothing for an empty one. NSR_EIO when writing fails. */
bool nsr_summary_flush(nsr_summary_piece *piece, nsr_file *file, nsr_err *err);
/* A piece in the file of its part. Column c begins at `columns` + c * rows * sizeof(nsr_cell), the lines at `lines`. */
typedef struct nsr_summary_place {
    int64_t rows, bytes; /* of the lines */
    int64_t columns, lines;
} nsr_summary_place;
/* Bytes of the lines in a whole part of `rows` rows that takes `bytes` bytes; negative: it is damaged. */
int64_t nsr_summary_text_bytes(int64_t rows, int64_t bytes);
/* Reads where the piece lies that begins `*done` bytes behind the start of the part in the open file `fd`, and adds its
   bytes to *done. NSR_EIO when it cannot be read or is no piece. */
bool nsr_summary_find(nsr_summary_place *place, const nsr_part *part, int64_t *done, int fd, const char *path,
                      nsr_err *err);

/* --- summary_chart.c: summary.png --- */
typedef struct nsr_summary_chart nsr_summary_chart;
/* An empty chart, of bounded size for any number of frames; NULL when memory runs out. `job` must outlive it. Close
   frees it; NULL is allowed. */
nsr_summary_chart *nsr_summary_chart_open(const nsr_job *job, nsr_err *err);
void nsr_summary_chart_close(nsr_summary_chart *chart);
/* Adds rows in the order of frames. `cells` are the columns of a piece: column c begins at cells + c * rows. */
void nsr_summary_chart_add(nsr_summary_chart *chart, const nsr_cell *cells, int64_t rows);
/* Draws the chart and writes it to the file `path`. Called once, after all pieces. */
bool nsr_summary_chart_save(nsr_summary_chart *chart, const char *path, nsr_err *err);

/* --- summary_join.c --- */
extern const char *const nsr_summary_files[]; /* NULL-ended; frame_times.npy exists only where times are known */
/* Collective: writes those files into the bundle from `parts`, one per segment of the plan. False on all ranks when one
   fails. */
bool nsr_summary_join(const nsr_job *job, const nsr_comm *comm, const nsr_part *parts, nsr_err *err);

#endif
