/* SPDX-License-Identifier: MIT */
/* Stamps of all files that hold values of an input. */
#include "stamps.h"
#include <nsrender/file.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool take_stamp(nsr_stamp *stamp, const char *file) {
    struct stat st;
    if (stat(file, &st)) return false;
    stamp->size = st.st_size;
    stamp->seconds = st.st_mtim.tv_sec;
    stamp->nanoseconds = st.st_mtim.tv_nsec;
    stamp->inode = (int64_t)st.st_ino;
    return true;
}

static bool grow(nsr_stamps *stamps) {
    const int64_t room = stamps->room ? 2 * stamps->room : 8;
    if (stamps->n < stamps->room) return true;
    nsr_stamp *item = realloc(stamps->item, (size_t)room * sizeof *item);
    if (!item) return false;
    stamps->item = item;
    stamps->room = room;
    return true;
}

bool nsr_stamps_add(nsr_stamps *stamps, const char *file, nsr_err *err) {
    nsr_stamp stamp = {0};
    if (stamps->n && !strcmp(stamps->item[stamps->n - 1].file, file)) return true;
    if (!take_stamp(&stamp, file)) return nsr_fail(err, NSR_EIO, "%s: is no longer accessible", file);
    stamp.file = grow(stamps) ? strdup(file) : NULL;
    if (!stamp.file) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the stamps of the input");
    stamps->item[stamps->n++] = stamp;
    return true;
}

void nsr_stamps_text(const nsr_stamps *stamps, char text[NSR_HASH_CHARS], nsr_err *err) {
    nsr_hash *hash = nsr_hash_open();
    if (!hash) {
        nsr_fail(err, NSR_EINTERNAL, "out of memory for a hash");
        return;
    }
    for (int64_t i = 0; i < stamps->n; i++) {
        const nsr_stamp *s = &stamps->item[i];
        const int64_t words[] = {s->size, s->seconds, s->nanoseconds, s->inode};
        nsr_hash_add(hash, words, sizeof words);
    }
    nsr_hash_text(hash, text);
    nsr_hash_close(hash);
}

const char *nsr_stamps_changed(const nsr_stamps *stamps) {
    for (int64_t i = 0; i < stamps->n; i++) {
        const nsr_stamp *s = &stamps->item[i];
        nsr_stamp now = {0};
        if (!take_stamp(&now, s->file) || now.size != s->size || now.seconds != s->seconds ||
            now.nanoseconds != s->nanoseconds || now.inode != s->inode)
            return s->file;
    }
    return NULL;
}

void nsr_stamps_free(nsr_stamps *stamps) {
    for (int64_t i = 0; i < stamps->n; i++)
        free(stamps->item[i].file);
    free(stamps->item);
    *stamps = (nsr_stamps){0};
}
