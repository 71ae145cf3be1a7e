/* SPDX-License-Identifier: MIT */
/* manifest.json: input, selection, range, limits, counts, geometry, times, outputs and costs of the run. */
#include "manifest_write.h"
#include "identity.h"
#include "intervals_json.h"
#include "manifest_read.h"
#include "places.h"
#include "range_json.h"
#include <string.h>
#include <time.h>
#include <unistd.h>

static json_t *output_json(const nsr_finished_output *output, int64_t n_segments) {
    int64_t files = 0, frames = 0, bytes = 0;
    json_t *segments = json_array();
    for (int64_t u = 0; u < n_segments; u++) {
        files += output->parts[u].files, frames += output->parts[u].frames, bytes += output->parts[u].bytes;
        json_array_append_new(segments, nsr_part_json(&output->parts[u]));
    }
    const nsr_part *container = &output->parts[n_segments];
    if (*container->path) files = 1;
    json_t *others = json_array();
    for (int64_t i = 0; i < output->files.n; i++) {
        files += output->files.file[i].files, bytes += output->files.file[i].bytes;
        json_array_append_new(others, nsr_part_json(&output->files.file[i]));
    }
    json_t *json = json_pack("{sssssssIsIsIsoso}", "format", output->kind->name, "digest", output->digest, "style",
                             output->style, "files", (json_int_t)files, "frames", (json_int_t)frames, "bytes",
                             (json_int_t)bytes, "other_files", others, "segments", segments);
    if (output->description) json_object_set(json, "description", output->description);
    if (*container->path) json_object_set_new(json, "container", nsr_part_json(container));
    return json;
}

static json_t *affine_json(const double *a) { return json_pack("[[fff][fff]]", a[0], a[1], a[2], a[3], a[4], a[5]); }

/* The pixels of stacks; of a stack that this run does not touch as the old manifest has it. */
static json_t *raster_json(const nsr_bundle *bundle) {
    const nsr_picture *r = bundle->job->raster;
    char path[NSR_PATH];
    nsr_err none = {0};
    if (r->map.w) return json_pack("{sisiso}", "width", r->map.w, "height", r->map.h, "affine", affine_json(r->affine));
    json_t *old = nsr_manifest_kept(bundle->dir, path, &none) ? nsr_json_load(path, &none) : NULL;
    json_t *raster = json_deep_copy(json_object_get(json_object_get(old, "geometry"), "raster"));
    json_decref(old);
    return raster;
}

static json_t *geometry_json(const nsr_bundle *bundle) {
    const nsr_picture *p = bundle->job->picture;
    const nsr_environment *env = bundle->job->env;
    char orientation[512];
    nsr_layout_orientation(env, p, orientation, sizeof orientation);
    const char *text = strstr(orientation, ": ") ? strstr(orientation, ": ") + 2 : orientation;
    json_t *json = json_pack("{sisis[ii]s[ii]s[ii]sosssssssIsI}", "width", p->w, "height", p->h, "cell", p->sx, p->sy,
                             "offset", p->x, p->y, "map", p->map.w, p->map.h, "affine", affine_json(p->affine),
                             "layout", env->layout, "units", env->units, "orientation", text, "n_bins",
                             (json_int_t)env->n_bins, "n_active", (json_int_t)env->n_active);
    json_t *raster = raster_json(bundle);
    if (raster) json_object_set_new(json, "raster", raster);
    return json;
}

static json_t *timeline_json(const nsr_timeline *t) {
    if (!t->known) return json_null();
    return json_pack("{sfsfsfsI}", "first", t->t0, "last", t->t_last, "median_step", t->median_step, "gaps_cut",
                     (json_int_t)t->n_gaps);
}

static json_t *run_json(const nsr_bundle *bundle, const nsr_costs *costs, int ranks) {
    char host[256] = "", when[40];
    time_t now = time(NULL);
    struct tm utc;
    gethostname(host, sizeof host - 1);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    return json_pack("{sssssisis{sfsfsfsf}sI}", "host", host, "finished", when, "ranks", ranks, "threads",
                     nsr_team_threads(bundle->input->team), "seconds", "open", costs->open, "range", costs->range,
                     "render", costs->render, "join", costs->join, "bytes_read", (json_int_t)costs->bytes_read);
}

static json_t *input_json(const nsr_bundle *bundle) {
    const nsr_field *field = bundle->input->field;
    json_t *json = json_pack("{sssssosIsI}", "format", field->format, "dtype", field->dtype, "identity",
                             nsr_identity_json(&bundle->measured->identity), "n_frames", (json_int_t)field->n_frames,
                             "n_bins", (json_int_t)field->n_bins);
    json_object_update_new(json, nsr_json_places(bundle));
    json_object_set_new(json, "stamp", json_string(nsr_source_stamp(bundle->input->source)));
    return json;
}

static json_t *outputs_json(const nsr_finished *finished, int64_t n_segments) {
    json_t *list = json_array();
    for (int i = 0; i < finished->n; i++)
        json_array_append_new(list, output_json(&finished->output[i], n_segments));
    return list;
}

static json_t *manifest_json(const nsr_bundle *bundle, const nsr_finished *finished, int ranks) {
    const nsr_input *input = bundle->input;
    const nsr_plan *plan = &input->plan;
    const nsr_color_limits *limits = &bundle->measured->limits;
    return json_pack("{sisssosss{sIsIsI}s{sIsI}sos{sfsf}s{sososI}sIsosososososOsO}", "nsrender", 1, "version",
                     NSR_VERSION, "input", input_json(bundle), "field", input->field->path, "selection", "first",
                     (json_int_t)plan->first, "step", (json_int_t)plan->step, "n", (json_int_t)plan->n, "segments",
                     "frames", (json_int_t)plan->segment_frames, "n", (json_int_t)plan->n_segments, "range",
                     nsr_json_measured(bundle->measured), "limits", "vmin", limits->vmin, "vmax", limits->vmax,
                     "clipped", "below", nsr_json_count(finished->clip.below), "above",
                     nsr_json_count(finished->clip.above), "no_data", (json_int_t)finished->clip.nodata, "bad_frames",
                     (json_int_t)finished->bad_frames, "geometry", geometry_json(bundle), "times",
                     timeline_json(&input->timeline), "intervals", nsr_json_intervals(input->source), "outputs",
                     outputs_json(finished, plan->n_segments), "run", run_json(bundle, &finished->costs, ranks),
                     "clipped_by_segment", finished->clipped, "values_by_segment", finished->values);
}

bool nsr_manifest_write(const nsr_bundle *bundle, const nsr_finished *finished, int ranks, nsr_err *err) {
    char path[NSR_PATH];
    json_t *json = manifest_json(bundle, finished, ranks);
    if (!json)
        nsr_fail(err, NSR_EINTERNAL, "%s: the manifest cannot be written as JSON", bundle->dir);
    else if (nsr_path(path, err, "%s/manifest.json", bundle->dir))
        nsr_json_save(path, json, bundle->run_id, NSR_PUT_LAST, err);
    json_decref(json);
    return nsr_good(err);
}
