/* SPDX-License-Identifier: MIT */
/* Whether a finished part still agrees with its record. Records are not trusted: they may have been edited, or belong
   to another run. */
#include "kinds.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

bool nsr_part_wrong(const char *wrong, char *why, size_t size) {
    snprintf(why, size, "%s", wrong);
    return false;
}

bool nsr_part_check(const nsr_sink *sink, const nsr_part *part, bool contents, char *why, size_t size) {
    char path[NSR_PATH], hash[NSR_HASH_CHARS];
    struct stat st;
    nsr_err err = {0};
    const char *wrong = NULL;
    if (part->offset < 0 || part->bytes < 0) wrong = "the record does not name its part";
    else if (!nsr_path(path, &err, "%s/%s", sink->job->dir, part->path)) wrong = err.msg;
    else if (stat(path, &st)) wrong = errno == ENOENT ? "is missing" : strerror(errno);
    else if (st.st_size - part->offset < part->bytes)
        wrong = "is too short";
    if (!wrong && contents && !nsr_hash_file(path, part->offset, part->bytes, hash, &err)) wrong = err.msg;
    else if (!wrong && contents && strcmp(hash, part->hash)) wrong = "its contents have changed";
    return !wrong || nsr_part_wrong(wrong, why, size);
}
