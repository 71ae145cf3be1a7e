/* SPDX-License-Identifier: MIT */
/* Parts in the files of workers, until the join. */
#include "joined_part.h"
#include "kinds.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef char part_name[sizeof((nsr_part *)0)->path]; /* below the bundle */

static void name_file(part_name name, const nsr_part_writer *writer) {
    snprintf(name, sizeof(part_name), "parts/%s/%s.bin", writer->sink->kind->name, writer->joined->worker);
}

bool nsr_joined_part_start(const nsr_sink *sink, nsr_err *err) {
    char below[64];
    snprintf(below, sizeof below, "parts/%s", sink->kind->name);
    return nsr_make_dirs(sink->job->dir, below, err);
}

static bool create_file(const nsr_part_writer *writer, nsr_err *err) {
    char path[NSR_PATH];
    part_name name;
    name_file(name, writer);
    return nsr_path(path, err, "%s/%s", writer->sink->job->dir, name) &&
           nsr_file_create(&writer->joined->file, path, NULL, err);
}

bool nsr_joined_part_begin(nsr_part_writer *writer, nsr_err *err) {
    nsr_joined_file *joined = writer->joined;
    if (joined->file.fd < 0 && !create_file(writer, err)) return false;
    joined->begin = joined->file.bytes;
    nsr_hash_reset(joined->file.hash);
    return true;
}

bool nsr_joined_part_commit(nsr_part_writer *writer, nsr_part *part, nsr_err *err) {
    nsr_joined_file *joined = writer->joined;
    *part = (nsr_part){.files = 1,
                       .frames = writer->shown.end - writer->shown.first,
                       .offset = joined->begin,
                       .bytes = joined->file.bytes - joined->begin};
    name_file(part->path, writer);
    return nsr_file_settle(&joined->file, part->hash, err);
}

bool nsr_joined_file_close(nsr_joined_file *joined, nsr_err *err) {
    const bool has_parts = joined->file.fd >= 0 && !joined->file.temp[0];
    const bool good = !has_parts || nsr_file_commit(&joined->file, NULL, err);
    nsr_file_drop(&joined->file);
    return good;
}

/* Whether a path of a record is that of a file of parts of this output, or of an earlier joined file. */
static bool is_own(const nsr_sink *sink, const char *path, const char *joined) {
    char below[64];
    const int n = snprintf(below, sizeof below, "parts/%s/", sink->kind->name);
    if (!strncmp(path, below, (size_t)n)) return !strchr(path + n, '/');
    return !strncmp(path, "parts/kept-", 11) && !strcmp(path + 11, joined);
}

bool nsr_joined_part_check(const nsr_sink *sink, const nsr_part *part, const char *joined, bool contents, char *why,
                           size_t size) {
    const bool is_joined = !strcmp(part->path, joined);
    if (is_joined && sink->kind->whole) return true;
    if (!is_joined && !is_own(sink, part->path, joined))
        return nsr_part_wrong("the record does not name its part", why, size);
    return nsr_part_check(sink, part, contents, why, size);
}

void nsr_joined_part_redirect(nsr_part *parts, int64_t n_segments, const char *joined) {
    for (int64_t u = 0; u < n_segments; u++) {
        nsr_part whole = {.frames = parts[u].frames};
        snprintf(whole.path, sizeof whole.path, "%s", joined);
        parts[u] = whole;
    }
}

bool nsr_part_reader_open(nsr_part_reader *reader, const char *dir, const char *path, nsr_err *err) {
    char full[NSR_PATH];
    if (!nsr_path(full, err, "%s/%s", dir, path)) return false;
    if (reader->fd >= 0 && !strcmp(full, reader->path)) return true;
    nsr_part_reader_close(reader);
    memcpy(reader->path, full, sizeof full);
    reader->fd = open(full, O_RDONLY | O_CLOEXEC);
    return reader->fd >= 0 ||
           nsr_fail(err, NSR_EIO, "%s: cannot open it to join; run again to make it anew", reader->path);
}

void nsr_part_reader_close(nsr_part_reader *reader) {
    if (reader->fd >= 0) close(reader->fd);
    reader->fd = -1;
}
