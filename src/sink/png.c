/* SPDX-License-Identifier: MIT */
/* The output `png`: one directory per segment, filled under a temporary name and renamed as a whole. A file's name has
   its frame's index in the recording. */
#include "kinds.h"
#include "png_frame.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

typedef struct png_writer {
    png_frame frame;
    nsr_hash *hash; /* of all files, in order */
    int64_t files, bytes;
    char temp[NSR_PATH]; /* the directory, under its temporary name */
} png_writer;

enum { NAME = 48 };

/* Digits of the largest index, at least 7, so that names sort as frames do. */
static int index_width(int64_t n_frames) {
    int width = 1;
    for (int64_t last = n_frames - 1; last >= 10; last /= 10) width++;
    return width < 7 ? 7 : width;
}

static void file_name(char name[NAME], const nsr_job *job, int64_t position) {
    snprintf(name, NAME, "frame_%0*" PRId64 ".png", index_width(job->field->n_frames),
             nsr_plan_frame(job->plan, position));
}

static bool segment_path(char out[NSR_PATH], const nsr_sink *sink, int64_t segment, nsr_err *err) {
    return nsr_path(out, err, "%s/frames/%06" PRId64, sink->job->dir, segment);
}

static void estimate_png(const nsr_job *job, nsr_estimate *out) {
    const nsr_picture *p = job->picture;
    int64_t cells = (int64_t)p->map.w * p->map.h, pixels = (int64_t)p->w * p->h;
    int64_t frame = 1000 + cells + pixels / 500; /* measured with smooth fields; noise needs twice that */
    *out = (nsr_estimate){.files = job->plan->n, .bytes = job->plan->n * frame, .memory = (1 << 20) + pixels / 4};
}

static void identity(char *text, size_t size) {
    snprintf(text, size, "libpng %s zlib %s", png_get_libpng_ver(NULL), zlibVersion());
}

static bool start_png(const nsr_sink *sink, nsr_err *err) { return nsr_make_dirs(sink->job->dir, "frames", err); }

static bool make_png_dir(png_writer *own, const nsr_part_writer *writer, nsr_err *err) {
    const nsr_job *job = writer->sink->job;
    return nsr_path(own->temp, err, "%s/frames/.%06" PRId64 ".tmp-%s", job->dir, writer->segment, job->run) &&
           nsr_make_dir(own->temp, err);
}

static bool begin_png(nsr_part_writer *writer, nsr_err *err) {
    png_writer *own = writer->own;
    const nsr_job *job = writer->sink->job;
    own->hash = nsr_hash_open();
    if (!own->hash) return nsr_fail(err, NSR_EINTERNAL, "out of memory for PNG frames");
    return nsr_png_frame_open(&own->frame, job->picture, job->palette, err) && make_png_dir(own, writer, err);
}

static bool write_file(png_writer *own, const char *name, nsr_err *err) {
    char path[NSR_PATH];
    if (!nsr_path(path, err, "%s/%s", own->temp, name)) return false;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) return nsr_fail_io(err, NSR_ECREATE, "create", path);
    bool good =
        nsr_pwrite_all(fd, own->frame.bytes, own->frame.size, 0, path, err) && nsr_leave_to_flush(fd, path, err);
    if (close(fd) && good) good = nsr_fail_io(err, NSR_EIO, "close", path);
    return good;
}

static bool write_frame(png_writer *own, const char *name, const uint16_t *levels, nsr_err *err) {
    if (!nsr_png_frame_encode(&own->frame, levels, err) || !write_file(own, name, err)) return false;
    nsr_hash_add(own->hash, own->frame.bytes, own->frame.size);
    own->files++;
    own->bytes += (int64_t)own->frame.size;
    return true;
}

static bool write_png(nsr_part_writer *writer, nsr_batch *batch, nsr_err *err) {
    if (batch->lead) return true;
    const nsr_bin_map *map = &batch->job->picture->map;
    const uint16_t *levels = nsr_batch_levels(batch);
    for (int64_t at = batch->shown.first; at < batch->shown.end; at++, levels += (size_t)map->w * (size_t)map->h) {
        char name[NAME];
        file_name(name, batch->job, at);
        if (!write_frame(writer->own, name, levels, err)) return false;
    }
    return true;
}

/* Frees the memory; the directory stays. */
static void release_png(png_writer *own) {
    nsr_png_frame_close(&own->frame);
    nsr_hash_close(own->hash);
    own->hash = NULL;
}

/* A killed run may have left a directory of that name without a record; it is removed. */
static bool rename_over(const char *temp, const char *path, nsr_err *err) {
    if (!rename(temp, path)) return true;
    return (errno == ENOTEMPTY || errno == EEXIST) && nsr_remove_tree(path, err) && !rename(temp, path);
}

static bool put_in_place(const png_writer *own, const nsr_part_writer *writer, nsr_err *err) {
    char path[NSR_PATH];
    return segment_path(path, writer->sink, writer->segment, err) &&
           (rename_over(own->temp, path, err) || nsr_fail_io(err, NSR_EIO, "rename into place", own->temp));
}

static bool commit_png(nsr_part_writer *writer, nsr_part *part, nsr_err *err) {
    png_writer *own = writer->own;
    if (!put_in_place(own, writer, err)) return false;
    *part = (nsr_part){.files = own->files, .frames = own->files, .bytes = own->bytes};
    snprintf(part->path, sizeof part->path, "frames/%06" PRId64, writer->segment);
    nsr_hash_text(own->hash, part->hash);
    release_png(own);
    return true;
}

static void drop_png(nsr_part_writer *writer) {
    png_writer *own = writer->own;
    nsr_err ignored = {0};
    release_png(own);
    if (own->temp[0]) nsr_remove_tree(own->temp, &ignored);
}

static void erase_png(const nsr_sink *sink, int64_t segment) {
    char path[NSR_PATH];
    nsr_err ignored = {0};
    if (segment_path(path, sink, segment, &ignored)) nsr_remove_tree(path, &ignored);
}

/* -1 when there is no such directory. */
static int64_t count_entries(const char *path) {
    DIR *dir = opendir(path);
    if (!dir) return -1;
    int64_t n = 0;
    for (const struct dirent *entry; (entry = readdir(dir));)
        n += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
    closedir(dir);
    return n;
}

/* Hash of all files that the segment must have. */
static bool hash_files(const nsr_sink *sink, int64_t segment, const char *dir, char hash[NSR_HASH_CHARS],
                       nsr_err *err) {
    nsr_span shown = nsr_plan_segment(sink->job->plan, segment);
    nsr_hash *sum = nsr_hash_open();
    if (!sum) return nsr_fail(err, NSR_EINTERNAL, "out of memory for hashing");
    for (int64_t at = shown.first; at < shown.end && nsr_good(err); at++) {
        char name[NAME], path[NSR_PATH], *data = NULL;
        size_t bytes = 0;
        file_name(name, sink->job, at);
        if (nsr_path(path, err, "%s/%s", dir, name)) data = nsr_file_get(path, &bytes, err);
        if (data) nsr_hash_add(sum, data, bytes);
        free(data);
    }
    nsr_hash_text(sum, hash);
    nsr_hash_close(sum);
    return nsr_good(err);
}

/* Without `contents` it only counts the entries of the directory: it was renamed as a whole, so its files are complete.
 */
static bool check_png(const nsr_sink *sink, int64_t segment, const nsr_part *part, bool contents, char *why,
                      size_t size) {
    nsr_span shown = nsr_plan_segment(sink->job->plan, segment);
    char path[NSR_PATH], hash[NSR_HASH_CHARS], wrong[80];
    nsr_err err = {0};
    if (!segment_path(path, sink, segment, &err)) return nsr_part_wrong(err.msg, why, size);
    int64_t files = count_entries(path), want = shown.end - shown.first;
    snprintf(wrong, sizeof wrong, "has %" PRId64 " files, want %" PRId64, files, want);
    if (files < 0) return nsr_part_wrong("is missing", why, size);
    if (files != want || part->files != want) return nsr_part_wrong(wrong, why, size);
    if (!contents) return true;
    if (!hash_files(sink, segment, path, hash, &err)) return nsr_part_wrong(err.msg, why, size);
    return !strcmp(hash, part->hash) || nsr_part_wrong("its contents have changed", why, size);
}

const nsr_sink_kind nsr_sink_png = {
    .name = "png",
    .help = "frames/: one PNG per frame",
    .changed_by = NSR_CHANGES_PICTURE | NSR_CHANGES_PNG,
    .stored = true,
    .writer_size = sizeof(png_writer),
    .estimate = estimate_png,
    .identity = identity,
    .start = start_png,
    .begin = begin_png,
    .write = write_png,
    .commit = commit_png,
    .drop = drop_png,
    .erase = erase_png,
    .check = check_png,
};
