/* SPDX-License-Identifier: MIT */
/* The zarr.json files: arrays of Zarr v3, with the CF attributes by which xarray decodes values, and groups, which are
   images of OME-NGFF 0.5. */
#include "zarr_meta.h"
#include "base/json.h"
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

nsr_quantisation nsr_zarr_quantisation(const nsr_job *job) {
    return nsr_quantisation_make(nsr_zarr_type_of(job->config), job->range);
}

/* Writes PATH/zarr.json below the bundle, and frees `json`. */
static bool save_metadata(const nsr_job *job, const char *path, json_t *json, nsr_err *err) {
    char file[NSR_PATH];
    const bool good =
        nsr_path(file, err, "%s/%s/zarr.json", job->dir, path) && nsr_json_save(file, json, job->run, NSR_PUT, err);
    json_decref(json);
    return good;
}

/* --- arrays --- */

static const char *const type_names[] = {"uint8", "uint16", "float32"};

/* The shape of so many frames, and of so many channels where the array has them: of a chunk, a shard, or the whole. */
static json_t *shape_json(const nsr_zarr_array *a, int64_t frames, int channels) {
    if (!a->channels) return json_pack("[Iii]", (json_int_t)frames, a->h, a->w);
    return json_pack("[Iiii]", (json_int_t)frames, channels, a->h, a->w);
}

static json_t *bytes_json(const nsr_zarr_array *a) {
    if (nsr_zarr_type_size(a->type) == 1) return json_pack("{ss}", "name", "bytes");
    return json_pack("{ss s{ss}}", "name", "bytes", "configuration", "endian", "little");
}

static json_t *codecs_json(const nsr_zarr_array *a) {
    json_t *list = json_pack("[o]", bytes_json(a));
    if (a->codec == NSR_ZARR_LZ4)
        json_array_append_new(list, json_pack("{ss s{ss si ss si si}}", "name", "blosc", "configuration", "cname",
                                              "lz4", "clevel", 5, "shuffle", "shuffle", "typesize",
                                              (int)nsr_zarr_type_size(a->type), "blocksize", 0));
    if (a->codec == NSR_ZARR_ZSTD)
        json_array_append_new(list,
                              json_pack("{ss s{si sb}}", "name", "zstd", "configuration", "level", 1, "checksum", 0));
    json_array_append_new(list, json_pack("{ss}", "name", "crc32c"));
    return list;
}

static json_t *sharding_json(const nsr_zarr_array *a) {
    return json_pack(
        "[{ss s{so so so ss}}]", "name", "sharding_indexed", "configuration", "chunk_shape", shape_json(a, a->chunk, 1),
        "codecs", codecs_json(a), "index_codecs",
        json_pack("[{ss s{ss}} {ss}]", "name", "bytes", "configuration", "endian", "little", "name", "crc32c"),
        "index_location", "end");
}

static json_t *names_json(const nsr_zarr_array *a) {
    return a->channels ? json_pack("[ssss]", "t", "c", "y", "x") : json_pack("[sss]", "t", "y", "x");
}

static json_t *attributes_json(const nsr_job *job, const nsr_zarr_array *a, const nsr_quantisation *q) {
    json_t *json = json_pack("{ss}", "long_name", job->field->path);
    const char *unit = nsr_field_unit(job->field);
    if (*unit) json_object_set_new(json, "units", json_string(unit));
    if (a->type == NSR_ZARR_F32) return json;
    json_t *packing = json_pack("{sf sf si}", "scale_factor", nsr_quantisation_scale(q), "add_offset",
                                nsr_quantisation_offset(q), "_FillValue", 0);
    json_object_update(json, packing);
    json_decref(packing);
    return json;
}

bool nsr_zarr_put_array(const nsr_job *job, const char *path, const nsr_zarr_array *a, const nsr_quantisation *q,
                        nsr_err *err) {
    json_t *nothing = a->type == NSR_ZARR_F32 ? json_string("NaN") : json_integer(0);
    json_t *json =
        json_pack("{si ss so ss s{ss s{so}} s{ss s{ss}} so so so so}", "zarr_format", 3, "node_type", "array", "shape",
                  shape_json(a, a->length, a->channels), "data_type", type_names[a->type], "chunk_grid", "name",
                  "regular", "configuration", "chunk_shape", shape_json(a, a->shard, a->channels), "chunk_key_encoding",
                  "name", "default", "configuration", "separator", ".", "fill_value", nothing, "codecs",
                  sharding_json(a), "dimension_names", names_json(a), "attributes", attributes_json(job, a, q));
    return save_metadata(job, path, json, err);
}

/* --- reading an array that this program wrote --- */

static int64_t integer_at(const json_t *list, size_t i) { return json_integer_value(json_array_get(list, i)); }

static int find_name(const json_t *name, const char *const *names, int n) {
    int i = 0;
    while (i < n && (!json_is_string(name) || strcmp(json_string_value(name), names[i])))
        i++;
    return i;
}

static void read_shapes(nsr_zarr_array *a, const json_t *shape, const json_t *shard, const json_t *chunk) {
    const size_t n = json_array_size(shape), yx = n - 2;
    a->length = integer_at(shape, 0), a->shard = integer_at(shard, 0), a->chunk = integer_at(chunk, 0);
    a->channels = n == 4 ? (int)integer_at(shape, 1) : 0;
    a->h = (int)integer_at(shape, yx), a->w = (int)integer_at(shape, yx + 1);
}

/* Whether an array is one that this program can write: bounded sizes, so that a damaged file cannot demand memory
   without bounds. */
static bool plausible(const nsr_zarr_array *a) {
    const int64_t pixels = 1 << 28, frames = (int64_t)1 << 40, slots = 1 << 26;
    return a->length > 0 && a->length < frames && a->h > 0 && a->w > 0 && a->h <= pixels / a->w && a->chunk > 0 &&
           a->shard >= a->chunk && a->shard < frames && a->shard % a->chunk == 0 && a->channels >= 0 &&
           a->channels < 1000 &&
           nsr_zarr_slots(a) <= slots && a->chunk <= INT32_MAX / (int64_t)nsr_zarr_frame_bytes(a);
}

static bool read_array(nsr_zarr_array *a, json_t *json) {
    static const char *const codec_names[] = {"blosc", "zstd", "crc32c"};
    json_t *shape, *shard, *chunk, *type, *codecs;
    if (json_unpack(json, "{so s{s{so}} s[{s{so so}}] so}", "shape", &shape, "chunk_grid", "configuration",
                    "chunk_shape", &shard, "codecs", "configuration", "chunk_shape", &chunk, "codecs", &codecs,
                    "data_type", &type))
        return false;
    const int t = find_name(type, type_names, 3);
    const int c = find_name(json_object_get(json_array_get(codecs, 1), "name"), codec_names, 3);
    const size_t n = json_array_size(shape);
    if (t == 3 || c == 3 || (n != 3 && n != 4) || json_array_size(shard) != n || json_array_size(chunk) != n)
        return false;
    *a = (nsr_zarr_array){.type = (nsr_zarr_type)t, .codec = (nsr_zarr_codec)c};
    read_shapes(a, shape, shard, chunk);
    return plausible(a);
}

bool nsr_zarr_get_array(nsr_zarr_array *array, const char *dir, const char *path, nsr_err *err) {
    char file[NSR_PATH];
    if (!nsr_path(file, err, "%s/%s/zarr.json", dir, path)) return false;
    json_t *json = nsr_json_load(file, err);
    if (json && !read_array(array, json)) nsr_fail(err, NSR_EDATA, "%s: is not as this program writes it", file);
    json_decref(json);
    return nsr_good(err);
}

/* --- groups --- */

static json_t *axis_json(const char *name, const char *type, const char *unit) {
    json_t *axis = json_pack("{ss ss}", "name", name, "type", type);
    if (unit) json_object_set_new(axis, "unit", json_string(unit));
    return axis;
}

static json_t *axes_json(const nsr_job *job, const nsr_zarr_store *store) {
    json_t *axes = json_pack("[o]", axis_json("t", "time", nsr_zarr_axis_t(job).unit));
    if (store->n_channels) json_array_append_new(axes, axis_json("c", "channel", NULL));
    json_array_append_new(axes, axis_json("y", "space", nsr_zarr_axis_y(job).unit));
    json_array_append_new(axes, axis_json("x", "space", nsr_zarr_axis_x(job).unit));
    return axes;
}

static json_t *vector_json(const nsr_zarr_store *store, double t, double c, double y, double x) {
    return store->n_channels ? json_pack("[ffff]", t, c, y, x) : json_pack("[fff]", t, y, x);
}

/* A frame of a level stands for several selected frames; it is placed at their middle. */
static json_t *level_json(const nsr_job *job, const nsr_zarr_store *store, const nsr_zarr_level *level) {
    const double frame = nsr_zarr_axis_t(job).step, n = (double)level->frames;
    json_t *steps = json_pack("[{ss so}]", "type", "scale", "scale",
                              vector_json(store, n * frame, 1, nsr_zarr_axis_y(job).step, nsr_zarr_axis_x(job).step));
    if (level->frames > 1)
        json_array_append_new(steps, json_pack("{ss so}", "type", "translation", "translation",
                                               vector_json(store, (n - 1) / 2 * frame, 0, 0, 0)));
    return json_pack("{ss so}", "path", level->path, "coordinateTransformations", steps);
}

static json_t *levels_json(const nsr_job *job, const nsr_zarr_store *store) {
    json_t *list = json_array();
    for (int i = 0; i < store->n_levels; i++)
        json_array_append_new(list, level_json(job, store, &store->level[i]));
    return list;
}

/* min and max are the ends of the viewer's slider for the limits, which must enclose the limits. */
static json_t *window_json(const nsr_job *job, const nsr_quantisation *q) {
    const double start = nsr_quantised_exact(q, job->limits->vmin), end = nsr_quantised_exact(q, job->limits->vmax);
    const double low = q->type == NSR_ZARR_F32 ? q->lo : 0;
    const double high = q->type == NSR_ZARR_F32 ? q->hi : q->type == NSR_ZARR_U8 ? 255 : 65535;
    return json_pack("{sf sf sf sf}", "min", fmin(low, start), "max", fmax(high, end), "start", start, "end", end);
}

static json_t *channel_json(const nsr_job *job, const nsr_quantisation *q, const char *label, bool active) {
    return json_pack("{sb si ss ss sb ss so}", "active", active, "coefficient", 1, "color", "FFFFFF", "family",
                     "linear", "inverted", 0, "label", label, "window", window_json(job, q));
}

static json_t *omero_json(const nsr_job *job, const nsr_zarr_store *store, const nsr_quantisation *q) {
    json_t *channels = json_array();
    for (int i = 0; i < store->n_channels; i++)
        json_array_append_new(channels, channel_json(job, q, store->channel[i], i == 0));
    if (!store->n_channels) json_array_append_new(channels, channel_json(job, q, store->name, true));
    return json_pack("{ss ss so s{si si ss}}", "version", "0.5", "name", store->name, "channels", channels, "rdefs",
                     "defaultT", 0, "defaultZ", 0, "model", "greyscale");
}

static json_t *factors_json(const nsr_zarr_store *store) {
    json_t *list = json_array();
    for (int i = 0; i < store->n_levels; i++)
        json_array_append_new(list, json_integer(store->level[i].frames));
    return list;
}

bool nsr_zarr_put_group(const nsr_job *job, const nsr_zarr_store *store, const nsr_quantisation *q, nsr_err *err) {
    json_t *image = json_pack("{ss so so ss s{ss so}}", "name", store->name, "axes", axes_json(job, store), "datasets",
                              levels_json(job, store), "type", store->type, "metadata", "method", store->method,
                              "factors", factors_json(store));
    json_t *json = json_pack("{si ss s{s{ss s[o] so}}}", "zarr_format", 3, "node_type", "group", "attributes", "ome",
                             "version", "0.5", "multiscales", image, "omero", omero_json(job, store, q));
    return save_metadata(job, store->path, json, err);
}

static bool metadata_path(char file[NSR_PATH], const nsr_job *job, const char *path, int level) {
    nsr_err ignored = {0};
    return nsr_path(file, &ignored, "%s/%s/%d/zarr.json", job->dir, path, level);
}

/* Levels are numbered from 0 on without a gap. The last is removed first, so that there is no gap either when the
   process is killed in between. */
void nsr_zarr_hide(const nsr_job *job, const char *path) {
    char file[NSR_PATH];
    nsr_err ignored = {0};
    int n = 0;
    if (nsr_path(file, &ignored, "%s/%s/zarr.json", job->dir, path)) unlink(file);
    while (metadata_path(file, job, path, n) && access(file, F_OK) == 0)
        n++;
    while (n-- > 0 && metadata_path(file, job, path, n))
        unlink(file);
}
