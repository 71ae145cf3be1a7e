/* SPDX-License-Identifier: MIT */
/* How a later run takes outputs and options from plan.json. Options of the command line win. The root reads the plan
   before the run has the lock, because the input must be known first; once it has it, it compares. */
#include "ownership.h"
#include "places.h"
#include "plan_options.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* --- what was taken --- */

/* A hash of the options of a plan and of the names of its outputs. */
static bool hash_taken(const json_t *plan, char out[NSR_HASH_CHARS], nsr_err *err) {
    const char *name;
    json_t *digest;
    char *text = json_dumps(json_object_get(plan, "options"), JSON_COMPACT | JSON_SORT_KEYS);
    nsr_hash *hash = nsr_hash_open();
    if (hash && text) nsr_hash_add(hash, text, strlen(text));
    json_object_foreach(json_object_get(plan, "outputs"), name, digest) if (hash)
        nsr_hash_add(hash, name, strlen(name) + 1);
    if (hash) nsr_hash_text(hash, out);
    nsr_hash_close(hash);
    free(text);
    return hash ? true : nsr_fail(err, NSR_EINTERNAL, "out of memory for a hash");
}

bool nsr_bundle_taken_holds(const nsr_bundle *bundle, nsr_err *err) {
    char path[NSR_PATH], now[NSR_HASH_CHARS] = "";
    if (!*bundle->taken || bundle->config->output.replace) return true;
    json_t *plan = nsr_path(path, err, "%s/plan.json", bundle->dir) ? nsr_json_load(path, err) : NULL;
    bool good = plan && hash_taken(plan, now, err);
    json_decref(plan);
    return good && (!strcmp(now, bundle->taken) ||
                    nsr_fail(err, NSR_EMISMATCH,
                             "%s: another run has changed its options since this one started; run again", path));
}

/* --- outputs that the command line does not name --- */

/* Root only; NULL without an error: there is no plan. */
static json_t *load_own_plan(nsr_bundle *bundle, nsr_err *err) {
    char path[NSR_PATH];
    if (!nsr_is_bundle(bundle->dir, err) || !nsr_bundle_has(bundle->dir, "plan.json", err)) return NULL;
    json_t *plan = nsr_path(path, err, "%s/plan.json", bundle->dir) ? nsr_json_load(path, err) : NULL;
    if (plan) hash_taken(plan, bundle->taken, err);
    return plan;
}

static bool plan_has(const json_t *plan, const char *output) {
    return json_object_get(json_object_get(plan, "outputs"), output) != NULL;
}

/* Classes of options that change a remembered output and none that the command line names: these options have their
   remembered values. */
static unsigned classes_to_restore(const json_t *plan, const nsr_list *named) {
    unsigned remembered_classes = 0, named_classes = 0;
    for (int i = 0; nsr_sinks[i]; i++)
        if (plan_has(plan, nsr_sinks[i]->name)) remembered_classes |= nsr_sinks[i]->changed_by;
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

static void restore_formats(nsr_config *config, const json_t *plan, nsr_err *err) {
    nsr_list *format = &config->output.format;
    if (format->n) restore_options(config, json_object_get(plan, "options"), classes_to_restore(plan, format), err);
    for (int i = 0; nsr_sinks[i]; i++)
        if (plan_has(plan, nsr_sinks[i]->name) && !is_named(format, nsr_sinks[i]->name))
            format->item[format->n++] = nsr_sinks[i]->name;
}

bool nsr_bundle_formats(nsr_bundle *bundle, const nsr_comm *comm, nsr_err *err) {
    nsr_config *config = bundle->config;
    json_t *plan = NULL;
    if (nsr_is_root(comm) && !config->output.replace &&
        (!config->output.format.n || !nsr_bundle_has(bundle->dir, "manifest.json", err)) && nsr_good(err))
        plan = load_own_plan(bundle, err);
    if (nsr_from_root(comm, NULL, 0, err) && nsr_json_bcast(&plan, comm, err)) restore_formats(config, plan, err);
    json_decref(plan);
    return nsr_agree(comm, err);
}

/* --- everything, for resume --- */

static json_t *load_plan(const char *dir, nsr_err *err) {
    char path[NSR_PATH];
    if (!nsr_bundle_exists(dir, err)) return NULL;
    json_t *plan = nsr_path(path, err, "%s/plan.json", dir) ? nsr_json_load(path, err) : NULL;
    if (err->code != NSR_ENOINPUT) return plan;
    *err = (nsr_err){0};
    nsr_fail(err, NSR_ENOINPUT,
             "%s: has no plan.json: not a bundle, or its run was stopped before it had one; run render again", dir);
    return plan;
}

/* Root only: options and places as one document. */
static json_t *load_memory(nsr_bundle *bundle, const char *dir, nsr_err *err) {
    json_t *plan = load_plan(dir, err);
    if (!plan || !hash_taken(plan, bundle->taken, err)) return json_decref(plan), NULL;
    json_t *memory =
        json_pack("{sO?so?}", "options", json_object_get(plan, "options"), "places", nsr_bundle_places(dir));
    json_decref(plan);
    if (!memory) nsr_fail(err, NSR_EDATA, "%s/plan.json: is no plan; run render with --replace", dir);
    return memory;
}

static void restore_places(nsr_bundle *bundle, const char *dir, const json_t *places, nsr_err *err) {
    nsr_config *config = bundle->config;
    const char *environment = json_string_value(json_object_get(places, "environment"));
    snprintf(bundle->input_path, NSR_PATH, "%s", nsr_json_text(places, "path"));
    if (environment && !config->input_as.environment) nsr_config_set(config, "environment", environment, err);
    if (nsr_good(err) && !*bundle->input_path)
        nsr_fail(err, NSR_EDATA, "%s: does not name the input that it was rendered from; run render again", dir);
}

bool nsr_bundle_remember(nsr_bundle *bundle, const char *dir, const nsr_comm *comm, nsr_err *err) {
    json_t *memory = nsr_is_root(comm) ? load_memory(bundle, dir, err) : NULL;
    if (nsr_agree(comm, err) && nsr_json_bcast(&memory, comm, err) &&
        restore_options(bundle->config, json_object_get(memory, "options"), ~0u, err))
        restore_places(bundle, dir, json_object_get(memory, "places"), err);
    json_decref(memory);
    return nsr_agree(comm, err);
}
