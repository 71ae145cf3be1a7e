/* SPDX-License-Identifier: MIT */
/* The join of the summary: the root writes the numbers and the picture, the last rank, which may be the same, the lines
   of text. Both read the pieces in order and keep one in memory. */
#include "npy_header.h"
#include "summary.h"

#include "base/h5_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const nsr_summary_files[] = {"summary.h5", "summary.csv", "summary.png", "frame_times.npy", NULL};

typedef struct numbers {
    const nsr_job *job;
    int n, from[NSR_SUMMARY_COLUMNS]; /* number of columns of the table, and which columns of a piece they are */
    nsr_h5_column column[NSR_SUMMARY_COLUMNS];
    int64_t offset[NSR_SUMMARY_COLUMNS]; /* of each column's first cell in the file */
    nsr_file h5, times;
    nsr_summary_chart *chart;
    int64_t rows; /* so far */
} numbers;

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

static bool open_table(numbers *out, nsr_err *err) {
    const nsr_job *job = out->job;
    char path[NSR_PATH];
    for (int c = 0; c < NSR_SUMMARY_COLUMNS; c++) {
        if (!nsr_summary_shown(c, job)) continue;
        out->from[out->n] = c;
        describe_column(&out->column[out->n++], c, job);
    }
    const nsr_h5_table table = {out->column, out->n, job->plan->n, job->field->path};
    return nsr_path(path, err, "%s/summary.h5", job->dir) && nsr_file_create(&out->h5, path, job->run, err) &&
           nsr_h5_table_make(&out->h5, &table, out->offset, err);
}

static bool open_times(numbers *out, nsr_err *err) {
    const nsr_job *job = out->job;
    char path[NSR_PATH], head[NSR_NPY_HEAD];
    if (!job->timeline->known) return true;
    nsr_npy_head(head, "f8", job->plan->n, 0);
    return nsr_path(path, err, "%s/frame_times.npy", job->dir) &&
           nsr_file_create(&out->times, path, job->run, err) && nsr_file_write(&out->times, head, sizeof head, err);
}

static bool add_numbers(void *user, const nsr_summary_piece *piece, nsr_err *err) {
    numbers *out = user;
    if (piece->rows > out->job->plan->n - out->rows)
        return nsr_fail(err, NSR_EINTERNAL, "summary: the parts hold more rows than there are frames");
    const size_t bytes = (size_t)piece->rows * sizeof(nsr_cell);
    for (int i = 0; i < out->n; i++)
        if (!nsr_pwrite_all(out->h5.fd, piece->column[out->from[i]], bytes,
                            out->offset[i] + out->rows * (int64_t)sizeof(nsr_cell), out->h5.path, err))
            return false;
    nsr_summary_chart_add(out->chart, piece);
    out->rows += piece->rows;
    return !out->job->timeline->known ||
           nsr_file_write(&out->times, piece->column[NSR_COLUMN_TIME], bytes, err);
}

static bool read_parts(const nsr_job *job, const nsr_part *parts, int64_t n, nsr_summary_each *each, void *user,
                       nsr_err *err) {
    nsr_summary_piece *piece = malloc(sizeof *piece);
    if (!piece) return nsr_fail(err, NSR_EINTERNAL, "out of memory for joining the summary");
    for (int64_t u = 0; u < n && nsr_team_goes_on(job->team, err); u++)
        if (!nsr_summary_read(job->dir, &parts[u], piece, each, user, err)) break;
    free(piece);
    return nsr_good(err);
}

static bool commit_numbers(numbers *out, nsr_err *err) {
    char path[NSR_PATH];
    if (out->rows != out->job->plan->n)
        return nsr_fail(err, NSR_EINTERNAL, "summary: the parts hold %lld rows of %lld", (long long)out->rows,
                        (long long)out->job->plan->n);
    return nsr_file_commit(&out->h5, NULL, err) &&
           (!out->job->timeline->known || nsr_file_commit(&out->times, NULL, err)) &&
           nsr_path(path, err, "%s/summary.png", out->job->dir) && nsr_summary_chart_save(out->chart, path, err);
}

static bool write_numbers(const nsr_job *job, const nsr_part *parts, int64_t n_segments, nsr_err *err) {
    numbers out = {.job = job, .h5.fd = -1, .times.fd = -1};
    out.chart = nsr_summary_chart_open(job, err);
    bool good = out.chart && open_table(&out, err) && open_times(&out, err) &&
                read_parts(job, parts, n_segments, add_numbers, &out, err) && commit_numbers(&out, err);
    nsr_file_drop(&out.h5);
    nsr_file_drop(&out.times);
    nsr_summary_chart_close(out.chart);
    return good;
}

static bool add_lines(void *user, const nsr_summary_piece *piece, nsr_err *err) {
    return nsr_file_write(user, piece->lines, (size_t)piece->bytes, err);
}

static bool write_lines(const nsr_job *job, const nsr_part *parts, int64_t n_segments, nsr_err *err) {
    char path[NSR_PATH], head[NSR_SUMMARY_LINE];
    nsr_file file = {.fd = -1};
    size_t n = nsr_summary_head(head, job);
    bool good = nsr_path(path, err, "%s/summary.csv", job->dir) && nsr_file_create(&file, path, job->run, err) &&
                nsr_file_write(&file, head, n, err) && read_parts(job, parts, n_segments, add_lines, &file, err) &&
                nsr_file_commit(&file, NULL, err);
    nsr_file_drop(&file);
    return good;
}

bool nsr_summary_join(const nsr_job *job, const nsr_comm *comm, nsr_part *parts, int64_t n_segments, nsr_err *err) {
    bool last = nsr_rank(comm) == nsr_ranks(comm) - 1;
    bool good = !nsr_is_root(comm) || write_numbers(job, parts, n_segments, err);
    if (good && last) write_lines(job, parts, n_segments, err);
    return nsr_agree(comm, err);
}
