/* SPDX-License-Identifier: MIT */
/* Stamps of all files that hold values of an input. */
#include "stamps.h"
#include "base/grow.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool take_facts(int64_t facts[4], const char *file) {
    struct stat st;
    if (stat(file, &st)) return false;
    facts[0] = st.st_size;
    facts[1] = st.st_mtim.tv_sec;
    facts[2] = st.st_mtim.tv_nsec;
    facts[3] = (int64_t)st.st_ino;
    return true;
}

bool nsr_stamps_add(nsr_stamps *stamps, const char *file, nsr_err *err) {
    nsr_stamp stamp = {0};
    if (stamps->n && !strcmp(stamps->item[stamps->n - 1].file, file)) return true;
    if (!take_facts(stamp.facts, file)) return nsr_fail(err, NSR_EIO, "%s: is no longer accessible", file);
    nsr_stamp *list = nsr_grow(stamps->item, stamps->n, &stamps->room, sizeof *list);
    if (list) stamps->item = list;
    stamp.file = list ? strdup(file) : NULL;
    if (!stamp.file) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the stamps of the input");
    list[stamps->n++] = stamp;
    return true;
}

void nsr_stamps_text(const nsr_stamps *stamps, char text[NSR_HASH_CHARS], nsr_err *err) {
    nsr_hash *hash = nsr_hash_open();
    if (!hash) {
        nsr_fail(err, NSR_EINTERNAL, "out of memory for a hash");
        return;
    }
    for (size_t i = 0; i < stamps->n; i++)
        nsr_hash_add(hash, stamps->item[i].facts, sizeof stamps->item[i].facts);
    nsr_hash_text(hash, text);
    nsr_hash_close(hash);
}

const char *nsr_stamps_changed(const nsr_stamps *stamps) {
    for (size_t i = 0; i < stamps->n; i++) {
        const nsr_stamp *s = &stamps->item[i];
        int64_t now[4];
        if (!take_facts(now, s->file) || memcmp(now, s->facts, sizeof now)) return s->file;
    }
    return NULL;
}

void nsr_stamps_free(nsr_stamps *stamps) {
    for (size_t i = 0; i < stamps->n; i++)
        free(stamps->item[i].file);
    free(stamps->item);
    *stamps = (nsr_stamps){0};
}
