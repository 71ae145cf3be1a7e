/* SPDX-License-Identifier: MIT */
/* Parts that are one file each until the join. */
#include "joined_part.h"
#include "kinds.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef char part_name[sizeof((nsr_part *)0)->path]; /* below the bundle */

static void name_part(part_name name, const nsr_sink *sink, int64_t segment) {
    snprintf(name, sizeof(part_name), "parts/%s/%06" PRId64 ".bin", sink->kind->name, segment);
}

bool nsr_joined_part_start(const nsr_sink *sink, nsr_err *err) {
    char below[64];
    snprintf(below, sizeof below, "parts/%s", sink->kind->name);
    return nsr_make_dirs(sink->job->dir, below, err);
}

bool nsr_joined_part_create(nsr_file *file, const nsr_part_writer *writer, nsr_err *err) {
    char path[NSR_PATH];
    part_name name;
    name_part(name, writer->sink, writer->segment);
    return nsr_path(path, err, "%s/%s", writer->sink->job->dir, name) && nsr_file_create(file, path, NULL, err);
}

bool nsr_joined_part_commit(nsr_file *file, const nsr_part_writer *writer, nsr_part *part, nsr_err *err) {
    *part = (nsr_part){.files = 1, .frames = writer->shown.end - writer->shown.first, .bytes = file->bytes};
    name_part(part->path, writer->sink, writer->segment);
    return nsr_file_commit(file, part->hash, err);
}

void nsr_joined_part_erase(const nsr_sink *sink, int64_t segment) {
    char path[NSR_PATH];
    part_name name;
    nsr_err ignored = {0};
    name_part(name, sink, segment);
    if (nsr_path(path, &ignored, "%s/%s", sink->job->dir, name)) unlink(path);
}

bool nsr_joined_part_check(const nsr_sink *sink, int64_t segment, const nsr_part *part, const char *joined,
                           bool contents, char *why, size_t size) {
    part_name own;
    if (strcmp(part->path, joined) == 0) return true;
    name_part(own, sink, segment);
    if (strcmp(part->path, own) || part->offset) return nsr_part_wrong("the record does not name its part", why, size);
    return nsr_part_check(sink, part, contents, why, size);
}

void nsr_joined_part_redirect(nsr_part *parts, int64_t n_segments, const char *joined) {
    for (int64_t u = 0; u < n_segments; u++) {
        nsr_part whole = {.frames = parts[u].frames};
        snprintf(whole.path, sizeof whole.path, "%s", joined);
        parts[u] = whole;
    }
}
