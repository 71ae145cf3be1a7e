/* SPDX-License-Identifier: MIT */
/* The options that plan.json keeps. */
#include "plan_options.h"
#include <string.h>

typedef struct given_options {
    const nsr_config *config;
    json_t *options;
} given_options;

static void add_given(const nsr_opt *row, void *user) {
    const given_options *given = user;
    char text[2048];
    if (!nsr_option_given(given->config, row)) return;
    nsr_option_text(given->config, row, text, sizeof text);
    json_object_set_new(given->options, row->name, json_string(text));
}

static json_t *options_given(const nsr_config *config) {
    given_options given = {config, json_object()};
    nsr_options_each(config->options, ~0u, add_given, &given);
    return given.options;
}

/* Classes of options that change an output of this run. Outputs contain the limits by value, so the options of limits
   belong to every output that shows colours. */
static unsigned classes_of_outputs(const nsr_bundle *bundle) {
    unsigned classes = NSR_CHANGES_PLAN;
    for (int i = 0; i < bundle->n_outputs; i++)
        classes |= bundle->output[i].sink.kind->changed_by | bundle->output[i].sink.kind->styled_by;
    return classes & NSR_CHANGES_PICTURE ? classes | NSR_CHANGES_LIMITS : classes;
}

/* Whether the plan has no outputs yet. The plan of several fields has no table of outputs. */
static bool has_no_outputs(const json_t *plan) {
    const json_t *outputs = json_object_get(plan, "outputs");
    return json_is_object(outputs) && json_object_size(outputs) == 0;
}

typedef struct option_merge {
    const json_t *old, *given;
    json_t *merged;
    unsigned classes; /* of the outputs of this run */
} option_merge;

/* An option that changes no output of this run keeps its old value. */
static void merge_option(const nsr_opt *row, void *user) {
    const option_merge *m = user;
    bool keeps_old = m->old && !(row->changes & m->classes);
    json_t *text = json_object_get(keeps_old ? m->old : m->given, row->name);
    if (text) json_object_set(m->merged, row->name, text);
}

json_t *nsr_bundle_options(const nsr_config *config, const nsr_bundle *bundle, const json_t *old) {
    json_t *given = options_given(config);
    option_merge m = {.old = has_no_outputs(old) ? NULL : json_object_get(old, "options"),
                      .given = given,
                      .merged = json_object(),
                      .classes = classes_of_outputs(bundle)};
    nsr_options_each(config->options, ~0u, merge_option, &m);
    json_decref(given);
    return m.merged;
}
