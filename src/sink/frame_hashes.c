/* SPDX-License-Identifier: MIT */
/* The output `hash`: one line per frame with its index and the XXH3-128 of its picture's levels (w x h uint16, row by
   row). It does not depend on compressors, palettes or versions of libraries. Golden tests compare these lines. */
#include "joined_part.h"
#include "kinds.h"
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char joined[] = "hashes.txt";

typedef struct hash_writer {
    nsr_hash *sum;
    uint16_t *row; /* of the picture */
} hash_writer;

static void estimate_hashes(const nsr_job *job, nsr_estimate *out) {
    *out = (nsr_estimate){.files = 1, .bytes = job->plan->n * (NSR_HASH_CHARS + 8), .memory = 1 << 19};
}

static bool begin_hashes(nsr_part_writer *writer, nsr_err *err) {
    hash_writer *own = writer->own;
    own->sum = nsr_hash_open();
    own->row = malloc((size_t)writer->sink->job->picture->w * sizeof *own->row);
    if (!own->sum || !own->row) return nsr_fail(err, NSR_EINTERNAL, "out of memory for hashing pictures");
    return nsr_joined_part_begin(writer, err);
}

static void add_rows(hash_writer *own, int w, int times) {
    for (int i = 0; i < times; i++) nsr_hash_add(own->sum, own->row, (size_t)w * sizeof *own->row);
}

static void hash_picture(hash_writer *own, const nsr_picture *p, const uint16_t *levels) {
    nsr_hash_reset(own->sum);
    for (int i = 0; i < p->w; i++) own->row[i] = NSR_LEVEL_BACKGROUND;
    add_rows(own, p->w, p->y);
    for (int r = 0; r < p->map.h; r++, levels += p->map.w) {
        uint16_t *at = own->row + p->x;
        for (int c = 0; c < p->map.w; c++)
            for (int i = 0; i < p->sx; i++) *at++ = levels[c];
        add_rows(own, p->w, p->sy);
    }
    for (int i = 0; i < p->w; i++) own->row[i] = NSR_LEVEL_BACKGROUND;
    add_rows(own, p->w, p->h - p->y - p->map.h * p->sy);
}

static bool write_hashes(nsr_part_writer *writer, nsr_batch *batch, nsr_err *err) {
    hash_writer *own = writer->own;
    const nsr_picture *picture = batch->job->picture;
    const uint16_t *levels = nsr_batch_levels(batch);
    for (int64_t at = batch->shown.first; at < batch->shown.end && !batch->lead; at++) {
        char hash[NSR_HASH_CHARS], line[64];
        hash_picture(own, picture, levels);
        nsr_hash_text(own->sum, hash);
        int n = snprintf(line, sizeof line, "%" PRId64 " %s\n", nsr_plan_frame(batch->job->plan, at), hash);
        if (!nsr_file_write(&writer->joined->file, line, (size_t)n, err)) return false;
        levels += (size_t)picture->map.w * (size_t)picture->map.h;
    }
    return true;
}

static void drop_hashes(nsr_part_writer *writer) {
    hash_writer *own = writer->own;
    nsr_hash_close(own->sum);
    free(own->row);
    own->sum = NULL;
    own->row = NULL;
}

static bool commit_hashes(nsr_part_writer *writer, nsr_part *part, nsr_err *err) {
    if (!nsr_joined_part_commit(writer, part, err)) return false;
    drop_hashes(writer);
    return true;
}

static bool check_hashes(const nsr_sink *sink, int64_t segment, const nsr_part *part, bool contents, char *why,
                         size_t size) {
    (void)segment;
    return nsr_joined_part_check(sink, part, joined, contents, why, size);
}

/* Appends a part, which after a repair may lie in the joined file of an earlier run. */
static bool append_part(nsr_file *out, const nsr_part_reader *from, const nsr_part *part, nsr_err *err) {
    char piece[1 << 14];
    for (int64_t done = 0; done < part->bytes && nsr_good(err);) {
        size_t n = part->bytes - done < (int64_t)sizeof piece ? (size_t)(part->bytes - done) : sizeof piece;
        if (nsr_pread_all(from->fd, piece, n, part->offset + done, from->path, err)) nsr_file_write(out, piece, n, err);
        done += (int64_t)n;
    }
    return nsr_good(err);
}

static bool join_parts(const nsr_job *job, const nsr_part *parts, int64_t n_segments, nsr_err *err) {
    char path[NSR_PATH];
    nsr_file out;
    nsr_part_reader from = {.fd = -1};
    if (!nsr_path(path, err, "%s/%s", job->dir, joined) || !nsr_file_create(&out, path, job->run, err)) return false;
    for (int64_t i = 0; i < n_segments && nsr_good(err); i++)
        if (nsr_part_reader_open(&from, job->dir, parts[i].path, err)) append_part(&out, &from, &parts[i], err);
    nsr_part_reader_close(&from);
    if (nsr_good(err)) nsr_file_commit(&out, NULL, err);
    nsr_file_drop(&out);
    return nsr_good(err);
}

static bool join_hashes(nsr_sink *sink, const nsr_comm *comm, nsr_part *parts, int64_t n_segments, nsr_err *err) {
    if (nsr_is_root(comm)) join_parts(sink->job, parts, n_segments, err);
    if (!nsr_agree(comm, err)) return false;
    int64_t at = 0;
    for (int64_t i = 0; i < n_segments; at += parts[i].bytes, i++) {
        snprintf(parts[i].path, sizeof parts[i].path, "%s", joined);
        parts[i].offset = at;
    }
    return true;
}

const nsr_sink_kind nsr_sink_hash = {
    .name = "hash",
    .help = "hashes.txt: one line per frame, its index and the hash of its levels",
    .changed_by = NSR_CHANGES_PICTURE,
    .stored = true,
    .writer_size = sizeof(hash_writer),
    .estimate = estimate_hashes,
    .start = nsr_joined_part_start,
    .begin = begin_hashes,
    .write = write_hashes,
    .commit = commit_hashes,
    .drop = drop_hashes,
    .check = check_hashes,
    .join = join_hashes,
};
