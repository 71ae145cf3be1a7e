/* SPDX-License-Identifier: MIT */
/* Slices of a file. Their borders are multiples of 1 MiB, which holds whole pages and stripes of every file system. */
#include "file_slice.h"
#include "base/whole.h"
#include <string.h>

static const int64_t GRAIN = 1 << 20;

nsr_file_slice nsr_file_slice_of(int fd, const char *path, int64_t bytes, int rank, int ranks) {
    const int64_t length = GRAIN * nsr_divide_up(nsr_divide_up(bytes > 0 ? bytes : 1, ranks), GRAIN);
    return (nsr_file_slice){fd, path, rank * length, rank + 1 < ranks ? (rank + 1) * length : INT64_MAX};
}

/* Cuts a piece down to the slice; false: nothing is left. */
static bool cut_piece(const nsr_file_slice *slice, int64_t *offset, int64_t *bytes, int64_t *skipped) {
    const int64_t first = *offset > slice->first ? *offset : slice->first;
    const int64_t end = *offset + *bytes < slice->end ? *offset + *bytes : slice->end;
    *skipped = first - *offset;
    *offset = first;
    *bytes = end - first;
    return *bytes > 0;
}

bool nsr_file_slice_has(const nsr_file_slice *slice, int64_t offset, int64_t bytes) {
    int64_t skipped;
    return cut_piece(slice, &offset, &bytes, &skipped);
}

bool nsr_file_slice_write(const nsr_file_slice *slice, const void *data, size_t bytes, int64_t offset, nsr_err *err) {
    int64_t left = (int64_t)bytes, skipped;
    return !cut_piece(slice, &offset, &left, &skipped) ||
           nsr_pwrite_all(slice->fd, (const char *)data + skipped, (size_t)left, offset, slice->path, err);
}

bool nsr_gathered_end(nsr_gathered *gathered, const nsr_file_slice *slice, nsr_err *err) {
    const size_t bytes = gathered->fill;
    gathered->fill = 0;
    return !bytes || nsr_file_slice_write(slice, gathered->data, bytes, gathered->offset, err);
}

bool nsr_gathered_write(nsr_gathered *gathered, const nsr_file_slice *slice, const void *data, size_t bytes,
                        int64_t offset, nsr_err *err) {
    const bool follows = offset == gathered->offset + (int64_t)gathered->fill;
    if ((!follows || gathered->fill + bytes > NSR_GATHERED) && !nsr_gathered_end(gathered, slice, err)) return false;
    if (bytes > NSR_GATHERED) return nsr_file_slice_write(slice, data, bytes, offset, err);
    if (!gathered->fill) gathered->offset = offset;
    memcpy(gathered->data + gathered->fill, data, bytes);
    gathered->fill += bytes;
    return true;
}

bool nsr_file_slice_copy(const nsr_file_slice *slice, int from, int64_t at, int64_t bytes, int64_t offset,
                         nsr_err *err) {
    int64_t skipped;
    return !cut_piece(slice, &offset, &bytes, &skipped) ||
           nsr_copy_range(from, at + skipped, slice->fd, offset, bytes, slice->path, err);
}
