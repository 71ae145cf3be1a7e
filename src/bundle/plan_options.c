/* SPDX-License-Identifier: MIT */
/* The options in plan.json, and how a later run takes them from there. */
#include "plan_options.h"
#include "directory.h"
#include "places.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void put_option(const nsr_opt *row, void *user) {
    void **both = user;
    char text[2048];
    if (!nsr_option_given(both[0], row)) return;
    nsr_option_text(both[0], row, text, sizeof text);
    json_object_set_new(both[1], row->name, json_string(text));
}

static json_t *given_options(const nsr_config *config) {
    json_t *options = json_object();
    void *both[] = {(void *)config, options};
    nsr_options_each(config->options, ~0u, put_option, both);
    return options;
}

typedef struct choosing {
    const json_t *old;
    json_t *given, *options;
    unsigned classes; /* of what this run makes */
} choosing;

static void choose_option(const nsr_opt *row, void *user) {
    const choosing *c = user;
    json_t *text = json_object_get(c->old && !(row->changes & c->classes) ? c->old : c->given, row->name);
    if (text) json_object_set(c->options, row->name, text);
}

/* Outputs know the limits by value, so these options are of all that shows colours. */
static unsigned classes_of(const nsr_bundle *bundle) {
    unsigned classes = NSR_CHANGES_PLAN;
    for (int i = 0; i < bundle->n_outputs; i++)
        classes |= bundle->output[i].sink.kind->changed_by | bundle->output[i].sink.kind->styled_by;
    return classes & NSR_CHANGES_PICTURE ? classes | NSR_CHANGES_LIMITS : classes;
}

static bool is_bare(const json_t *plan) {
    const json_t *outputs = json_object_get(plan, "outputs"); /* a plan of several fields names none */
    return json_is_object(outputs) && json_object_size(outputs) == 0;
}

json_t *nsr_bundle_options(const nsr_config *config, const nsr_bundle *bundle, const json_t *old) {
    choosing c = {is_bare(old) ? NULL : json_object_get(old, "options"), given_options(config), json_object(),
                  classes_of(bundle)};
    nsr_options_each(config->options, ~0u, choose_option, &c);
    json_decref(c.given);
    return c.options;
}

typedef struct taking {
    nsr_config *config;
    const json_t *options;
    nsr_err *err;
} taking;

/* What the command line says wins over what the bundle remembers. */
static void take_option(const nsr_opt *row, void *user) {
    taking *t = user;
    const char *text = json_string_value(json_object_get(t->options, row->name));
    if (text && !nsr_option_given(t->config, row)) nsr_config_set(t->config, row->name, text, t->err);
}

static bool take_options(nsr_config *config, const json_t *options, unsigned classes, nsr_err *err) {
    taking t = {config, options, err};
    nsr_options_each(config->options, classes, take_option, &t);
    return nsr_good(err);
}

/* Outputs that nobody named are made as they were begun: options that are theirs alone are not those of this run. */
static bool take_theirs(nsr_config *config, const unsigned char *adopted, const char *text, nsr_err *err) {
    unsigned theirs = 0, mine = 0;
    const nsr_list *named = &config->output.format;
    for (int i = 0; nsr_sinks[i] && i < NSR_MOST_OUTPUTS; i++)
        if (adopted[i]) theirs |= nsr_sinks[i]->changed_by;
    for (int i = 0; i < named->n; i++)
        mine |= nsr_sink_find(named->item[i])->changed_by;
    json_t *options = json_loads(text, 0, NULL);
    bool good =
        take_options(config, options, theirs & ~mine & (NSR_CHANGES_ZARR | NSR_CHANGES_VIDEO | NSR_CHANGES_PNG), err);
    json_decref(options);
    return good;
}

bool nsr_bundle_formats(nsr_config *config, const char *dir, const nsr_comm *comm, nsr_err *err) {
    unsigned char names[NSR_MOST_OUTPUTS] = {0};
    char path[NSR_PATH], *options = NULL;
    bool adopt = !config->output.replace && (!config->output.format.n || !nsr_bundle_has(dir, "manifest.json"));
    if (nsr_is_root(comm) && adopt && nsr_bundle_has(dir, "plan.json") && nsr_path(path, err, "%s/plan.json", dir)) {
        json_t *plan = nsr_json_load(path, err);
        for (int i = 0; nsr_sinks[i] && i < NSR_MOST_OUTPUTS; i++)
            names[i] = json_object_get(json_object_get(plan, "outputs"), nsr_sinks[i]->name) != NULL;
        options = json_dumps(json_object_get(plan, "options"), JSON_COMPACT);
        json_decref(plan);
    }
    bool good = nsr_agree(comm, err) && nsr_bcast_text(comm, &options, err);
    nsr_bcast(comm, names, sizeof names);
    if (good && options && config->output.format.n) take_theirs(config, names, options, err);
    free(options);
    if (!nsr_agree(comm, err)) return false;
    nsr_list *format = &config->output.format;
    for (int i = 0; nsr_sinks[i] && i < NSR_MOST_OUTPUTS; i++)
        if (names[i] && format->n < (int)NSR_COUNTOF(format->item)) format->item[format->n++] = nsr_sinks[i]->name;
    return true;
}

bool nsr_bundle_remember(nsr_config *config, const char *dir, char input[NSR_PATH], nsr_err *err) {
    char path[NSR_PATH];
    struct stat st;
    if (stat(dir, &st)) return nsr_fail(err, NSR_ENOINPUT, "%s: no such bundle", dir);
    if (!nsr_path(path, err, "%s/plan.json", dir)) return false;
    json_t *plan = nsr_json_load(path, err);
    if (err->code == NSR_ENOINPUT) {
        *err = (nsr_err){0};
        return nsr_fail(err, NSR_ENOINPUT,
                        "%s: has no plan.json: not a bundle, or its run was stopped before it had one; run "
                        "render again",
                        dir);
    }
    if (!plan || !take_options(config, json_object_get(plan, "options"), ~0u, err)) return json_decref(plan), false;
    json_decref(plan);
    json_t *places = nsr_bundle_places(dir);
    snprintf(input, NSR_PATH, "%s", nsr_json_text(places, "path"));
    const char *environment = json_string_value(json_object_get(places, "environment"));
    if (environment && !config->input_as.environment) nsr_config_set(config, "environment", environment, err);
    json_decref(places);
    if (nsr_good(err) && !*input)
        nsr_fail(err, NSR_EDATA, "%s: does not say which input it is made from; run render again", dir);
    return nsr_good(err);
}
