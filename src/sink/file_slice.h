/* SPDX-License-Identifier: MIT */
/* A file that all ranks write together. Each rank writes the bytes of its slice only, so no two nodes write into one
   page, which a network file system may store as a whole. Every rank calls the same writes, and each call stores what
   of it lies in the slice. All calls are local. Private to src/sink. */
#ifndef NSR_SINK_FILE_SLICE_H
#define NSR_SINK_FILE_SLICE_H

#include <nsrender/file.h>

typedef struct nsr_file_slice {
    int fd;
    const char *path; /* for messages */
    int64_t first, end;
} nsr_file_slice;

/* The slice of one of several ranks of a file of about `bytes` bytes; the last one has no end. */
nsr_file_slice nsr_file_slice_of(int fd, const char *path, int64_t bytes, int rank, int ranks);
/* Whether any of these bytes lie in the slice. */
bool nsr_file_slice_has(const nsr_file_slice *slice, int64_t offset, int64_t bytes);
/* NSR_EIO where that fails. */
bool nsr_file_slice_write(const nsr_file_slice *slice, const void *data, size_t bytes, int64_t offset, nsr_err *err);
/* Many small writes that mostly follow each other, gathered into large ones. Starts as {0}. */
enum { NSR_GATHERED = 1 << 16 };
typedef struct nsr_gathered {
    int64_t offset; /* in the file */
    size_t fill;
    char data[NSR_GATHERED];
} nsr_gathered;
/* The same as nsr_file_slice_write, at the latest with the next nsr_gathered_end, which has to come last. */
bool nsr_gathered_write(nsr_gathered *gathered, const nsr_file_slice *slice, const void *data, size_t bytes,
                        int64_t offset, nsr_err *err);
bool nsr_gathered_end(nsr_gathered *gathered, const nsr_file_slice *slice, nsr_err *err);
/* Copies bytes of the open file `from`, from `at` on. */
bool nsr_file_slice_copy(const nsr_file_slice *slice, int from, int64_t at, int64_t bytes, int64_t offset,
                         nsr_err *err);

#endif
