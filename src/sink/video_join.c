/* SPDX-License-Identifier: MIT */
/* The join of the video; nothing is encoded again. Every rank reads the trailers of its share of the parts, and all lay
   out the same head from the counts. Then every rank writes its slice of the file: of the head, of the tables, and of
   the segments. At last each segment is read back, for other nodes have written into the same file. A part may lie in
   an earlier video, which is replaced only when the new one is complete. */
#include "video_join.h"

#include "bytes.h"
#include "joined_part.h"
#include "mp4.h"
#include "shared_file.h"

#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char NAME[] = "video.mp4";

typedef struct video_join {
    const nsr_job *job;
    const nsr_encode_spec *spec;
    const nsr_comm *comm;
    nsr_part *parts;
    int64_t n_segments;
    nsr_mp4_segment *segment;
    nsr_mp4_places places;
    nsr_part_reader reader;
    nsr_shared_file out;
    uint8_t *table; /* scratch for one segment's share of a table */
    size_t room;
} video_join;

/* Where frames and bytes of a segment begin in the whole video. */
typedef struct segment_offsets {
    int64_t frames, keys, runs, bytes;
} segment_offsets;

static bool is_mine(const video_join *j, int64_t segment) { return segment % nsr_ranks(j->comm) == nsr_rank(j->comm); }

static bool part_path(const video_join *j, const nsr_part *part, char path[NSR_PATH], nsr_err *err) {
    return nsr_path(path, err, "%s/%s", j->job->dir, part->path);
}

static bool read_my_trailers(video_join *j, nsr_err *err) {
    j->segment = calloc((size_t)j->n_segments, sizeof *j->segment);
    if (!j->segment)
        return nsr_fail(err, NSR_EINTERNAL, "out of memory for joining %lld segments", (long long)j->n_segments);
    for (int64_t u = 0; u < j->n_segments; u++) {
        char path[NSR_PATH];
        if (!is_mine(j, u)) continue;
        if (!part_path(j, &j->parts[u], path, err) ||
            !nsr_video_part_read(path, &j->parts[u], &j->segment[u].info, err))
            return false;
        j->segment[u].bytes = j->parts[u].bytes;
    }
    return true;
}

/* Collective. Each trailer is read by one rank and zero on the others, so that sums over ranks give all to every rank.
 */
static bool read_trailers(video_join *j, nsr_err *err) {
    read_my_trailers(j, err);
    if (!nsr_agree(j->comm, err)) return false;
    enum { WORDS = sizeof *j->segment / sizeof(int64_t), STEP = 1 << 20 };
    for (int64_t u = 0; u < j->n_segments; u += STEP) {
        int64_t n = j->n_segments - u < STEP ? j->n_segments - u : STEP;
        nsr_sum_i64(j->comm, (int64_t *)(void *)&j->segment[u], (int)n * WORDS);
    }
    return true;
}

/* Collective. The box that describes the coded samples, by the root's encoder. */
static uint8_t *share_entry(const video_join *j, size_t *bytes, nsr_err *err) {
    nsr_encoder *encoder = nsr_is_root(j->comm) ? nsr_encoder_open(j->spec, err) : NULL;
    uint8_t *entry = encoder ? nsr_encoder_entry(encoder, bytes, err) : NULL;
    nsr_encoder_close(encoder);
    nsr_bcast(j->comm, bytes, sizeof *bytes);
    if (!nsr_is_root(j->comm) && !(entry = malloc(*bytes + 1)))
        nsr_fail(err, NSR_EINTERNAL, "out of memory for the head of %s", j->out.path);
    if (nsr_agree(j->comm, err)) {
        nsr_bcast(j->comm, entry, *bytes);
        return entry;
    }
    free(entry);
    return NULL;
}

/* Collective. */
static bool write_head(video_join *j, nsr_err *err) {
    size_t entry_bytes = 0;
    uint8_t *entry = share_entry(j, &entry_bytes, err);
    const nsr_mp4 mp4 = {j->spec->w, j->spec->h, j->spec->fps, entry, entry_bytes, j->segment, j->n_segments};
    if (entry) nsr_mp4_write_head(&mp4, &j->out.slice, &j->places, err);
    free(entry);
    return nsr_agree(j->comm, err);
}

/* Collective. */
static bool begin_file(video_join *j, nsr_err *err) {
    int64_t bytes = 0;
    if (!nsr_shared_file_create(&j->out, j->comm, j->job->dir, NAME, j->job->run, err)) return false;
    for (int64_t u = 0; u < j->n_segments; u++)
        bytes += j->segment[u].bytes;
    nsr_shared_file_open(&j->out, j->comm, bytes, err);
    return nsr_agree(j->comm, err) && write_head(j, err);
}

static bool make_room(video_join *j, int64_t bytes, nsr_err *err) {
    if ((size_t)bytes <= j->room) return true;
    free(j->table);
    j->table = malloc((size_t)bytes);
    j->room = j->table ? (size_t)bytes : 0;
    return j->table ? true : nsr_fail(err, NSR_EINTERNAL, "out of memory for the index of %s", j->out.path);
}

static bool write_sizes(video_join *j, const uint8_t *index, int64_t frames, int64_t at, nsr_err *err) {
    for (int64_t i = 0; i < frames; i++)
        nsr_put32(j->table + 4 * i, nsr_entry_size(index + i * NSR_SEGMENT_ENTRY));
    return nsr_file_slice_write(&j->out.slice, j->table, (size_t)frames * 4, at, err);
}

static bool write_keys(video_join *j, const uint8_t *index, int64_t frames, int64_t before, int64_t at, nsr_err *err) {
    uint8_t *to = j->table;
    for (int64_t i = 0; i < frames; i++)
        if (nsr_entry_key(index + i * NSR_SEGMENT_ENTRY)) to = nsr_put32(to, (uint32_t)(before + i + 1));
    return nsr_file_slice_write(&j->out.slice, j->table, (size_t)(to - j->table), at, err);
}

static bool write_shifts(video_join *j, const uint8_t *index, int64_t frames, int64_t at, nsr_err *err) {
    uint8_t *to = j->table;
    for (int64_t i = 0, n; i < frames; i += n) {
        int32_t shift = nsr_entry_shift(index + i * NSR_SEGMENT_ENTRY);
        for (n = 1; i + n < frames && nsr_entry_shift(index + (i + n) * NSR_SEGMENT_ENTRY) == shift; n++)
            ;
        to = nsr_put32(to, (uint32_t)n);
        to = nsr_put32(to, (uint32_t)(shift + j->places.delay) * j->places.ticks);
    }
    return nsr_file_slice_write(&j->out.slice, j->table, (size_t)(to - j->table), at, err);
}

static bool write_tables(video_join *j, int64_t segment, const segment_offsets *at, const uint8_t *index,
                         nsr_err *err) {
    const nsr_mp4_places *places = &j->places;
    int64_t frames = j->segment[segment].info.frames;
    return make_room(j, frames * 8, err) && write_sizes(j, index, frames, places->sizes + 4 * at->frames, err) &&
           write_keys(j, index, frames, at->frames, places->keys + 4 * at->keys, err) &&
           (places->shifts == 0 || write_shifts(j, index, frames, places->shifts + 8 * at->runs, err));
}

static bool has_tables(const video_join *j, int64_t segment, const segment_offsets *at) {
    const nsr_mp4_places *places = &j->places;
    const nsr_video_part_info *info = &j->segment[segment].info;
    return nsr_file_slice_has(&j->out.slice, places->sizes + 4 * at->frames, 4 * info->frames) ||
           nsr_file_slice_has(&j->out.slice, places->keys + 4 * at->keys, 4 * info->keys) ||
           (places->shifts && nsr_file_slice_has(&j->out.slice, places->shifts + 8 * at->runs, 8 * info->runs));
}

static bool place_tables(video_join *j, int64_t segment, const segment_offsets *at, nsr_err *err) {
    if (!has_tables(j, segment, at)) return true;
    uint8_t *index =
        nsr_video_part_index(j->reader.fd, j->reader.path, &j->parts[segment], &j->segment[segment].info, err);
    bool good = index && write_tables(j, segment, at, index, err);
    free(index);
    return good;
}

/* Writes what of a segment and of its share of the tables lies in the slice. */
static bool place_segment(video_join *j, int64_t segment, const segment_offsets *at, nsr_err *err) {
    const nsr_part *part = &j->parts[segment];
    const int64_t offset = j->places.payload + at->bytes;
    if (!has_tables(j, segment, at) && !nsr_file_slice_has(&j->out.slice, offset, part->bytes)) return true;
    return nsr_team_goes_on(j->job->team, err) && nsr_part_reader_open(&j->reader, j->job->dir, part->path, err) &&
           place_tables(j, segment, at, err) &&
           nsr_file_slice_copy(&j->out.slice, j->reader.fd, part->offset, part->bytes, offset, err);
}

static void advance(segment_offsets *at, const nsr_mp4_segment *segment) {
    at->frames += segment->info.frames;
    at->keys += segment->info.keys;
    at->runs += segment->info.runs;
    at->bytes += segment->bytes;
}

static bool place_slice(video_join *j, nsr_err *err) {
    segment_offsets at = {0};
    for (int64_t u = 0; u < j->n_segments; advance(&at, &j->segment[u++]))
        if (!place_segment(j, u, &at, err)) return false;
    return nsr_shared_file_leave(&j->out, err);
}

static bool check_segments(const video_join *j, nsr_err *err) {
    segment_offsets at = {0};
    char hash[NSR_HASH_CHARS];
    for (int64_t u = 0; u < j->n_segments; advance(&at, &j->segment[u++])) {
        const nsr_part *part = &j->parts[u];
        if (!is_mine(j, u)) continue;
        if (!nsr_team_goes_on(j->job->team, err) ||
            !nsr_hash_file(j->out.temp, j->places.payload + at.bytes, part->bytes, hash, err))
            return false;
        if (strcmp(hash, part->hash))
            return nsr_fail(err, NSR_EIO,
                            "%s: segment %lld is not in the file as it was written; check the file system, and run "
                            "with --check hash",
                            j->out.path, (long long)u);
    }
    return true;
}

/* Collective. The root gives the file its name. The head becomes a part of its own, so that hashes cover every byte. */
static bool finish_file(video_join *j, nsr_err *err) {
    nsr_part head = {.files = 1, .bytes = j->places.payload};
    snprintf(head.path, sizeof head.path, "%s", NAME);
    if (nsr_is_root(j->comm) && nsr_hash_file(j->out.temp, 0, head.bytes, head.hash, err))
        nsr_shared_file_commit(&j->out, err);
    if (!nsr_agree(j->comm, err)) return false;
    nsr_bcast(j->comm, &head, sizeof head);
    segment_offsets at = {0};
    for (int64_t u = 0; u < j->n_segments; advance(&at, &j->segment[u++])) {
        memcpy(j->parts[u].path, head.path, sizeof head.path);
        j->parts[u].offset = j->places.payload + at.bytes;
    }
    j->parts[j->n_segments] = head;
    return true;
}

bool nsr_video_join(const nsr_job *job, const nsr_encode_spec *spec, const nsr_comm *comm, nsr_part *parts,
                    int64_t n_segments, nsr_err *err) {
    video_join j = {.job = job, .spec = spec, .comm = comm, .parts = parts, .n_segments = n_segments, .reader.fd = -1};
    nsr_shared_file_init(&j.out);
    if (read_trailers(&j, err) && begin_file(&j, err)) place_slice(&j, err);
    if (nsr_agree(comm, err)) check_segments(&j, err);
    bool good = nsr_agree(comm, err) && finish_file(&j, err);
    nsr_part_reader_close(&j.reader);
    nsr_shared_file_drop(&j.out);
    free(j.table);
    free(j.segment);
    return good;
}
