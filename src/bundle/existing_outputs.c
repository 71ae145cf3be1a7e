/* SPDX-License-Identifier: MIT */
/* Outputs that stand in a bundle and that this run does not make. A bundle has one geometry and one range, as it has
   one pick: from its options `resume` makes all outputs, and `verify --against` works out what a stack must hold. What
   an output depends on can therefore only change in a run that makes it too. */
#include "existing_outputs.h"
#include "places.h"
#include "plan_options.h"
#include <stdio.h>
#include <string.h>

/* The names of those that options of these classes change: "overview, zarr". False: there are none. */
static bool standing(const nsr_bundle *bundle, const json_t *plan, unsigned classes, char names[80]) {
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

/* --- the range: codes of a stack cover it --- */

static bool check_range(const nsr_bundle *bundle, const json_t *plan, nsr_err *err) {
    const char *before = nsr_json_text(json_object_get(plan, "range"), "of");
    char now[200], names[80];
    nsr_subset_text(&bundle->measured->subset, now, sizeof now);
    if (!strcmp(before, now) || !standing(bundle, plan, NSR_CHANGES_ZARR, names)) return true;
    return nsr_fail(err, NSR_EUSAGE,
                    "%s: the range of its %s is that of %s, not of %s; give --sample or --range-stride only as it was "
                    "given then (--percentile is exact), or choose another -o",
                    bundle->dir, names, before, now);
}

/* --- the geometry --- */

typedef struct turning {
    const json_t *before, *now;
    const char *option; /* the first that differs */
} turning;

static void compare_option(const nsr_opt *row, void *user) {
    turning *t = user;
    if (!t->option && strcmp(nsr_json_text(t->before, row->name), nsr_json_text(t->now, row->name)))
        t->option = row->name;
}

static const char *turned_by(const nsr_bundle *bundle, const json_t *plan) {
    json_t *now = nsr_bundle_options(bundle->config, bundle, plan), *before = nsr_bundle_places(bundle->dir);
    turning t = {json_object_get(plan, "options"), now, NULL};
    nsr_options_each(bundle->config->options, NSR_CHANGES_GEOMETRY, compare_option, &t);
    const bool asked =
        bundle->config->command != NSR_CMD_RANGE || bundle->config->input_as.environment; /* it needs none */
    if (asked && !json_is_string(json_object_get(before, "environment")) != !bundle->config->input_as.environment)
        t.option = "environment"; /* what is in it may have been corrected since */
    json_decref(before);
    json_decref(now);
    return t.option;
}

static bool check_geometry(const nsr_bundle *bundle, const json_t *plan, nsr_err *err) {
    char names[80];
    if (!standing(bundle, plan, NSR_CHANGES_PICTURE | NSR_CHANGES_RASTER, names)) return true;
    const char *option = turned_by(bundle, plan);
    if (!option) return true;
    return nsr_fail(err, NSR_EMISMATCH,
                    "%s: %s stand there with another --%s; give it as it was given or left out then, name them in "
                    "--format too to make them again, or choose another -o",
                    bundle->dir, names, option);
}

bool nsr_existing_outputs_match(const nsr_bundle *bundle, const json_t *plan, nsr_err *err) {
    return check_range(bundle, plan, err) && check_geometry(bundle, plan, err);
}
