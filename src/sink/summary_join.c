/* SPDX-License-Identifier: MIT */
/* The join of the summary. Every rank writes its slices of the table, of the text and of the times, and reads no more
   of the parts than that needs; where a segment lies in the files follows from the sizes of the parts. The last rank
   draws the chart too. */
#include "joined_part.h"
#include "npy_header.h"
#include "shared_file.h"
#include "summary.h"

#include "base/h5_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *const nsr_summary_files[] = {"summary.h5", "summary.csv", "summary.png", "frame_times.npy", NULL};

typedef struct piece_buffer {
    nsr_cell cell[NSR_SUMMARY_COLUMNS * NSR_SUMMARY_ROWS]; /* column c of n rows begins at cell + c * n */
    char lines[NSR_SUMMARY_ROWS * NSR_SUMMARY_LINE];
    nsr_gathered column[NSR_SUMMARY_COLUMNS], csv, times; /* on the way to the files */
} piece_buffer;

typedef struct summary_join {
    const nsr_job *job;
    const nsr_comm *comm;
    const nsr_part *parts;
    int n, from[NSR_SUMMARY_COLUMNS]; /* number of columns of the table, and which columns of a piece they are */
    nsr_h5_column column[NSR_SUMMARY_COLUMNS];
    int64_t offset[NSR_SUMMARY_COLUMNS]; /* of each column's first cell in the file */
    int64_t h5_bytes;
    nsr_shared_file h5, csv, times;
    nsr_summary_chart *chart; /* of the last rank */
    nsr_part_reader reader;
    piece_buffer *buffer;
} summary_join;

/* Where a segment or a piece begins in the files. */
typedef struct row_place {
    int64_t row, text;
} row_place;

static bool times_known(const summary_join *j) { return j->job->timeline->known; }

/* --- the files --- */

static void describe_column(nsr_h5_column *column, int c, const nsr_job *job) {
    static const char *const about[] = {
        "index of the frame in the recording",
        "time of the frame on the clock of the input",
        "smallest finite value",
        "largest finite value",
        "mean of the finite values; infinite where their sum is",
        "first bin with the largest value; -1 where no value is finite",
        "x of that bin's centre",
        "y of that bin's centre",
        "-sum p ln p, p = finite values divided by their sum; NaN where a value is below 0 or the sum no normal number",
        "number of finite values",
    };
    const char *unit = nsr_summary_unit(c, job);
    *column = (nsr_h5_column){nsr_summary_name(c), *unit ? unit : NULL, about[c], nsr_summary_whole(c)};
}

static void choose_columns(summary_join *j) {
    for (int c = 0; c < NSR_SUMMARY_COLUMNS; c++) {
        if (!nsr_summary_shown(c, j->job)) continue;
        j->from[j->n] = c;
        describe_column(&j->column[j->n++], c, j->job);
    }
}

/* Root only. */
static bool lay_table_out(summary_join *j, nsr_err *err) {
    const nsr_h5_table table = {j->column, j->n, j->job->plan->n, j->job->field->path};
    struct stat st;
    if (!nsr_h5_table_make(&j->h5.file, &table, j->offset, err)) return false;
    if (stat(j->h5.temp, &st)) return nsr_fail_io(err, NSR_EIO, "inspect", j->h5.temp);
    j->h5_bytes = (int64_t)st.st_size;
    return true;
}

static int64_t text_bytes(const summary_join *j, int64_t segment) {
    const nsr_span shown = nsr_plan_segment(j->job->plan, segment);
    return nsr_summary_text_bytes(shown.end - shown.first, j->parts[segment].bytes);
}

static bool check_parts(const summary_join *j, int64_t *csv_bytes, nsr_err *err) {
    for (int64_t u = 0; u < j->job->plan->n_segments; u++) {
        const int64_t bytes = text_bytes(j, u);
        if (bytes < 0) return nsr_fail(err, NSR_EIO, "%s: is damaged; remove it and run again", j->parts[u].path);
        *csv_bytes += bytes;
    }
    return true;
}

/* Local. Every rank offers the heads; the one whose slice they lie in writes them. */
static bool open_files(summary_join *j, int64_t csv_bytes, nsr_err *err) {
    const int64_t rows = j->job->plan->n;
    char head[NSR_SUMMARY_LINE], npy[NSR_NPY_HEAD];
    const size_t n = nsr_summary_head(head, j->job);
    nsr_npy_head(npy, "f8", rows, 0);
    return nsr_shared_file_open(&j->h5, j->comm, j->h5_bytes, err) &&
           nsr_shared_file_open(&j->csv, j->comm, (int64_t)n + csv_bytes, err) &&
           nsr_file_slice_write(&j->csv.slice, head, n, 0, err) &&
           (!times_known(j) || (nsr_shared_file_open(&j->times, j->comm, NSR_NPY_HEAD + rows * 8, err) &&
                                nsr_file_slice_write(&j->times.slice, npy, sizeof npy, 0, err)));
}

/* Collective. */
static bool begin_files(summary_join *j, nsr_err *err) {
    const nsr_job *job = j->job;
    int64_t csv_bytes = 0;
    choose_columns(j);
    if (!nsr_shared_file_create(&j->h5, j->comm, job->dir, "summary.h5", job->run, err) ||
        !nsr_shared_file_create(&j->csv, j->comm, job->dir, "summary.csv", job->run, err) ||
        (times_known(j) && !nsr_shared_file_create(&j->times, j->comm, job->dir, "frame_times.npy", job->run, err)))
        return false;
    if (nsr_is_root(j->comm)) lay_table_out(j, err);
    if (!nsr_agree(j->comm, err)) return false;
    nsr_bcast(j->comm, j->offset, sizeof j->offset);
    nsr_bcast(j->comm, &j->h5_bytes, sizeof j->h5_bytes);
    if (check_parts(j, &csv_bytes, err)) open_files(j, csv_bytes, err);
    return nsr_agree(j->comm, err);
}

/* --- the pieces --- */

static const int64_t CELL = sizeof(nsr_cell);

/* Whether this rank writes any of the rows of table column i. */
static bool has_column(const summary_join *j, int i, int64_t row, int64_t rows) {
    return nsr_file_slice_has(&j->h5.slice, j->offset[i] + row * CELL, rows * CELL);
}

static bool has_times(const summary_join *j, int64_t row, int64_t rows) {
    return times_known(j) && nsr_file_slice_has(&j->times.slice, NSR_NPY_HEAD + row * CELL, rows * CELL);
}

static bool has_any(const summary_join *j, row_place at, int64_t rows, int64_t text) {
    bool any = j->chart || has_times(j, at.row, rows) || nsr_file_slice_has(&j->csv.slice, at.text, text);
    for (int i = 0; i < j->n && !any; i++)
        any = has_column(j, i, at.row, rows);
    return any;
}

/* Reads columns of a piece that follow each other. */
static bool read_columns(const summary_join *j, const nsr_summary_place *piece, int first, int n, nsr_err *err) {
    return nsr_pread_all(j->reader.fd, j->buffer->cell + first * piece->rows, (size_t)(n * piece->rows * CELL),
                         piece->columns + first * piece->rows * CELL, j->reader.path, err);
}

/* The chart needs all columns. */
static bool need_column(const summary_join *j, const nsr_summary_place *piece, int column, nsr_err *err) {
    return j->chart || read_columns(j, piece, column, 1, err);
}

static bool place_columns(const summary_join *j, const nsr_summary_place *piece, int64_t row, nsr_err *err) {
    const size_t bytes = (size_t)(piece->rows * CELL);
    const nsr_cell *cell = j->buffer->cell;
    if (j->chart && !read_columns(j, piece, 0, NSR_SUMMARY_COLUMNS, err)) return false;
    for (int i = 0; i < j->n; i++)
        if (has_column(j, i, row, piece->rows) &&
            !(need_column(j, piece, j->from[i], err) &&
              nsr_gathered_write(&j->buffer->column[i], &j->h5.slice, cell + j->from[i] * piece->rows, bytes,
                                 j->offset[i] + row * CELL, err)))
            return false;
    return !has_times(j, row, piece->rows) ||
           (need_column(j, piece, NSR_COLUMN_TIME, err) &&
            nsr_gathered_write(&j->buffer->times, &j->times.slice, cell + NSR_COLUMN_TIME * piece->rows, bytes,
                               NSR_NPY_HEAD + row * CELL, err));
}

static bool place_lines(const summary_join *j, const nsr_summary_place *piece, int64_t text, nsr_err *err) {
    return !nsr_file_slice_has(&j->csv.slice, text, piece->bytes) ||
           (nsr_pread_all(j->reader.fd, j->buffer->lines, (size_t)piece->bytes, piece->lines, j->reader.path, err) &&
            nsr_gathered_write(&j->buffer->csv, &j->csv.slice, j->buffer->lines, (size_t)piece->bytes, text, err));
}

static bool place_segment(summary_join *j, int64_t segment, row_place at, nsr_err *err) {
    const nsr_part *part = &j->parts[segment];
    const int64_t end = nsr_plan_segment(j->job->plan, segment).end;
    if (!has_any(j, at, end - at.row, text_bytes(j, segment))) return true;
    if (!nsr_team_goes_on(j->job->team, err) || !nsr_part_reader_open(&j->reader, j->job->dir, part->path, err))
        return false;
    for (int64_t done = 0; at.row < end;) {
        nsr_summary_place piece;
        if (!nsr_summary_find(&piece, part, &done, j->reader.fd, j->reader.path, err)) return false;
        if (piece.rows > end - at.row || (piece.rows == end - at.row && done != part->bytes))
            return nsr_fail(err, NSR_EIO, "%s: is damaged; remove it and run again", j->reader.path);
        if (!place_columns(j, &piece, at.row, err) || !place_lines(j, &piece, at.text, err)) return false;
        if (j->chart) nsr_summary_chart_add(j->chart, j->buffer->cell, piece.rows);
        at.row += piece.rows;
        at.text += piece.bytes;
    }
    return true;
}

static bool end_files(summary_join *j, nsr_err *err) {
    for (int i = 0; i < j->n; i++)
        if (!nsr_gathered_end(&j->buffer->column[i], &j->h5.slice, err)) return false;
    return nsr_gathered_end(&j->buffer->csv, &j->csv.slice, err) &&
           nsr_gathered_end(&j->buffer->times, &j->times.slice, err) && nsr_shared_file_leave(&j->h5, err) &&
           nsr_shared_file_leave(&j->csv, err) && nsr_shared_file_leave(&j->times, err);
}

static bool place_segments(summary_join *j, nsr_err *err) {
    char head[NSR_SUMMARY_LINE];
    row_place at = {0, (int64_t)nsr_summary_head(head, j->job)};
    for (int64_t u = 0; u < j->job->plan->n_segments; at.text += text_bytes(j, u++)) {
        at.row = nsr_plan_segment(j->job->plan, u).first;
        if (!place_segment(j, u, at, err)) return false;
    }
    return end_files(j, err);
}

/* --- all --- */

static bool save_chart(const summary_join *j, nsr_err *err) {
    char path[NSR_PATH];
    return nsr_path(path, err, "%s/summary.png", j->job->dir) && nsr_summary_chart_save(j->chart, path, err);
}

/* Root only. */
static bool commit_files(summary_join *j, nsr_err *err) {
    return nsr_shared_file_commit(&j->h5, err) && nsr_shared_file_commit(&j->csv, err) &&
           (!times_known(j) || nsr_shared_file_commit(&j->times, err));
}

/* Local. */
static bool open_join(summary_join *j, nsr_err *err) {
    nsr_shared_file_init(&j->h5);
    nsr_shared_file_init(&j->csv);
    nsr_shared_file_init(&j->times);
    j->buffer = calloc(1, sizeof *j->buffer);
    if (!j->buffer) return nsr_fail(err, NSR_EINTERNAL, "out of memory for joining the summary");
    const bool draws = nsr_rank(j->comm) == nsr_ranks(j->comm) - 1;
    return !draws || (j->chart = nsr_summary_chart_open(j->job, err));
}

static void close_join(summary_join *j) {
    nsr_shared_file_drop(&j->h5);
    nsr_shared_file_drop(&j->csv);
    nsr_shared_file_drop(&j->times);
    nsr_summary_chart_close(j->chart);
    nsr_part_reader_close(&j->reader);
    free(j->buffer);
}

bool nsr_summary_join(const nsr_job *job, const nsr_comm *comm, const nsr_part *parts, nsr_err *err) {
    summary_join *j = calloc(1, sizeof *j);
    if (!j) nsr_fail(err, NSR_EINTERNAL, "out of memory for joining the summary");
    if (j) *j = (summary_join){.job = job, .comm = comm, .parts = parts, .reader.fd = -1};
    if (j) open_join(j, err);
    if (nsr_agree(comm, err) && begin_files(j, err) && place_segments(j, err) && j->chart) save_chart(j, err);
    if (nsr_agree(comm, err) && nsr_is_root(comm)) commit_files(j, err);
    if (j) close_join(j);
    free(j);
    return nsr_from_root(comm, NULL, 0, err);
}
