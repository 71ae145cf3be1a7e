/* SPDX-License-Identifier: MIT */
/* Existing outputs of a bundle that this run does not render. A bundle has one selection, one geometry and one range:
   `resume` renders all outputs from its options, and `verify --against` computes the values of its stack from them. So
   a run may change what an existing output depends on only if it renders that output too. */
#include "existing_outputs.h"
#include "places.h"
#include "plan_options.h"
#include <stdio.h>
#include <string.h>

/* The names of existing outputs that options of these classes change: "overview, zarr". False: none. */
static bool list_existing(const nsr_bundle *bundle, const json_t *plan, unsigned classes, char names[80]) {
    size_t at = 0;
    for (int k = 0; nsr_sinks[k]; k++) {
        const char *name = nsr_sinks[k]->name;
        bool stays = nsr_sinks[k]->changed_by & classes && json_object_get(json_object_get(plan, "outputs"), name);
        for (int i = 0; i < bundle->n_outputs; i++)
            stays = stays && bundle->output[i].sink.kind != nsr_sinks[k];
        if (stays && at < 80) at += (size_t)snprintf(names + at, 80 - at, "%s%s", at ? ", " : "", name);
    }
    return at > 0;
}

/* --- the range, which the stored integers of a stack cover --- */

static bool check_range(const nsr_bundle *bundle, const json_t *plan, nsr_err *err) {
    const char *before = nsr_json_text(json_object_get(plan, "range"), "of");
    char now[200], names[80];
    nsr_subset_text(&bundle->measured->subset, now, sizeof now);
    if (!strcmp(before, now) || !list_existing(bundle, plan, NSR_CHANGES_ZARR, names)) return true;
    return nsr_fail(err, NSR_EUSAGE,
                    "%s: the range of its %s is that of %s, not of %s; give --sample or --range-stride only as it was "
                    "given then (--percentile is exact), or choose another -o",
                    bundle->dir, names, before, now);
}

/* --- the geometry --- */

typedef struct option_search {
    const json_t *before, *now;
    const char *option; /* the first that differs */
} option_search;

static void compare_option(const nsr_opt *row, void *user) {
    option_search *t = user;
    if (!t->option && strcmp(nsr_json_text(t->before, row->name), nsr_json_text(t->now, row->name)))
        t->option = row->name;
}

static const char *changed_option(const nsr_bundle *bundle, const json_t *plan) {
    json_t *now = nsr_bundle_options(bundle->config, bundle, plan), *before = nsr_bundle_places(bundle->dir);
    option_search t = {json_object_get(plan, "options"), now, NULL};
    nsr_options_each(bundle->config->options, NSR_CHANGES_GEOMETRY, compare_option, &t);
    const bool asked =
        bundle->config->command != NSR_CMD_RANGE || bundle->config->input_as.environment; /* range needs no geometry */
    if (asked && !json_is_string(json_object_get(before, "environment")) != !bundle->config->input_as.environment)
        t.option = "environment"; /* the contents of the file may have been corrected since */
    json_decref(before);
    json_decref(now);
    return t.option;
}

static bool check_geometry(const nsr_bundle *bundle, const json_t *plan, nsr_err *err) {
    char names[80];
    if (!list_existing(bundle, plan, NSR_CHANGES_PICTURE | NSR_CHANGES_RASTER, names)) return true;
    const char *option = changed_option(bundle, plan);
    if (!option) return true;
    return nsr_fail(
        err, NSR_EMISMATCH,
        "%s: its %s had another --%s; give it as it was given or left out then, name them in --format too to "
        "render them again, or choose another -o",
        bundle->dir, names, option);
}

bool nsr_existing_outputs_match(const nsr_bundle *bundle, const json_t *plan, nsr_err *err) {
    return check_range(bundle, plan, err) && check_geometry(bundle, plan, err);
}
