/* SPDX-License-Identifier: MIT */
/* layout: a picture of the bins with their numbers, for checking the orientation. */
#include "base/json.h"
#include "command.h"
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *layout_json(const nsr_run *run, const char *orientation) {
    const nsr_picture *p = &run->picture;
    const double *a = p->affine;
    return json_pack("{sssssisi s[[fff][fff]]sssIsI}", "file", run->config.output.dir, "layout", run->env.layout,
                     "width", p->w, "height", p->h, "affine", a[0], a[1], a[2], a[3], a[4], a[5], "orientation",
                     orientation, "n_bins", (json_int_t)run->env.n_bins, "n_active", (json_int_t)run->env.n_active);
}

static bool draw_layout(nsr_run *run, nsr_err *err) {
    const nsr_config *config = &run->config;
    return nsr_layout_map(&run->picture, &run->env, config, err) &&
           nsr_palette_make(&run->palette, config->show.cmap, config->show.nodata_color, config->show.background,
                            err) &&
           nsr_bin_map_draw(&run->picture, &run->palette, config->output.dir, run->bundle.run_id, err);
}

static bool report_layout(const nsr_run *run, nsr_err *err) {
    char text[5000];
    nsr_layout_orientation(&run->env, &run->picture, text, sizeof text);
    nsr_note("%s", text);
    nsr_note("%s: %lld bins, %dx%d pixels", run->config.output.dir, (long long)run->env.n_active, run->picture.w,
             run->picture.h);
    if (!run->config.run.json) return true;
    json_t *json = layout_json(run, text + sizeof "orientation: " - 1);
    bool good = nsr_json_print(json, err);
    json_decref(json);
    return good;
}

/* Reduces a 3-D grid to the layer that --slice names. Only the geometry is needed, so the fold of values is dropped. */
static bool flatten(nsr_run *run, nsr_err *err) {
    nsr_fold fold = {0};
    bool good = nsr_environment_flatten(&run->env, &run->config, &fold, err);
    free(fold.from);
    return good;
}

bool nsr_command_layout(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    if (!nsr_source_open(&run->input.source, comm, &run->config, err)) return false;
    run->input.field = nsr_source_field(run->input.source);
    if (!nsr_environment_find(&run->env, comm, &run->config, run->input.field, err)) return false;
    snprintf(run->bundle.run_id, sizeof run->bundle.run_id, "layout");
    if (nsr_is_root(comm) && flatten(run, err) && draw_layout(run, err)) report_layout(run, err);
    return nsr_agree(comm, err);
}
