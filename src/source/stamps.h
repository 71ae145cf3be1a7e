/* SPDX-License-Identifier: MIT */
/* What tells without reading whether files were changed: size, time of change and inode. Not the device: its number
   differs between nodes that have mounted the same file system. All calls are local. */
#ifndef NSR_SOURCE_STAMPS_H
#define NSR_SOURCE_STAMPS_H

#include <nsrender/err.h>
#include <nsrender/hash.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct nsr_stamp {
    char *file;
    int64_t facts[4]; /* size, seconds and nanoseconds of its change, inode */
} nsr_stamp;

typedef struct nsr_stamps {
    nsr_stamp *item;
    size_t n, room;
} nsr_stamps;

/* Adds a file as it is now, unless it was the last one added; NSR_EIO where it is no longer accessible. */
bool nsr_stamps_add(nsr_stamps *stamps, const char *file, nsr_err *err);
/* A hash of all stamps, in the order in which they were added. */
void nsr_stamps_text(const nsr_stamps *stamps, char text[NSR_HASH_CHARS], nsr_err *err);
/* The first file that is not as it was when it was added; NULL: there is none. */
const char *nsr_stamps_changed(const nsr_stamps *stamps);
/* Frees the list; allowed on zeroed memory. */
void nsr_stamps_free(nsr_stamps *stamps);

#endif
