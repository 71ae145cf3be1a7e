/* SPDX-License-Identifier: MIT */
/* How a later run takes outputs and options from plan.json. Options of the command line win. */
#include "directory.h"
#include "ownership.h"
#include "places.h"
#include "plan_options.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct option_restore {
    nsr_config *config;
    const json_t *options;
    nsr_err *err;
} option_restore;

static void restore_option(const nsr_opt *row, void *user) {
    const option_restore *r = user;
    const char *text = json_string_value(json_object_get(r->options, row->name));
    if (text && !nsr_option_given(r->config, row)) nsr_config_set(r->config, row->name, text, r->err);
}

static bool restore_options(nsr_config *config, const json_t *options, unsigned classes, nsr_err *err) {
    option_restore r = {config, options, err};
    nsr_options_each(config->options, classes, restore_option, &r);
    return nsr_good(err);
}

/* --- outputs that the command line does not name --- */

typedef struct remembered {
    unsigned char format[NSR_MOST_OUTPUTS]; /* per sink: the plan has it */
    char *options;                          /* as JSON text; NULL: none */
} remembered;

static bool load_remembered(remembered *r, const char *dir, nsr_err *err) {
    char path[NSR_PATH];
    if (!nsr_is_bundle(dir, err) || !nsr_bundle_has(dir, "plan.json", err) || !nsr_path(path, err, "%s/plan.json", dir))
        return nsr_good(err);
    json_t *plan = nsr_json_load(path, err);
    for (int i = 0; nsr_sinks[i]; i++)
        r->format[i] = json_object_get(json_object_get(plan, "outputs"), nsr_sinks[i]->name) != NULL;
    r->options = json_dumps(json_object_get(plan, "options"), JSON_COMPACT);
    json_decref(plan);
    return nsr_good(err);
}

/* Classes of options that change a remembered output and none that the command line names: these options have their
   remembered values. */
static unsigned classes_to_restore(const remembered *r, const nsr_list *named) {
    unsigned remembered_classes = 0, named_classes = 0;
    for (int i = 0; nsr_sinks[i]; i++)
        if (r->format[i]) remembered_classes |= nsr_sinks[i]->changed_by;
    for (int i = 0; i < named->n; i++)
        named_classes |= nsr_sink_find(named->item[i])->changed_by;
    return remembered_classes & ~named_classes & (NSR_CHANGES_ZARR | NSR_CHANGES_VIDEO | NSR_CHANGES_PNG);
}

static bool is_named(const nsr_list *format, const char *name) {
    for (int i = 0; i < format->n; i++)
        if (!strcmp(format->item[i], name)) return true;
    return false;
}

_Static_assert(NSR_COUNTOF(((nsr_list *)0)->item) >= NSR_MOST_OUTPUTS, "a list has room for every output");

static void restore_formats(nsr_config *config, const remembered *r, nsr_err *err) {
    nsr_list *format = &config->output.format;
    if (r->options && format->n) {
        json_t *options = json_loads(r->options, 0, NULL);
        restore_options(config, options, classes_to_restore(r, format), err);
        json_decref(options);
    }
    for (int i = 0; nsr_sinks[i]; i++)
        if (r->format[i] && !is_named(format, nsr_sinks[i]->name)) format->item[format->n++] = nsr_sinks[i]->name;
}

bool nsr_bundle_formats(nsr_config *config, const char *dir, const nsr_comm *comm, nsr_err *err) {
    remembered r = {0};
    if (nsr_is_root(comm) && !config->output.replace &&
        (!config->output.format.n || !nsr_bundle_has(dir, "manifest.json", err)) && nsr_good(err))
        load_remembered(&r, dir, err);
    bool good = nsr_agree(comm, err) && nsr_bcast_text(comm, &r.options, err);
    nsr_bcast(comm, r.format, sizeof r.format);
    if (good) restore_formats(config, &r, err);
    free(r.options);
    return nsr_agree(comm, err);
}

/* --- everything, for resume --- */

static json_t *load_plan(const char *dir, nsr_err *err) {
    char path[NSR_PATH];
    struct stat st;
    if (stat(dir, &st)) return nsr_fail(err, NSR_ENOINPUT, "%s: no such bundle", dir), NULL;
    json_t *plan = nsr_path(path, err, "%s/plan.json", dir) ? nsr_json_load(path, err) : NULL;
    if (err->code != NSR_ENOINPUT) return plan;
    *err = (nsr_err){0};
    nsr_fail(err, NSR_ENOINPUT,
             "%s: has no plan.json: not a bundle, or its run was stopped before it had one; run render again", dir);
    return plan;
}

static void restore_places(nsr_config *config, const char *dir, char input[NSR_PATH], nsr_err *err) {
    json_t *places = nsr_bundle_places(dir);
    const char *environment = json_string_value(json_object_get(places, "environment"));
    snprintf(input, NSR_PATH, "%s", nsr_json_text(places, "path"));
    if (environment && !config->input_as.environment) nsr_config_set(config, "environment", environment, err);
    json_decref(places);
    if (nsr_good(err) && !*input)
        nsr_fail(err, NSR_EDATA, "%s: does not name the input that it was rendered from; run render again", dir);
}

bool nsr_bundle_remember(nsr_config *config, const char *dir, char input[NSR_PATH], nsr_err *err) {
    json_t *plan = load_plan(dir, err);
    if (plan && restore_options(config, json_object_get(plan, "options"), ~0u, err))
        restore_places(config, dir, input, err);
    json_decref(plan);
    return nsr_good(err);
}
