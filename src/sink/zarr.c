/* SPDX-License-Identifier: MIT */
/* The stack frames.ome.zarr: every frame of the pick as codes, for viewers of images. One segment is one shard, written
   straight to its final place; what makes viewers see the stack comes last. */
#include "zarr.h"
#include "kinds.h"
#include "launcher.h"
#include <blosc.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

static const char store_path[] = "frames.ome.zarr", array_path[] = "frames.ome.zarr/0";

typedef struct zarr_writer {
    nsr_shard shard;
    nsr_coding coding;
    bool straight;        /* pixel k is bin k: no painting */
    unsigned char *image; /* the chunk in hand */
    unsigned char *codes; /* of one frame's bins, behind two that are no data */
    int64_t fill, slot;   /* frames in the chunk; the chunk */
} zarr_writer;

static nsr_zarr_array array_of(const nsr_job *job) {
    return nsr_zarr_array_make(job, job->plan->n, job->plan->segment_frames, 0);
}

static size_t codes_bytes(const nsr_job *job, nsr_zarr_type type) {
    return ((size_t)job->field->n_bins + 2) * nsr_zarr_type_size(type);
}

static void estimate(const nsr_job *job, nsr_estimate *out) {
    enum { OTHER_FILES = 6, LIBRARIES = 2 << 20 }; /* what blosc or zstd take while they pack */
    const nsr_zarr_array a = array_of(job);
    static const double packed[] = {[NSR_ZARR_LZ4] = 0.6, [NSR_ZARR_ZSTD] = 0.4, [NSR_ZARR_NONE] = 1};
    const size_t memory = nsr_zarr_chunk_bytes(&a) + codes_bytes(job, a.type) + nsr_shard_memory(&a) + LIBRARIES;
    *out = (nsr_estimate){.files = job->plan->n_segments + OTHER_FILES,
                          .bytes = (int64_t)((double)job->plan->n * (double)nsr_zarr_frame_bytes(&a) * packed[a.codec]),
                          .memory = (int64_t)memory};
}

static void identity(char *text, size_t size) {
    snprintf(text, size, "blosc %s zstd %s", blosc_get_version_string(), ZSTD_versionString());
}

/* --- opening --- */

/* The divisors next to a length that is none. */
static bool fail_chunk(int64_t given, int64_t segment, nsr_err *err) {
    int64_t below = given, above = given;
    while (segment % below)
        below--;
    while (segment % above)
        above++;
    return nsr_fail(err, NSR_EUSAGE,
                    "--chunk-frames %" PRId64 " does not divide the %" PRId64 " frames of a segment; give %" PRId64
                    " or %" PRId64 ", or another --segment-frames",
                    given, segment, below, above);
}

static void say(const nsr_zarr_array *a, int64_t given) {
    const int64_t n = (a->length + a->chunk - 1) / a->chunk;
    nsr_note("stack: %dx%d pixels, chunks of %" PRId64 " frame%s, %" PRId64
             " in all; about %.0f ms a step through dask",
             a->w, a->h, a->chunk, a->chunk == 1 ? "" : "s", n, nsr_zarr_step_ms(a));
    if (given != NSR_NOT_GIVEN && given > a->shard)
        nsr_note("stack: --chunk-frames %" PRId64 ": a segment has %" PRId64 " frames, and so has a chunk", given,
                 a->shard);
}

static bool open_sink(nsr_sink *sink, nsr_err *err) {
    const int64_t given = sink->job->config->zarr.chunk_frames, segment = sink->job->plan->segment_frames;
    const nsr_zarr_array a = array_of(sink->job);
    if (given != NSR_NOT_GIVEN && given < segment && segment % given) return fail_chunk(given, segment, err);
    if (!nsr_codec_fits(&a, err)) return false;
    say(&a, given);
    return true;
}

/* --- writing --- */

static bool is_straight(const nsr_bin_map *map, int64_t n_bins) {
    const int64_t n = (int64_t)map->w * map->h;
    int64_t i = 0;
    while (i < n && map->bin[i] == i)
        i++;
    return i == n && n == n_bins;
}

/* The path of a segment's shard below the bundle. */
static void part_path(char path[256], const nsr_zarr_array *array, int64_t segment) {
    char name[64];
    nsr_shard_name(name, array, segment);
    snprintf(path, 256, "%s/%s", array_path, name);
}

static bool open_shard(nsr_part_writer *writer, const nsr_zarr_array *array, nsr_err *err) {
    const nsr_job *job = writer->sink->job;
    char dir[NSR_PATH], path[NSR_PATH], part[256];
    part_path(part, array, writer->segment);
    return nsr_path(dir, err, "%s/%s", job->dir, store_path) && nsr_make_dir(dir, err) &&
           nsr_path(dir, err, "%s/%s", job->dir, array_path) && nsr_make_dir(dir, err) &&
           nsr_path(path, err, "%s/%s", job->dir, part) &&
           nsr_shard_open(&((zarr_writer *)writer->own)->shard, array, path, job->run, err);
}

static bool begin(nsr_part_writer *writer, nsr_err *err) {
    const nsr_job *job = writer->sink->job;
    zarr_writer *own = writer->own;
    const nsr_zarr_array array = array_of(job);
    own->coding = nsr_coding_of(job);
    own->straight = is_straight(&job->raster->map, job->field->n_bins);
    own->image = malloc(nsr_zarr_chunk_bytes(&array));
    own->codes = malloc(codes_bytes(job, array.type));
    if (!own->image || !own->codes)
        return nsr_fail(err, NSR_EINTERNAL,
                        "out of memory for a chunk of %" PRId64 " frames; give a smaller "
                        "--chunk-frames",
                        array.chunk);
    nsr_code_nothing(own->codes, array.type, 2);
    return nsr_coding_fits(&own->coding, err) && open_shard(writer, &array, err);
}

/* n frames into the chunk in hand, behind those that are there. */
static bool code_frames(zarr_writer *own, const nsr_job *job, const char *values, int64_t n, nsr_err *err) {
    const nsr_zarr_array *array = &own->shard.array;
    const size_t bins = (size_t)job->field->n_bins, frame = nsr_zarr_frame_bytes(array);
    unsigned char *image = own->image + (size_t)own->fill * frame;
    unsigned char *codes = own->codes + 2 * nsr_zarr_type_size(array->type);
    if (!nsr_values_fit(job, &own->coding, job->field->type, values, (size_t)n * bins, err)) return false;
    if (own->straight) {
        nsr_code_values(image, &own->coding, job->field->type, values, (size_t)n * bins);
        return true;
    }
    for (int64_t i = 0; i < n; i++, image += frame, values += nsr_field_row_bytes(job->field)) {
        nsr_code_values(codes, &own->coding, job->field->type, values, bins);
        nsr_code_paint(image, &job->raster->map, array->type, codes);
    }
    return true;
}

static bool put_chunk(zarr_writer *own, nsr_err *err) {
    own->fill = 0;
    return nsr_shard_put(&own->shard, own->slot++, own->image, err);
}

static bool write_frames(nsr_part_writer *writer, nsr_batch *batch, nsr_err *err) {
    zarr_writer *own = writer->own;
    const nsr_job *job = batch->job;
    const char *values = batch->values;
    const int64_t chunk = own->shard.array.chunk, all = batch->lead ? 0 : batch->shown.end - batch->shown.first;
    for (int64_t done = 0, n; done < all; done += n) {
        n = all - done < chunk - own->fill ? all - done : chunk - own->fill;
        if (!code_frames(own, job, values + (size_t)done * nsr_field_row_bytes(job->field), n, err)) return false;
        own->fill += n;
        if (own->fill == chunk && !put_chunk(own, err)) return false;
    }
    return true;
}

static void pad_chunk(zarr_writer *own) {
    const nsr_zarr_array *a = &own->shard.array;
    const size_t pixels = (size_t)a->h * (size_t)a->w, rest = (size_t)(a->chunk - own->fill);
    nsr_code_nothing(own->image + (size_t)own->fill * nsr_zarr_frame_bytes(a), a->type, rest * pixels);
}

static void release(zarr_writer *own) {
    free(own->image);
    free(own->codes);
    own->image = own->codes = NULL;
}

static bool commit(nsr_part_writer *writer, nsr_part *part, nsr_err *err) {
    zarr_writer *own = writer->own;
    *part = (nsr_part){.files = 1, .frames = writer->shown.end - writer->shown.first};
    part_path(part->path, &own->shard.array, writer->segment);
    if (own->fill) {
        pad_chunk(own);
        if (!put_chunk(own, err)) return false;
    }
    if (!nsr_shard_commit(&own->shard, part->hash, &part->bytes, err)) return false;
    release(own);
    return true;
}

static void drop(nsr_part_writer *writer) {
    zarr_writer *own = writer->own;
    nsr_shard_drop(&own->shard);
    release(own);
}

/* --- what stands there --- */

/* By the job, or where only the bundle is known by its own metadata. */
static bool find_array(const nsr_job *job, nsr_zarr_array *array, nsr_err *err) {
    if (!job->raster || !job->raster->map.bin) return nsr_zarr_get_array(array, job->dir, array_path, err);
    *array = array_of(job);
    return true;
}

static void erase(const nsr_sink *sink, int64_t segment) {
    const nsr_zarr_array plain = {0}; /* the name asks for the number of axes alone */
    char path[NSR_PATH], part[256];
    nsr_err ignored = {0};
    nsr_zarr_hide(sink->job, store_path);
    part_path(part, &plain, segment);
    if (nsr_path(path, &ignored, "%s/%s", sink->job->dir, part)) unlink(path);
}

/* Where the metadata of the array are damaged, which is told of them, a shard is good when its hash is. */
static bool check_contents(const nsr_job *job, const char *path, const nsr_part *part, nsr_err *err) {
    char hash[NSR_HASH_CHARS], why[1000];
    nsr_zarr_array array;
    nsr_err ignored = {0};
    if (!nsr_hash_file(path, 0, -1, hash, err)) return false;
    if (find_array(job, &array, &ignored) && !nsr_shard_check(path, &array, why, sizeof why))
        return nsr_fail(err, NSR_EDATA, "%s", why);
    return !strcmp(hash, part->hash) || nsr_fail(err, NSR_EDATA, "its contents have changed");
}

/* Who asks names the path. */
static const char *without_path(const nsr_err *err, const char *path) {
    const size_t n = strlen(path);
    return !strncmp(err->msg, path, n) && !strncmp(err->msg + n, ": ", 2) ? err->msg + n + 2 : err->msg;
}

static bool check(const nsr_sink *sink, int64_t segment, const nsr_part *part, bool contents, char *why, size_t size) {
    const nsr_zarr_array plain = {0};
    char path[NSR_PATH], want[256];
    const char *wrong = NULL;
    nsr_err err = {0};
    struct stat st;
    part_path(want, &plain, segment);
    if (strcmp(part->path, want) || part->offset)
        wrong = "the record does not name its shard";
    else if (!nsr_path(path, &err, "%s/%s", sink->job->dir, want))
        wrong = err.msg;
    else if (stat(path, &st))
        wrong = "is missing";
    else if (st.st_size != part->bytes)
        wrong = "has another length";
    else if (contents && !check_contents(sink->job, path, part, &err))
        wrong = without_path(&err, path);
    if (wrong) snprintf(why, size, "%s", wrong);
    return !wrong;
}

/* --- against values --- */

typedef struct comparing {
    const nsr_job *job;
    nsr_zarr_array array;
    nsr_coding coding;
    double error;
    unsigned char *chunk;
    double *codes; /* of one frame */
} comparing;

static double value_at(const nsr_field *field, const void *row, int32_t bin) {
    if (bin < 0) return NAN;
    return field->type == NSR_F32 ? (double)((const float *)row)[bin] : ((const double *)row)[bin];
}

/* float32 holds what it holds: no range bounds the error, which may be an estimate. */
static bool agrees(const comparing *c, double code, double value) {
    if (c->coding.type == NSR_ZARR_F32)
        return isfinite(value) ? code == (double)(float)value : isnan(code);
    const double stored = nsr_coding_value(&c->coding, code);
    return isfinite(value) ? fabs(stored - value) <= c->error : isnan(stored);
}

static bool compare_frame(comparing *c, int64_t position, const void *row, char *why, size_t size) {
    const nsr_bin_map *map = &c->job->raster->map;
    const size_t n = (size_t)map->w * (size_t)map->h;
    nsr_codes_read(c->codes, c->array.type,
                   c->chunk + (size_t)(position % c->array.chunk) * nsr_zarr_frame_bytes(&c->array), n);
    for (size_t i = 0; i < n; i++) {
        double value = value_at(c->job->field, row, map->bin[i]);
        if (agrees(c, c->codes[i], value)) continue;
        snprintf(why, size, "frame %" PRId64 ", row %zu, column %zu: holds %.9g for %.9g",
                 nsr_plan_frame(c->job->plan, position), i / (size_t)map->w, i % (size_t)map->w,
                 nsr_coding_value(&c->coding, c->codes[i]), value);
        return false;
    }
    return true;
}

static bool compare_all(comparing *c, const char *path, int64_t first, const nsr_batch *batch, char *why, size_t size) {
    nsr_err err = {0};
    int64_t held = -1;
    for (int64_t at = batch->shown.first; at < batch->shown.end; at++) {
        const int64_t slot = (at - first) / c->array.chunk;
        const char *row =
            (const char *)batch->values + (size_t)(at - batch->shown.first) * nsr_field_row_bytes(c->job->field);
        if (slot != held && !nsr_shard_get(path, &c->array, slot, c->chunk, &err))
            return snprintf(why, size, "%s", err.msg), false;
        held = slot;
        if (!compare_frame(c, at, row, why, size)) return false;
    }
    return true;
}

static bool compare(const nsr_sink *sink, int64_t segment, const nsr_part *part, nsr_batch *batch, char *why,
                    size_t size) {
    const nsr_job *job = sink->job;
    comparing c = {.job = job, .array = array_of(job), .coding = nsr_coding_of(job)};
    char path[NSR_PATH];
    nsr_err err = {0};
    c.error = nsr_coding_error(&c.coding, job->field->type);
    c.chunk = malloc(nsr_zarr_chunk_bytes(&c.array));
    c.codes = malloc((size_t)c.array.h * (size_t)c.array.w * sizeof *c.codes);
    bool good = false;
    if (!c.chunk || !c.codes)
        snprintf(why, size, "%s: out of memory for comparing it", part->path);
    else if (!nsr_path(path, &err, "%s/%s", job->dir, part->path))
        snprintf(why, size, "%s", err.msg);
    else
        good = compare_all(&c, path, nsr_plan_segment(job->plan, segment).first, batch, why, size);
    free(c.chunk);
    free(c.codes);
    return good;
}

/* --- the end --- */

/* Of float32 it goes by the largest value, which an estimate of the range does not know. */
static json_t *error_json(const nsr_job *job, const nsr_coding *c) {
    const bool known = c->type != NSR_ZARR_F32 || job->field->type == NSR_F32 || job->exact;
    return known ? json_real(nsr_coding_error(c, job->field->type)) : NULL;
}

static void describe(const nsr_sink *sink, char *text, size_t size) {
    const nsr_job *job = sink->job;
    const nsr_zarr_array a = array_of(job);
    const nsr_coding c = nsr_coding_of(job);
    const double *m = job->raster->affine;
    char lo[40], hi[40];
    snprintf(lo, sizeof lo, "%a", c.lo);
    snprintf(hi, sizeof hi, "%a", c.hi);
    json_t *json = json_pack("{s{ss sf sf ss ss sf sf so*} ss si si s[[fff][fff]] sI sI sI sf}", "codes", "dtype",
                             job->config->zarr.dtype, "lo", c.lo, "hi", c.hi, "lo_hex", lo, "hi_hex", hi,
                             "scale_factor", nsr_coding_scale(&c), "add_offset", nsr_coding_offset(&c), "error_bound",
                             error_json(job, &c), "codec", job->config->zarr.codec, "width", a.w,
                             "height", a.h, "affine", m[0], m[1], m[2], m[3], m[4], m[5], "chunk_frames",
                             (json_int_t)a.chunk, "shard_frames", (json_int_t)a.shard, "chunks",
                             (json_int_t)((a.length + a.chunk - 1) / a.chunk), "step_ms", nsr_zarr_step_ms(&a));
    char *dumped = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    snprintf(text, size, "%s", dumped ? dumped : "");
    free(dumped);
    json_decref(json);
}

static bool finish(const nsr_sink *sink, nsr_files *files, nsr_err *err) {
    const nsr_job *job = sink->job;
    const nsr_zarr_array array = array_of(job);
    const nsr_coding coding = nsr_coding_of(job);
    const nsr_zarr_level level = {.path = "0", .frames = 1};
    const nsr_zarr_store store = {.job = job,
                                  .path = store_path,
                                  .name = job->field->name,
                                  .n_levels = 1,
                                  .level = &level,
                                  .type = "none",
                                  .method = "every frame, one code a value"};
    if (job->borders->n) nsr_note("stack: open_in_napari.py shows these colours; other viewers know only even steps");
    return nsr_zarr_put_array(job, array_path, &array, &coding, err) &&
           nsr_files_add(files, job, "frames.ome.zarr/0/zarr.json", err) &&
           nsr_zarr_put_state(job, &coding, err) && nsr_files_add(files, job, "neuroglancer.json", err) &&
           nsr_launcher_write(job, files, err) && nsr_zarr_put_group(&store, &coding, err) &&
           nsr_files_add(files, job, "frames.ome.zarr/zarr.json", err);
}

const nsr_sink_kind nsr_sink_zarr = {
    .name = "zarr",
    .help = "frames.ome.zarr: a stack of all frames for napari and other viewers, with overview and summary",
    .changed_by = NSR_CHANGES_ZARR | NSR_CHANGES_RASTER,
    .styled_by = NSR_CHANGES_PICTURE | NSR_CHANGES_PLACES | NSR_CHANGES_REGIONS,
    .with = "overview,summary",
    .stored = true,
    .writer_size = sizeof(zarr_writer),
    .estimate = estimate,
    .open = open_sink,
    .identity = identity,
    .begin = begin,
    .write = write_frames,
    .commit = commit,
    .drop = drop,
    .erase = erase,
    .check = check,
    .finish = finish,
    .describe = describe,
    .compare = compare,
};
