/* SPDX-License-Identifier: MIT */
/* Files that appear whole or not at all: written under a temporary name in the same directory, flushed, renamed,
   directory flushed. Every return code is checked. All calls are local; failures are NSR_EIO (NSR_ECREATE where a
   directory or file cannot be created) and name the path and the system's reason. */
#ifndef NSRENDER_FILE_H
#define NSRENDER_FILE_H

#include <nsrender/err.h>
#include <nsrender/hash.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { NSR_PATH = 4096 };

/* printf into a path; fails with NSR_EUSAGE when it is too long. */
bool nsr_path(char out[NSR_PATH], nsr_err *err, const char *fmt, ...) NSR_PRINTF(3, 4);

/* Fails with what errno says: "PATH: cannot VERB: reason". NSR_EIO, not `code`, where a disk is full or broken. */
bool nsr_fail_io(nsr_err *err, int code, const char *verb, const char *path);

/* A file being written as a stream. `path` is the final name, `run` the run's id, which marks the temporary name
   (`.NAME.tmp-RUN`). */
typedef struct nsr_file {
    int fd;
    int64_t bytes;  /* written so far, buffered bytes included */
    nsr_hash *hash; /* of all bytes written */
    char path[NSR_PATH], temp[NSR_PATH];
    unsigned char *buffer;
    size_t fill;
} nsr_file;
bool nsr_file_create(nsr_file *file, const char *path, const char *run, nsr_err *err);
bool nsr_file_write(nsr_file *file, const void *data, size_t bytes, nsr_err *err);
/* Flush, rename, flush the directory. The hash of the whole goes to `hash` unless NULL. */
bool nsr_file_commit(nsr_file *file, char hash[NSR_HASH_CHARS], nsr_err *err);
void nsr_file_drop(nsr_file *file); /* removes the temporary; allowed at any time, also after commit or a failure */

/* The whole file in one call; with `exclusive` it fails with NSR_EMISMATCH if the name exists already (nothing is
   overwritten). */
bool nsr_file_put(const char *path, const void *data, size_t bytes, const char *run, bool exclusive, nsr_err *err);
/* malloc'ed content with a 0 behind it; NULL and NSR_ENOINPUT when there is none, NSR_EIO when it cannot be read. */
char *nsr_file_get(const char *path, size_t *bytes, nsr_err *err);

bool nsr_make_dir(const char *path, nsr_err *err);    /* fine when it is there */
bool nsr_sync_dir(const char *path, nsr_err *err);    /* fsync of a directory */
bool nsr_sync_fs(const char *path, nsr_err *err);     /* syncfs: all files below, at the price of one call */
bool nsr_remove_tree(const char *path, nsr_err *err); /* fine when it is not there */
bool nsr_pwrite_all(int fd, const void *data, size_t bytes, int64_t offset, const char *path, nsr_err *err);
bool nsr_pread_all(int fd, void *data, size_t bytes, int64_t offset, const char *path, nsr_err *err);
/* bytes from one open file to another, by copy_file_range where the system can. */
bool nsr_copy_range(int from, int64_t from_offset, int to, int64_t to_offset, int64_t bytes, const char *path,
                    nsr_err *err);
/* Hash of a range of a file (bytes < 0: to its end). */
bool nsr_hash_file(const char *path, int64_t offset, int64_t bytes, char hash[NSR_HASH_CHARS], nsr_err *err);

#ifdef __cplusplus
}
#endif
#endif
