/* SPDX-License-Identifier: MIT */
/* The launcher is the same script for all bundles. It reads what differs from napari.json, and the rest from the
   metadata of the stack. Positions are written as a stream, one row per frame. */
#include "launcher.h"
#include "npy_header.h"
#include "zarr_meta.h"
#include <float.h>
#include <jansson.h>
#include <math.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- napari.json --- */

static json_t *color_json(const nsr_palette *palette, int level) {
    const nsr_rgb c = palette->level[level];
    return json_sprintf("#%02x%02x%02x", c.r, c.g, c.b);
}

static json_t *colors_json(const nsr_palette *palette) {
    json_t *list = json_array();
    for (int i = 0; i < 256; i++) json_array_append_new(list, color_json(palette, i));
    return list;
}

/* For norms whose colours are not even steps: the values at which colours begin, and the colours between them. */
static json_t *norm_json(const nsr_job *job) {
    const nsr_borders *b = job->borders;
    if (!b->n) return json_null();
    json_t *borders = json_array(), *colors = json_array();
    for (int i = 0; i < b->n; i++)
        json_array_append_new(borders, json_real(fmax(-DBL_MAX, fmin(DBL_MAX, b->border[i]))));
    for (int i = 0; i <= b->n; i++) json_array_append_new(colors, color_json(job->palette, b->level[i]));
    return json_pack("{sb so so}", "positive", b->positive, "borders", borders, "colors", colors);
}

/* The data axis along which the rows (or columns) of the stack run: row i lies at origin + i * scale. `part` is that
   half of the affine; the middle of pixel 0 is at 0.5. */
static json_t *axis_json(const double part[3]) {
    const bool x = fabs(part[0]) > fabs(part[1]);
    const double scale = 1 / (x ? part[0] : part[1]);
    return json_pack("{ss sf sf}", "axis", x ? "x" : "y", "scale", scale, "origin", (0.5 - part[2]) * scale);
}

static json_t *region_json(const nsr_region *region) {
    json_t *xy = json_array();
    for (int64_t i = 0; i < region->n; i++)
        json_array_append_new(xy, json_pack("[ff]", region->xy[2 * i], region->xy[2 * i + 1]));
    return json_pack("{ss ss so}", "name", region->name, "kind", region->point ? "point" : "polygon", "xy", xy);
}

/* Whether the picture shows the plane of x and y. */
static bool is_plane(const nsr_job *job) {
    return !job->raster->unrolled && job->env->shape != NSR_SHAPE_LINE && job->env->shape != NSR_SHAPE_POLAR;
}

static json_t *regions_json(const nsr_job *job) {
    json_t *list = json_array();
    for (int i = 0; is_plane(job) && i < job->env->n_regions; i++)
        json_array_append_new(list, region_json(&job->env->region[i]));
    return list;
}

/* The time of the recording's first frame, from which --time counts. */
static bool find_zero(double *zero, const nsr_job *job, nsr_err *err) {
    *zero = job->timeline->t0;
    if (!job->timeline->known || job->plan->first == 0) return true;
    nsr_reader *reader = nsr_reader_open(job->source, err);
    const bool read = reader && nsr_read_times(reader, 0, 1, 1, zero, err);
    if (reader) nsr_reader_close(reader);
    if (!isfinite(*zero)) *zero = job->timeline->t0;
    return read;
}

static json_t *facts_json(const nsr_job *job, double zero) {
    const nsr_quantisation q = nsr_zarr_quantisation(job);
    const nsr_plan *plan = job->plan;
    return json_pack("{ss s{sf sf} s[ff] so so so so s{sI sI sI} s{sb sf} so}", "field", job->field->path, "value",
                     "scale", nsr_quantisation_scale(&q), "offset", nsr_quantisation_offset(&q), "window",
                     nsr_quantised_exact(&q, job->limits->vmin), nsr_quantised_exact(&q, job->limits->vmax), "rows",
                     axis_json(job->raster->affine + 3), "columns", axis_json(job->raster->affine), "colors",
                     colors_json(job->palette), "norm", norm_json(job), "frames", "first", (json_int_t)plan->first,
                     "step", (json_int_t)plan->step, "n", (json_int_t)plan->n, "time", "known", job->timeline->known,
                     "zero", zero, "regions", regions_json(job));
}

static bool put_file(const nsr_job *job, const char *name, const void *data, size_t bytes, nsr_files *files,
                     nsr_err *err) {
    char path[NSR_PATH];
    return nsr_path(path, err, "%s/%s", job->dir, name) && nsr_file_put(path, data, bytes, job->run, NSR_PUT, err) &&
           nsr_files_add(files, job, name, err);
}

static bool put_facts(const nsr_job *job, nsr_files *files, nsr_err *err) {
    double zero;
    if (!find_zero(&zero, job, err)) return false;
    json_t *json = facts_json(job, zero);
    char *text = json ? json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(17)) : NULL;
    const bool good = text ? put_file(job, "napari.json", text, strlen(text), files, err)
                           : nsr_fail(err, NSR_EINTERNAL, "%s/napari.json cannot be written as JSON", job->dir);
    free(text);
    json_decref(json);
    return good;
}

/* --- position.npy --- */

enum { BLOCK = 1 << 16 };

static bool write_positions(nsr_file *file, const nsr_job *job, nsr_position *position, float *xy, nsr_err *err) {
    const nsr_plan *plan = job->plan;
    char head[NSR_NPY_HEAD];
    nsr_npy_head(head, "f4", plan->n, 2);
    if (!nsr_file_write(file, head, sizeof head, err)) return false;
    for (int64_t at = 0, n; at < plan->n; at += n) {
        n = plan->n - at < BLOCK ? plan->n - at : BLOCK;
        if (!nsr_position_read(position, nsr_plan_frame(plan, at), plan->step, n, xy, err) ||
            !nsr_file_write(file, xy, (size_t)n * 2 * sizeof *xy, err))
            return false;
    }
    return true;
}

static bool put_positions(const nsr_job *job, nsr_position *position, nsr_files *files, nsr_err *err) {
    nsr_file file;
    char path[NSR_PATH];
    float *xy = malloc(BLOCK * 2 * sizeof *xy);
    if (!xy) return nsr_fail(err, NSR_EINTERNAL, "out of memory for positions");
    bool good = nsr_path(path, err, "%s/position.npy", job->dir) && nsr_file_create(&file, path, job->run, err);
    if (good) {
        good = write_positions(&file, job, position, xy, err) && nsr_file_commit(&file, NULL, err) &&
               nsr_files_add(files, job, "position.npy", err);
        nsr_file_drop(&file);
    }
    free(xy);
    return good;
}

/* The bins of an array without coordinates lie at whole numbers, so positions must be in cells too. */
static bool position_fits(const nsr_job *job, const nsr_position *position) {
    const char *unit = nsr_position_unit(position);
    const bool bare = job->env->shape == NSR_SHAPE_GRID && !job->env->x_edges;
    if (!bare || strcmp(unit, "cells") == 0) return true;
    nsr_warn("%s: positions in %s have no place among bins without coordinates; give --environment, or units 'cells' "
             "to the positions; the bundle is shown without the animal",
             job->field->file, *unit ? unit : "an unknown unit");
    return false;
}

/* Removes positions of an earlier run, which may belong to another geometry. */
static void forget_positions(const nsr_job *job) {
    char path[NSR_PATH];
    nsr_err ignored = {0};
    if (nsr_path(path, &ignored, "%s/position.npy", job->dir)) unlink(path);
}

/* Unreadable positions are a warning: the stack is worth keeping without them. */
static bool add_positions(const nsr_job *job, nsr_files *files, nsr_err *err) {
    nsr_err why = {0};
    forget_positions(job);
    nsr_position *position = is_plane(job) ? nsr_position_open(job->source, &why) : NULL;
    const bool good = !position || !position_fits(job, position) || put_positions(job, position, files, &why);
    nsr_position_close(position);
    if (nsr_good(&why)) return good;
    if (why.code != NSR_EDATA) return *err = why, false;
    nsr_warn("%s; the bundle is shown without the animal", why.msg);
    return true;
}

bool nsr_launcher_write(const nsr_job *job, nsr_files *files, nsr_err *err) {
    return add_positions(job, files, err) && put_facts(job, files, err) &&
           put_file(job, "open_in_napari.py", nsr_open_in_napari, nsr_open_in_napari_size, files, err);
}
