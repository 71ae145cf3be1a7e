/* SPDX-License-Identifier: MIT */
/* The parts of the summary: a sequence of pieces, each with two numbers (rows, bytes of text), the columns, the lines.
 */
#include "base/whole.h"
#include "summary.h"

void nsr_summary_add(nsr_summary_piece *piece, const nsr_cell row[NSR_SUMMARY_COLUMNS], const nsr_job *job) {
    for (int c = 0; c < NSR_SUMMARY_COLUMNS; c++) piece->column[c][piece->rows] = row[c];
    piece->rows++;
    piece->bytes += (int64_t)nsr_summary_line(piece->lines + piece->bytes, row, job);
}

static size_t column_bytes(const nsr_summary_piece *piece) { return (size_t)piece->rows * sizeof(nsr_cell); }

bool nsr_summary_flush(nsr_summary_piece *piece, nsr_file *file, nsr_err *err) {
    if (!piece->rows) return true;
    const int64_t head[] = {piece->rows, piece->bytes};
    bool good = nsr_file_write(file, head, sizeof head, err);
    for (int c = 0; c < NSR_SUMMARY_COLUMNS && good; c++)
        good = nsr_file_write(file, piece->column[c], column_bytes(piece), err);
    good = good && nsr_file_write(file, piece->lines, (size_t)piece->bytes, err);
    piece->rows = piece->bytes = 0;
    return good;
}

enum { HEAD = 2 * sizeof(int64_t), ROW = NSR_SUMMARY_COLUMNS * sizeof(nsr_cell) };

int64_t nsr_summary_text_bytes(int64_t rows, int64_t bytes) {
    return bytes - nsr_divide_up(rows, NSR_SUMMARY_ROWS) * HEAD - rows * ROW;
}

bool nsr_summary_find(nsr_summary_place *place, const nsr_part *part, int64_t *done, int fd, const char *path,
                      nsr_err *err) {
    const int64_t at = part->offset + *done, left = part->bytes - *done;
    int64_t head[2] = {0};
    if (left >= HEAD && !nsr_pread_all(fd, head, sizeof head, at, path, err)) return false;
    if (head[0] < 1 || head[0] > NSR_SUMMARY_ROWS || head[1] < 0 || head[1] > head[0] * NSR_SUMMARY_LINE ||
        head[0] * ROW + head[1] > left - HEAD)
        return nsr_fail(err, NSR_EIO, "%s: is damaged; remove it and run again", path);
    *place = (nsr_summary_place){head[0], head[1], at + HEAD, at + HEAD + head[0] * ROW};
    *done += HEAD + head[0] * ROW + head[1];
    return true;
}
