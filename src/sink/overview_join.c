/* SPDX-License-Identifier: MIT */
/* The join of the overview, level by level; ranks share the shards of a level. A frame of a level is merged from stored
   sums: from the parts of the segments for the first level, for others from temporary files that the level before
   wrote, one per rank. Sums are merged in the order of frames, so the result does not depend on the ranks. Memory is a
   few windows and one chunk per channel, for any number of frames. */
#include "joined_part.h"
#include "overview.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct overview_join {
    const nsr_job *job;
    const nsr_comm *comm;
    const nsr_part *parts;
    nsr_pyramid pyramid;
    nsr_quantisation quantisation;
    nsr_window_sums piece, now, above; /* one stored piece; the current frame; the frame of the next level */
    double *means;
    unsigned char *stored;           /* NSR_STORED_MARKS numbers of no data, then those of the bins */
    unsigned char *image[2];         /* a chunk per channel */
    nsr_part_reader sums;            /* the file of stored sums that is being read */
    int level;
    nsr_shard shard;
    nsr_file left; /* sums for the next level, of all shards of this rank */
} overview_join;

/* --- stored sums --- */

/* Below the bundle: the sums that a rank left for a level. */
static void left_name(char name[64], int level, int rank) {
    snprintf(name, 64, "parts/overview/level-%d-%d.bin", level, rank);
}

/* Opens the sums of a segment; *at gets their offset. */
static bool open_part(overview_join *j, int64_t segment, int64_t *at, nsr_err *err) {
    *at = j->parts[segment].offset;
    return nsr_part_reader_open(&j->sums, j->job->dir, j->parts[segment].path, err);
}

/* The same for the sums that a shard of the level before left. Ranks take turns at the shards. */
static bool open_left(overview_join *j, int64_t shard, int64_t *at, nsr_err *err) {
    const int64_t windows = j->pyramid.array[j->level - 1].shard / NSR_WINDOW_FRAMES;
    char name[64];
    left_name(name, j->level, (int)(shard % nsr_ranks(j->comm)));
    *at = shard / nsr_ranks(j->comm) * windows * nsr_window_sums_bytes(&j->piece);
    return nsr_part_reader_open(&j->sums, j->job->dir, name, err);
}

/* Frame k of the level into j->now. A segment, or a shard of the level before, has `span` frames of the level before;
   the first of them may lie within a window. */
static bool gather_frame(overview_join *j, int64_t k, nsr_err *err) {
    const nsr_plan *plan = j->job->plan;
    const int64_t length = j->level ? j->pyramid.array[j->level - 1].length : plan->n;
    const int64_t span = j->level ? j->pyramid.array[j->level - 1].shard : plan->segment_frames;
    const int64_t first = k * NSR_WINDOW_FRAMES;
    const int64_t end = length - first < NSR_WINDOW_FRAMES ? length : first + NSR_WINDOW_FRAMES;
    nsr_window_sums_clear(&j->now);
    for (int64_t i = first / span; i * span < end; i++) {
        int64_t at;
        if (!(j->level ? open_left(j, i, &at, err) : open_part(j, i, &at, err))) return false;
        at += (k - i * span / NSR_WINDOW_FRAMES) * nsr_window_sums_bytes(&j->piece);
        if (!nsr_window_sums_read(&j->piece, j->sums.fd, at, j->sums.path, err)) return false;
        nsr_window_sums_merge(&j->now, &j->piece);
    }
    return true;
}

/* --- one shard --- */

/* By rounding, the mean of equal values may lie beside them and so outside the range. NaN stays. */
static void clamp_means(overview_join *j) {
    const double lo = j->quantisation.lo, hi = j->quantisation.hi;
    for (size_t i = 0; i < j->now.n && j->quantisation.type != NSR_ZARR_F32; i++)
        j->means[i] = j->means[i] < lo ? lo : j->means[i] > hi ? hi : j->means[i];
}

static bool paint_frame(overview_join *j, int channel, int64_t at, nsr_type type, const void *values, nsr_err *err) {
    const nsr_zarr_array *array = &j->pyramid.array[j->level];
    unsigned char *stored = j->stored + NSR_STORED_MARKS * nsr_zarr_type_size(array->type);
    if (!nsr_values_fit(j->job->field, &j->quantisation, type, values, j->now.n, err)) return false;
    nsr_quantise(stored, &j->quantisation, type, values, j->now.n);
    nsr_stored_paint(j->image[channel] + (size_t)at * nsr_zarr_frame_bytes(array), &j->job->raster->map, array->type,
                     stored);
    return true;
}

static bool put_chunk(overview_join *j, int64_t chunk, int64_t fill, nsr_err *err) {
    const nsr_zarr_array *array = &j->pyramid.array[j->level];
    const size_t pixels = (size_t)array->h * (size_t)array->w, rest = (size_t)(array->chunk - fill) * pixels;
    for (int channel = 0; channel < 2; channel++) {
        nsr_stored_nothing(j->image[channel] + (size_t)fill * nsr_zarr_frame_bytes(array), array->type, rest);
        if (!nsr_shard_put(&j->shard, chunk * 2 + channel, j->image[channel], err)) return false;
    }
    return true;
}

/* Merges the current frame into that of the next level, and stores the latter when it is complete. */
static bool leave_frame(overview_join *j, int64_t k, nsr_err *err) {
    if (j->level + 1 == j->pyramid.n) return true;
    nsr_window_sums_merge(&j->above, &j->now);
    if ((k + 1) % NSR_WINDOW_FRAMES && k + 1 < j->pyramid.array[j->level].length) return true;
    bool good = nsr_window_sums_write(&j->above, &j->left, err);
    nsr_window_sums_clear(&j->above);
    return good;
}

static bool fill_shard(overview_join *j, int64_t first, int64_t end, nsr_err *err) {
    const int64_t chunk = j->pyramid.array[j->level].chunk;
    for (int64_t k = first; k < end; k++) {
        const int64_t at = (k - first) % chunk;
        if (!nsr_team_goes_on(j->job->team, err) || !gather_frame(j, k, err)) return false;
        nsr_window_sums_means(&j->now, j->means);
        clamp_means(j);
        if (!paint_frame(j, 0, at, NSR_F64, j->means, err) || !paint_frame(j, 1, at, j->now.type, j->now.max, err) ||
            !leave_frame(j, k, err))
            return false;
        if ((at + 1 == chunk || k + 1 == end) && !put_chunk(j, (k - first) / chunk, at + 1, err)) return false;
    }
    return true;
}

static bool open_shard(overview_join *j, int64_t s, nsr_err *err) {
    const nsr_zarr_array *array = &j->pyramid.array[j->level];
    char path[NSR_PATH], name[64];
    nsr_shard_name(name, array->channels, s);
    return nsr_path(path, err, "%s/" NSR_OVERVIEW "/%d/%s", j->job->dir, j->level, name) &&
           nsr_shard_open(&j->shard, array, path, j->job->run, err);
}

static bool make_shard(overview_join *j, int64_t s, nsr_err *err) {
    const nsr_zarr_array *array = &j->pyramid.array[j->level];
    const int64_t first = s * array->shard, rest = array->length - first;
    int64_t bytes;
    char hash[NSR_HASH_CHARS];
    bool good = open_shard(j, s, err) &&
                fill_shard(j, first, first + (rest < array->shard ? rest : array->shard), err) &&
                nsr_shard_commit(&j->shard, hash, &bytes, err);
    nsr_shard_drop(&j->shard);
    return good;
}

/* --- the join of all levels --- */

/* Removes the store of an earlier run, which may have had other shards. Its metadata are removed first, so that viewers
   do not see a store with missing files. */
static bool make_level_dirs(const overview_join *j, nsr_err *err) {
    char path[NSR_PATH];
    nsr_zarr_hide(j->job, NSR_OVERVIEW);
    if (!nsr_path(path, err, "%s/" NSR_OVERVIEW, j->job->dir) || !nsr_remove_tree(path, err) ||
        !nsr_make_dir(path, err))
        return false;
    for (int i = 0; i < j->pyramid.n; i++)
        if (!nsr_path(path, err, "%s/" NSR_OVERVIEW "/%d", j->job->dir, i) || !nsr_make_dir(path, err)) return false;
    return true;
}

static bool make_buffers(overview_join *j, nsr_err *err) {
    const nsr_field *field = j->job->field;
    const size_t n = (size_t)field->n_bins;
    size_t chunk = 0;
    for (int i = 0; i < j->pyramid.n; i++) {
        size_t bytes = nsr_zarr_chunk_bytes(&j->pyramid.array[i]);
        chunk = bytes > chunk ? bytes : chunk;
    }
    if (!nsr_window_sums_open(&j->piece, field->type, n, err) || !nsr_window_sums_open(&j->now, field->type, n, err) ||
        !nsr_window_sums_open(&j->above, field->type, n, err))
        return false;
    j->means = malloc(n * sizeof *j->means);
    j->stored = malloc((n + NSR_STORED_MARKS) * nsr_zarr_type_size(j->quantisation.type));
    for (int channel = 0; channel < 2; channel++) j->image[channel] = malloc(chunk);
    if (!j->means || !j->stored || !j->image[0] || !j->image[1])
        return nsr_fail(err, NSR_EINTERNAL, "out of memory for joining the overview of %zu bins", n);
    nsr_stored_nothing(j->stored, j->quantisation.type, NSR_STORED_MARKS);
    return true;
}

static void free_buffers(overview_join *j) {
    nsr_part_reader_close(&j->sums);
    nsr_window_sums_close(&j->piece);
    nsr_window_sums_close(&j->now);
    nsr_window_sums_close(&j->above);
    free(j->means);
    free(j->stored);
    free(j->image[0]);
    free(j->image[1]);
}

static bool create_left(overview_join *j, nsr_err *err) {
    char path[NSR_PATH], name[64];
    left_name(name, j->level + 1, nsr_rank(j->comm));
    return nsr_path(path, err, "%s/%s", j->job->dir, name) && nsr_file_create(&j->left, path, j->job->run, err);
}

/* Collective. */
static bool make_level(overview_join *j, nsr_err *err) {
    const int64_t n = nsr_zarr_shards(&j->pyramid.array[j->level]);
    const bool last = j->level + 1 == j->pyramid.n;
    if (!last) create_left(j, err);
    for (int64_t s = nsr_rank(j->comm); s < n && nsr_good(err); s += nsr_ranks(j->comm))
        make_shard(j, s, err);
    if (nsr_good(err) && !last) nsr_file_commit(&j->left, NULL, err);
    nsr_file_drop(&j->left);
    nsr_part_reader_close(&j->sums);
    return nsr_agree(j->comm, err);
}

bool nsr_overview_join(const nsr_job *job, const nsr_comm *comm, const nsr_part *parts, nsr_err *err) {
    overview_join j = {.job = job,
                       .comm = comm,
                       .parts = parts,
                       .pyramid = nsr_pyramid_of(job),
                       .quantisation = nsr_zarr_quantisation(job),
                       .sums.fd = -1,
                       .left.fd = -1};
    bool good = make_buffers(&j, err) && (!nsr_is_root(comm) || make_level_dirs(&j, err));
    good = nsr_agree(comm, err) && good;
    for (; good && j.level < j.pyramid.n; j.level++)
        good = make_level(&j, err);
    free_buffers(&j);
    return good;
}
