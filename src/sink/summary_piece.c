/* SPDX-License-Identifier: MIT */
/* The parts of the summary: a sequence of pieces, each with two numbers (rows, bytes of text), the columns, the lines.
 */
#include "summary.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* A part is read through a buffer, because heads and columns are small. */
typedef struct part_reading {
    const char *path;
    int fd;
    int64_t at, end; /* of what is not in the buffer yet */
    size_t used, fill;
    unsigned char buffer[1 << 16];
} part_reading;

static bool refill(part_reading *r, nsr_err *err) {
    const int64_t left = r->end - r->at, room = sizeof r->buffer;
    r->used = 0;
    r->fill = (size_t)(left < room ? left : room);
    r->at += (int64_t)r->fill;
    return nsr_pread_all(r->fd, r->buffer, r->fill, r->at - (int64_t)r->fill, r->path, err);
}

static int64_t left_of(const part_reading *r) { return r->end - r->at + (int64_t)(r->fill - r->used); }

static bool get(part_reading *r, void *data, size_t bytes, nsr_err *err) {
    if ((int64_t)bytes > left_of(r)) return nsr_fail(err, NSR_EIO, "%s: is damaged; remove it and run again", r->path);
    for (unsigned char *to = data; bytes;) {
        if (r->used == r->fill && !refill(r, err)) return false;
        const size_t n = bytes < r->fill - r->used ? bytes : r->fill - r->used;
        memcpy(to, r->buffer + r->used, n);
        r->used += n, to += n, bytes -= n;
    }
    return true;
}

static bool get_piece(part_reading *r, nsr_summary_piece *piece, nsr_err *err) {
    int64_t head[2];
    if (!get(r, head, sizeof head, err)) return false;
    if (head[0] < 1 || head[0] > NSR_SUMMARY_ROWS || head[1] < 0 || head[1] > (int64_t)sizeof piece->lines)
        return nsr_fail(err, NSR_EIO, "%s: is damaged; remove it and run again", r->path);
    piece->rows = head[0], piece->bytes = head[1];
    for (int c = 0; c < NSR_SUMMARY_COLUMNS; c++)
        if (!get(r, piece->column[c], column_bytes(piece), err)) return false;
    return get(r, piece->lines, (size_t)piece->bytes, err);
}

bool nsr_summary_read(const char *dir, const nsr_part *part, nsr_summary_piece *piece, nsr_summary_each *each,
                      void *user, nsr_err *err) {
    char path[NSR_PATH];
    if (!nsr_path(path, err, "%s/%s", dir, part->path)) return false;
    part_reading r = {.path = path, .fd = open(path, O_RDONLY | O_CLOEXEC), .end = part->bytes};
    if (r.fd < 0) return nsr_fail(err, NSR_EIO, "%s: cannot open it to join; run again to render it again", path);
    while (left_of(&r) > 0 && nsr_good(err))
        if (get_piece(&r, piece, err)) each(user, piece, err);
    close(r.fd);
    return nsr_good(err);
}
