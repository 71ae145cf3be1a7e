/* SPDX-License-Identifier: MIT */
/* The end of a run: records are read once by the root, outputs joined by all ranks, the manifest written, and what was
   only there for making is removed. */
#include "manifest.h"
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* All parts of one output: n_segments of them, and the container. */
typedef struct made {
    const nsr_sink_kind *kind;
    char digest[NSR_HASH_CHARS];
    char style[NSR_HASH_CHARS];
    nsr_part *parts;
    nsr_files files; /* that are no parts */
    json_t *said;    /* by the sink, of itself */
} made;

const json_t *nsr_manifest_output(const json_t *manifest, const char *format) {
    size_t i;
    json_t *output;
    json_array_foreach(json_object_get(manifest, "outputs"), i,
                       output) if (!strcmp(nsr_json_text(output, "format"), format)) return output;
    return NULL;
}

bool nsr_manifest_kept(const char *dir, char path[NSR_PATH], nsr_err *err) {
    return nsr_path(path, err, "%s/segments/manifest.json", dir);
}

void nsr_manifest_record(const json_t *manifest, int64_t segment, nsr_record *record) {
    const json_t *counts = json_array_get(json_object_get(manifest, "clipped_by_segment"), (size_t)segment);
    size_t i;
    json_t *output;
    *record = (nsr_record){.clip = {json_integer_value(json_array_get(counts, 0)),
                                    json_integer_value(json_array_get(counts, 1)),
                                    json_integer_value(json_array_get(counts, 2))},
                           .bad_frames = json_integer_value(json_array_get(counts, 3))};
    json_array_foreach(json_object_get(manifest, "outputs"), i, output) {
        const json_t *segments = json_object_get(output, "segments"), *part = json_array_get(segments, (size_t)segment);
        if ((size_t)segment == json_array_size(segments)) part = json_object_get(output, "container");
        if (!json_is_object(part) || record->n == NSR_MOST_OUTPUTS) continue;
        int slot = nsr_record_slot(record, nsr_json_text(output, "format"));
        nsr_part_from_json(&record->output[slot].part, part);
        snprintf(record->output[slot].digest, NSR_HASH_CHARS, "%s", nsr_json_text(output, "digest"));
    }
}

bool nsr_container_good(const char *dir, const nsr_part *c, bool contents) {
    char path[NSR_PATH], hash[NSR_HASH_CHARS];
    nsr_err err = {0};
    struct stat st;
    if (!nsr_path(path, &err, "%s/%s", dir, c->path) || stat(path, &st) || st.st_size < c->offset + c->bytes)
        return false;
    return !contents || (nsr_hash_file(path, c->offset, c->bytes, hash, &err) && !strcmp(hash, c->hash));
}

bool nsr_other_file_good(const char *dir, const nsr_part *file, bool contents) {
    char path[NSR_PATH];
    nsr_err err = {0};
    struct stat st;
    return nsr_path(path, &err, "%s/%s", dir, file->path) && !stat(path, &st) && st.st_size == file->bytes &&
           nsr_container_good(dir, file, contents);
}

/* --- collecting --- */

static bool collect_segment(nsr_run *run, made *outputs, int *n, int64_t u, json_t *clipped, nsr_err *err) {
    nsr_record record;
    nsr_record_read(&record, run->dir, u);
    for (int i = 0; i < record.n; i++) {
        const nsr_sink_kind *kind = nsr_sink_find(record.output[i].name);
        int k = 0;
        while (k < *n && outputs[k].kind != kind)
            k++;
        if (!kind || (k == *n && u > 0)) continue; /* an output that is not whole is not listed */
        if (k == *n) {
            outputs[(*n)++].kind = kind;
            outputs[k].parts = calloc((size_t)run->plan.n_segments + 1, sizeof *outputs[k].parts);
            memcpy(outputs[k].digest, record.output[i].digest, NSR_HASH_CHARS);
        }
        if (!outputs[k].parts) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the parts of %s", kind->name);
        outputs[k].parts[u] = record.output[i].part;
    }
    run->clip.below += record.clip.below;
    run->clip.above += record.clip.above;
    run->clip.nodata += record.clip.nodata;
    run->bad_frames += record.bad_frames;
    if (u < run->plan.n_segments)
        json_array_append_new(clipped, json_pack("[IIII]", (json_int_t)record.clip.below, (json_int_t)record.clip.above,
                                                 (json_int_t)record.clip.nodata, (json_int_t)record.bad_frames));
    return true;
}

static void collect(nsr_run *run, made *outputs, int *n, json_t *clipped, nsr_err *err) {
    run->clip = (nsr_clip){0};
    run->bad_frames = 0;
    for (int64_t u = 0; u <= run->plan.n_segments && nsr_good(err); u++)
        collect_segment(run, outputs, n, u, clipped, err);
}

/* --- joining --- */

static bool needs_join(const made *output, int64_t n_segments) {
    for (int64_t u = 0; u < n_segments; u++)
        if (!strncmp(output->parts[u].path, "parts/", 6)) return true;
    return false;
}

/* The root knows the parts; every rank gets them to share the copying. */
static bool join_one(nsr_run *run, nsr_output *output, made *all, int n, const nsr_comm *comm, nsr_err *err) {
    int64_t n_parts = run->plan.n_segments + 1;
    made *mine = NULL;
    bool wanted = false;
    for (int k = 0; nsr_is_root(comm) && k < n; k++)
        if (all[k].kind == output->sink.kind) mine = &all[k];
    if (mine) wanted = needs_join(mine, run->plan.n_segments);
    nsr_bcast(comm, &wanted, sizeof wanted);
    if (!wanted || !output->sink.kind->join) return true;
    nsr_part *parts = mine ? mine->parts : calloc((size_t)n_parts, sizeof *parts);
    if (!parts) nsr_fail(err, NSR_EINTERNAL, "out of memory for the parts of %s", output->sink.kind->name);
    if (nsr_agree(comm, err)) {
        nsr_bcast(comm, parts, (size_t)n_parts * sizeof *parts);
        output->sink.kind->join(&output->sink, comm, parts, run->plan.n_segments, err);
        nsr_agree(comm, err);
    }
    if (!mine) free(parts);
    return nsr_good(err);
}

/* --- finishing --- */

static bool finish_output(const nsr_output *output, made *m, nsr_err *err) {
    const nsr_sink_kind *kind = output->sink.kind;
    char text[4096] = "";
    memcpy(m->style, output->style, sizeof m->style);
    if (kind->describe) kind->describe(&output->sink, text, sizeof text);
    if (*text && !(m->said = json_loads(text, 0, NULL)))
        return nsr_fail(err, NSR_EINTERNAL, "%s describes itself wrongly: %s", kind->name, text);
    return !kind->finish || kind->finish(&output->sink, &m->files, err);
}

/* An output that stands in the bundle and that this run does not touch stays as the old manifest has it. */
static bool keep_output(const nsr_run *run, made *m, nsr_err *err) {
    char path[NSR_PATH];
    nsr_err none = {0};
    size_t i;
    json_t *old = nsr_manifest_kept(run->dir, path, err) ? nsr_json_load(path, &none) : NULL, *file;
    const json_t *output = nsr_manifest_output(old, m->kind->name);
    snprintf(m->style, sizeof m->style, "%s", nsr_json_text(output, "style"));
    m->said = json_deep_copy(json_object_get(output, "said"));
    json_array_foreach(json_object_get(output, "other_files"), i, file) {
        nsr_part part;
        nsr_part_from_json(&part, file); /* with the hash it had: damage since then stays damage */
        if (nsr_good(err)) nsr_files_put(&m->files, &part, err);
    }
    json_decref(old);
    return nsr_good(err);
}

/* Root alone, in the order of the registry. */
static void finish_all(const nsr_run *run, made *outputs, int n, nsr_err *err) {
    bool mine[NSR_MOST_OUTPUTS] = {0};
    for (int i = 0; i < run->n_outputs; i++)
        for (int k = 0; k < n && nsr_good(err); k++)
            if (outputs[k].kind == run->output[i].sink.kind)
                mine[k] = true, finish_output(&run->output[i], &outputs[k], err);
    for (int k = 0; k < n && nsr_good(err); k++)
        if (!mine[k]) keep_output(run, &outputs[k], err);
}

static void free_made(made *outputs, int n) {
    for (int i = 0; i < n; i++) {
        free(outputs[i].parts);
        nsr_files_free(&outputs[i].files);
        json_decref(outputs[i].said);
    }
}

/* --- writing --- */

static json_t *output_json(const made *output, int64_t n_segments) {
    int64_t files = 0, frames = 0, bytes = 0;
    json_t *segments = json_array();
    for (int64_t u = 0; u < n_segments; u++) {
        files += output->parts[u].files, frames += output->parts[u].frames, bytes += output->parts[u].bytes;
        json_array_append_new(segments, nsr_part_json(&output->parts[u]));
    }
    const nsr_part *container = &output->parts[n_segments];
    if (*container->path) files = 1;
    json_t *apart = json_array();
    for (int64_t i = 0; i < output->files.n; i++) {
        files += output->files.file[i].files, bytes += output->files.file[i].bytes;
        json_array_append_new(apart, nsr_part_json(&output->files.file[i]));
    }
    json_t *json = json_pack("{sssssssIsIsIsoso}", "format", output->kind->name, "digest", output->digest, "style",
                             output->style, "files", (json_int_t)files, "frames", (json_int_t)frames, "bytes",
                             (json_int_t)bytes, "other_files", apart, "segments", segments);
    if (output->said) json_object_set(json, "said", output->said);
    if (*container->path) json_object_set_new(json, "container", nsr_part_json(container));
    return json;
}

static json_t *affine_json(const double *a) {
    return json_pack("[[fff][fff]]", a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* The pixels of stacks; of a stack that this run does not touch as the old manifest has it. */
static json_t *raster_json(const nsr_run *run) {
    const nsr_picture *r = &run->raster;
    char path[NSR_PATH];
    nsr_err none = {0};
    if (r->map.w)
        return json_pack("{sisiso}", "width", r->map.w, "height", r->map.h, "affine", affine_json(r->affine));
    json_t *old = nsr_manifest_kept(run->dir, path, &none) ? nsr_json_load(path, &none) : NULL;
    json_t *raster = json_deep_copy(json_object_get(json_object_get(old, "geometry"), "raster"));
    json_decref(old);
    return raster;
}

static json_t *geometry_json(const nsr_run *run) {
    const nsr_picture *p = &run->picture;
    char orientation[512];
    nsr_layout_orientation(&run->env, p, orientation, sizeof orientation);
    const char *says = strstr(orientation, ": ") ? strstr(orientation, ": ") + 2 : orientation;
    json_t *json = json_pack("{sisis[ii]s[ii]s[ii]sosssssssIsI}", "width", p->w, "height", p->h, "cell", p->sx, p->sy,
                             "offset", p->x, p->y, "map", p->map.w, p->map.h, "affine", affine_json(p->affine),
                             "layout", run->env.layout, "units", run->env.units, "orientation", says, "n_bins",
                             (json_int_t)run->env.n_bins, "n_active", (json_int_t)run->env.n_active);
    json_t *raster = raster_json(run);
    if (raster) json_object_set_new(json, "raster", raster);
    return json;
}

static json_t *timeline_json(const nsr_timeline *t) {
    if (!t->known) return json_null();
    return json_pack("{sfsfsfsI}", "first", t->t0, "last", t->t_last, "median_step", t->median_step, "gaps_cut",
                     (json_int_t)t->n_gaps);
}

static json_t *run_json(const nsr_run *run, const nsr_comm *comm) {
    char host[256] = "", when[40];
    time_t now = time(NULL);
    struct tm utc;
    gethostname(host, sizeof host - 1);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    return json_pack("{sssssisis{sfsfsfsf}sI}", "host", host, "finished", when, "ranks", nsr_ranks(comm), "threads",
                     nsr_team_threads(run->team), "seconds", "open", run->spent.open, "range", run->spent.range,
                     "render", run->spent.render, "join", run->spent.join, "bytes_read",
                     (json_int_t)run->spent.bytes_read);
}

static json_t *manifest_json(const nsr_run *run, const made *outputs, int n, json_t *clipped, const nsr_comm *comm) {
    json_t *list = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(list, output_json(&outputs[i], run->plan.n_segments));
    json_t *json = json_pack(
        "{sisss{sssssosIsI}sss{sIsIsI}s{sIsI}sos{sfsf}s{sIsIsI}sIsosososososo}", "nsrender", 1, "version", NSR_VERSION,
        "input", "format", run->field->format, "dtype", run->field->dtype, "identity",
        nsr_identity_json(&run->identity), "n_frames", (json_int_t)run->field->n_frames, "n_bins",
        (json_int_t)run->field->n_bins, "field", run->field->path, "selection", "first", (json_int_t)run->plan.first,
        "step", (json_int_t)run->plan.step, "n", (json_int_t)run->plan.n, "segments", "frames",
        (json_int_t)run->plan.segment_frames, "n", (json_int_t)run->plan.n_segments, "range", nsr_json_measured(run),
        "limits", "vmin", run->limits.vmin, "vmax", run->limits.vmax, "clipped", "below", (json_int_t)run->clip.below,
        "above", (json_int_t)run->clip.above, "no_data", (json_int_t)run->clip.nodata, "bad_frames",
        (json_int_t)run->bad_frames, "geometry", geometry_json(run), "times", timeline_json(&run->timeline),
        "intervals", nsr_json_intervals(run->source), "outputs", list, "run", run_json(run, comm), "clipped_by_segment",
        clipped);
    json_object_update_new(json_object_get(json, "input"), nsr_json_places(run));
    return json;
}

static void write_manifest(const nsr_run *run, const made *outputs, int n, json_t *clipped, const nsr_comm *comm,
                           nsr_err *err) {
    char path[NSR_PATH];
    json_t *json = manifest_json(run, outputs, n, clipped, comm);
    if (!json)
        nsr_fail(err, NSR_EINTERNAL, "%s: the manifest cannot be written as JSON", run->dir);
    else if (nsr_path(path, err, "%s/manifest.json", run->dir))
        nsr_json_save(path, json, run->id, false, err);
    json_decref(json);
}

bool nsr_finish(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    made outputs[NSR_MOST_OUTPUTS] = {0};
    int n = 0;
    double start = nsr_seconds_now();
    run->spent.bytes_read = nsr_source_bytes_read(run->source);
    nsr_sum_i64(comm, &run->spent.bytes_read, 1);
    json_t *clipped = json_array();
    if (nsr_is_root(comm)) collect(run, outputs, &n, clipped, err);
    nsr_agree(comm, err);
    for (int i = 0; i < run->n_outputs && nsr_good(err); i++)
        join_one(run, &run->output[i], outputs, n, comm, err);
    if (nsr_good(err) && nsr_is_root(comm) && nsr_team_goes_on(run->team, err) &&
        nsr_source_unchanged(run->source, err))
        finish_all(run, outputs, n, err);
    run->spent.join = nsr_seconds_now() - start;
    if (nsr_good(err) && nsr_is_root(comm))
        write_manifest(run, outputs, n, clipped, comm, err);
    else
        json_decref(clipped);
    if (nsr_good(err) && nsr_is_root(comm)) nsr_cleanup(run, err);
    free_made(outputs, n);
    return nsr_agree(comm, err);
}
