/* SPDX-License-Identifier: MIT */
/* Files that appear whole or not at all: written under a temporary name in the same directory and renamed. Every return
   code is checked. All calls are local. They fail with NSR_EIO (NSR_ECREATE where a directory or file cannot be
   created); the message names the path and the system's reason. What is written survives the death of the process at
   once, and that of the node after the next nsr_flush_all. */
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

/* Formats a path as printf does; fails with NSR_EUSAGE when it is too long. */
bool nsr_path(char out[NSR_PATH], nsr_err *err, const char *fmt, ...) NSR_PRINTF(3, 4);

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
/* Creates the temporary file. run NULL: the file itself, for files that nobody looks for before a record names them. On
   failure nothing is left to drop. */
bool nsr_file_create(nsr_file *file, const char *path, const char *run, nsr_err *err);
/* Appends `bytes` bytes through the buffer. */
bool nsr_file_write(nsr_file *file, const void *data, size_t bytes, nsr_err *err);
/* Closes the file and renames it to its final name. `hash` (may be NULL) gets the hash of the whole file. */
bool nsr_file_commit(nsr_file *file, char hash[NSR_HASH_CHARS], nsr_err *err);
/* For a file that holds several parts, each durable as a committed file is: writes out the buffer and leaves the file
   open. The file, which has no temporary name, now stays. `hash` gets the hash of what was written since
   nsr_hash_reset(file->hash). */
bool nsr_file_settle(nsr_file *file, char hash[NSR_HASH_CHARS], nsr_err *err);
/* Removes the temporary file and frees the buffers; also allowed after a commit or a failure. */
void nsr_file_drop(nsr_file *file);

typedef enum nsr_put_how {
    NSR_PUT,         /* durable after the next nsr_flush_all */
    NSR_PUT_DURABLY, /* at once: file and directory are flushed */
    NSR_PUT_LAST,    /* the same, and not before everything that this node has written to the file system */
    NSR_PUT_NEW      /* whole or not at all, and not before everything that this node has written; its name is durable
                        after the next flush. Never over an existing file: NSR_EMISMATCH */
} nsr_put_how;
/* Writes a whole file. */
bool nsr_file_put(const char *path, const void *data, size_t bytes, const char *run, nsr_put_how how, nsr_err *err);
/* Gives the finished file `temp` the name `path` if no file has it: 0, or an errno (EEXIST: one has). The name `temp`
   may remain, for the caller to remove. */
int nsr_name_file(const char *temp, const char *path);
/* Reads a whole file into malloc'ed memory, with a 0 byte appended; `bytes` (may be NULL) gets the size without it.
   NULL on failure: NSR_ENOINPUT when there is no such file, NSR_EIO when it cannot be read. */
char *nsr_file_get(const char *path, size_t *bytes, nsr_err *err);

bool nsr_make_dir(const char *path, nsr_err *err);    /* succeeds when the directory exists */
/* Makes the directories of `below`, "parts/video", inside of `dir`, which exists. */
bool nsr_make_dirs(const char *dir, const char *below, nsr_err *err);
bool nsr_remove_tree(const char *path, nsr_err *err); /* succeeds when there is no such path */
/* Write or read exactly `bytes` bytes at `offset` of an open file, repeating partial transfers. A file that ends
   earlier is NSR_EIO. `path` is for messages. */
bool nsr_pwrite_all(int fd, const void *data, size_t bytes, int64_t offset, const char *path, nsr_err *err);
bool nsr_pread_all(int fd, void *data, size_t bytes, int64_t offset, const char *path, nsr_err *err);
/* Copies `bytes` bytes from one open file to another, by copy_file_range where the system supports it. `path` is for
   messages. */
bool nsr_copy_range(int from, int64_t from_offset, int to, int64_t to_offset, int64_t bytes, const char *path,
                    nsr_err *err);
/* Hashes `bytes` bytes of a file from `offset` on; to its end when `bytes` is negative. */
bool nsr_hash_file(const char *path, int64_t offset, int64_t bytes, char hash[NSR_HASH_CHARS], nsr_err *err);

/* --- base/flush.c --- */
/* Flushes one file; `path` is for messages here and below. */
bool nsr_sync_file(int fd, const char *path, nsr_err *err);
/* Flushes a directory. */
bool nsr_sync_dir(const char *path, nsr_err *err);
/* For a file that is complete, before its close: does nothing where nsr_flush_all reports the errors of all files, else
   flushes it. */
bool nsr_leave_to_flush(int fd, const char *path, nsr_err *err);
/* Flushes everything that this node has written to the file system of an open file, files and directories. Reports the
   write errors since that file was opened. */
bool nsr_flush_all(int fd, const char *path, nsr_err *err);

#ifdef __cplusplus
}
#endif
#endif
