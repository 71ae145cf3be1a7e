/* SPDX-License-Identifier: MIT */
/* The directory of a bundle and its plan. Only the root touches them; every step ends with an agreement. */
#include "bundle.h"
#include "digest.h"
#include <dirent.h>
#include <errno.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool exists(const char *dir, const char *name) {
    char path[NSR_PATH];
    nsr_err ignored = {0};
    return nsr_path(path, &ignored, "%s/%s", dir, name) && access(path, F_OK) == 0;
}

/* Nothing of the user's may be overwritten: a directory is ours when it has a plan, or holds nothing but what a run
   makes before its plan. */
static bool is_ours(const char *dir) {
    bool ours = true;
    DIR *list = opendir(dir);
    for (struct dirent *entry; list && ours && (entry = readdir(list));)
        ours = entry->d_name[0] == '.' || !strcmp(entry->d_name, "locks") || !strcmp(entry->d_name, "segments") ||
               !strcmp(entry->d_name, "parts");
    if (list) closedir(list);
    return ours || exists(dir, "plan.json") || exists(dir, "manifest.json");
}

static bool make_bundle(const char *dir, nsr_err *err) {
    if (!nsr_make_dir(dir, err)) return false;
    return is_ours(dir) || nsr_fail(err, NSR_ECREATE, "%s: is a directory that no render made; choose another -o", dir);
}

static bool set_aside(const char *dir, nsr_err *err) {
    char old[NSR_PATH];
    if (!nsr_path(old, err, "%s.old", dir)) return false;
    if (access(old, F_OK) == 0 && !is_ours(old))
        return nsr_fail(err, NSR_ECREATE, "%s: is in the way of --replace and no render made it; move it", old);
    if (!nsr_remove_tree(old, err)) return false;
    if (rename(dir, old)) return nsr_fail(err, NSR_EIO, "%s: cannot be moved to %s: %s", dir, old, strerror(errno));
    nsr_note("the old bundle is now %s", old);
    return true;
}

static void lock_name(const nsr_run *run, char *name, size_t size) {
    nsr_share share = run->config.output.share;
    if (share.n)
        snprintf(name, size, "share-%d-of-%d", share.k, share.n);
    else
        snprintf(name, size, "%s", run->config.command == NSR_CMD_JOIN ? "join" : "run");
}

static bool open_at_root(nsr_run *run, nsr_lock *lock, nsr_err *err) {
    char name[64];
    bool over = run->config.output.take_over;
    lock_name(run, name, sizeof name);
    if (!lock) return make_bundle(run->dir, err);
    if (!make_bundle(run->dir, err) || !nsr_lock_take(lock, run->dir, name, run->id, over, err)) return false;
    if (!run->config.output.replace || !(exists(run->dir, "plan.json") || exists(run->dir, "manifest.json")))
        return true;
    nsr_lock_release(lock);
    return set_aside(run->dir, err) && make_bundle(run->dir, err) &&
           nsr_lock_take(lock, run->dir, name, run->id, over, err);
}

bool nsr_bundle_open(nsr_run *run, nsr_lock *lock, const nsr_comm *comm, nsr_err *err) {
    if (lock) lock->fd = -1;
    if (nsr_is_root(comm)) open_at_root(run, lock, err);
    if (!nsr_agree(comm, err)) return false;
    if (nsr_is_root(comm)) run->existing = exists(run->dir, "plan.json");
    nsr_bcast(comm, &run->existing, sizeof run->existing);
    return true;
}

static bool plan_path(const nsr_run *run, char path[NSR_PATH], nsr_err *err) {
    return nsr_path(path, err, "%s/plan.json", run->dir);
}

static void put_option(const nsr_opt *row, void *user) {
    void **both = user;
    char text[2048];
    if (!nsr_option_given(both[0], row)) return;
    nsr_option_text(both[0], row, text, sizeof text);
    json_object_set_new(both[1], row->name, json_string(text));
}

json_t *nsr_json_options(const nsr_config *config) {
    json_t *options = json_object();
    void *both[] = {(void *)config, options};
    nsr_options_each(~0u, put_option, both);
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
static unsigned classes_of(const nsr_run *run) {
    unsigned classes = NSR_CHANGES_PLAN;
    for (int i = 0; i < run->n_outputs; i++)
        classes |= run->output[i].sink.kind->changed_by | run->output[i].sink.kind->styled_by;
    return classes & NSR_CHANGES_PICTURE ? classes | NSR_CHANGES_LIMITS : classes;
}

static bool is_bare(const json_t *plan) {
    const json_t *outputs = json_object_get(plan, "outputs"); /* a plan of several fields names none */
    return json_is_object(outputs) && json_object_size(outputs) == 0;
}

json_t *nsr_bundle_options(const nsr_config *config, const nsr_run *run, const json_t *old) {
    choosing c = {is_bare(old) ? NULL : json_object_get(old, "options"), nsr_json_options(config), json_object(),
                  classes_of(run)};
    nsr_options_each(~0u, choose_option, &c);
    json_decref(c.given);
    return c.options;
}

/* Outputs of this run and those that stand in the old plan, in the order of the registry. */
static json_t *outputs_json(const nsr_run *run, const json_t *old) {
    json_t *outputs = json_object();
    for (int k = 0; nsr_sinks[k]; k++) {
        const char *name = nsr_sinks[k]->name, *digest = nsr_json_text(json_object_get(old, "outputs"), name);
        for (int i = 0; i < run->n_outputs; i++)
            if (run->output[i].sink.kind == nsr_sinks[k]) digest = run->output[i].digest;
        if (*digest && nsr_sinks[k]->stored) json_object_set_new(outputs, name, json_string(digest));
    }
    return outputs;
}

static json_t *plan_json(const nsr_run *run, const json_t *old) {
    const nsr_plan *p = &run->plan;
    const char *known = nsr_source_known(run->source);
    json_t *json =
        json_pack("{sis{sssIsIso}sss{sIsIsI}s{sIsI}sososo}", "nsrender", 1, "input", "dtype", run->field->dtype + 1,
                  "n_frames", (json_int_t)run->field->n_frames, "n_bins", (json_int_t)run->field->n_bins, "identity",
                  nsr_identity_json(&run->identity), "field", run->field->path, "selection", "first",
                  (json_int_t)p->first, "step", (json_int_t)p->step, "n", (json_int_t)p->n, "segments", "frames",
                  (json_int_t)p->segment_frames, "n", (json_int_t)p->n_segments, "range", nsr_json_measured(run),
                  "options", nsr_bundle_options(&run->config, run, old), "outputs", outputs_json(run, old));
    if (json && known) json_object_set_new(json, "known", json_loads(known, 0, NULL));
    return json;
}

char *nsr_bundle_known(const char *dir) {
    char path[NSR_PATH];
    nsr_err none = {0};
    json_t *plan = nsr_path(path, &none, "%s/plan.json", dir) ? nsr_json_load(path, &none) : NULL;
    char *text = json_dumps(json_object_get(plan, "known"), JSON_COMPACT); /* NULL of nothing */
    json_decref(plan);
    return text;
}

static bool differs(const nsr_run *run, const char *what, nsr_err *err) {
    return nsr_fail(err, NSR_EMISMATCH,
                    "%s: made with another %s; use the same, another -o, or --replace to start anew", run->dir, what);
}

static bool compare(const nsr_run *run, const json_t *old, nsr_err *err) {
    const json_t *input = json_object_get(old, "input"), *pick = json_object_get(old, "selection");
    const nsr_plan *p = &run->plan;
    if (nsr_json_int(old, "nsrender") != 1)
        return nsr_fail(err, NSR_EMISMATCH, "%s: plan.json is of another format version", run->dir);
    if (strcmp(nsr_json_text(old, "field"), run->field->path)) return differs(run, "--field", err);
    if (nsr_json_int(input, "n_frames") != run->field->n_frames || nsr_json_int(input, "n_bins") != run->field->n_bins)
        return differs(run, "input: the number of frames or bins differs", err);
    if (nsr_json_int(pick, "first") != p->first || nsr_json_int(pick, "step") != p->step ||
        nsr_json_int(pick, "n") != p->n)
        return differs(run, "--frames or --time", err);
    if (nsr_json_int(json_object_get(old, "segments"), "frames") != p->segment_frames)
        return differs(run, "--segment-frames", err);
    if (strcmp(run->identity.bins, nsr_json_text(json_object_get(input, "identity"), "bins")))
        return differs(run, "--state, --slice or geometry", err);
    if (!nsr_identity_same(&run->identity, json_object_get(input, "identity")))
        return differs(run, "input: its values, type or times differ (or --times-from, --sampling-rate)", err);
    return true;
}

/* Whole, for a run from another folder. What follows a file's name stays: FILE:PATH. */
static json_t *whole_name(const char *name) {
    char *here = name && name[0] != '/' ? getcwd(NULL, 0) : NULL;
    json_t *whole = here ? json_sprintf("%s/%s", here, name) : name ? json_string(name) : NULL;
    free(here);
    return whole;
}

json_t *nsr_json_places(const nsr_run *run) {
    char *full = realpath(run->field->file, NULL);
    json_t *places = json_pack("{ssso*}", "path", full ? full : run->field->file, "environment",
                               whole_name(run->config.input_as.environment));
    free(full);
    return places;
}

json_t *nsr_bundle_places(const char *dir) {
    nsr_err none = {0};
    char where[NSR_PATH];
    json_t *places = nsr_path(where, &none, "%s/segments/input.json", dir) ? nsr_json_load(where, &none) : NULL;
    if (places) return places;
    none = (nsr_err){0};
    json_t *json = nsr_path(where, &none, "%s/manifest.json", dir) ? nsr_json_load(where, &none) : NULL;
    places = json_incref(json_object_get(json, "input"));
    json_decref(json);
    return places;
}

static void report_move(const nsr_run *run) {
    char *now = realpath(run->field->file, NULL);
    json_t *places = nsr_bundle_places(run->dir);
    const char *before = nsr_json_text(places, "path");
    if (now && *before && strcmp(now, before)) nsr_note("the input was %s and is now %s: the same values", before, now);
    json_decref(places);
    free(now);
}

bool nsr_bundle_load_plan(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    char path[NSR_PATH];
    if (nsr_is_root(comm) && plan_path(run, path, err)) {
        json_t *old = nsr_json_load(path, err);
        if (old && compare(run, old, err) && nsr_existing_outputs_match(run, old, err))
            nsr_json_get_measured(run, json_object_get(old, "range"));
        json_decref(old);
        if (nsr_good(err)) report_move(run);
    }
    if (!nsr_agree(comm, err)) return false;
    nsr_bcast(comm, &run->range, sizeof run->range);
    nsr_bcast(comm, &run->percentiles, sizeof run->percentiles);
    return true;
}

/* Where the input lies is known only while the bundle is being made: segments/ is gone afterwards, the manifest keeps
 * it.
 */
bool nsr_bundle_save_input(const nsr_run *run, nsr_err *err) {
    char path[NSR_PATH];
    json_t *json = nsr_json_places(run), *before = nsr_bundle_places(run->dir);
    json_t *environment = json_object_get(before, "environment");
    const bool keeps = run->config.command == NSR_CMD_RANGE && !run->config.input_as.environment; /* it needs none */
    if (keeps && json_is_string(environment)) json_object_set(json, "environment", environment);
    json_decref(before);
    bool good = nsr_path(path, err, "%s/segments", run->dir) && nsr_make_dir(path, err) &&
                nsr_path(path, err, "%s/segments/input.json", run->dir) &&
                nsr_json_save(path, json, run->id, false, err);
    json_decref(json);
    return good;
}

static void save_at_root(nsr_run *run, nsr_err *err) {
    char path[NSR_PATH];
    if (!plan_path(run, path, err) || !nsr_bundle_save_input(run, err)) return;
    json_t *old = run->existing ? nsr_json_load(path, err) : NULL;
    json_t *plan = nsr_good(err) ? plan_json(run, old) : NULL;
    if (nsr_good(err) && !plan) nsr_fail(err, NSR_EINTERNAL, "%s: the plan cannot be written as JSON", run->dir);
    if (plan && !json_equal(plan, old)) nsr_json_save(path, plan, run->id, !run->existing, err);
    if (err->code == NSR_EMISMATCH && !run->existing) { /* another share was first: its plan is ours, or is compared */
        *err = (nsr_err){0};
        old = nsr_json_load(path, err);
        if (old) compare(run, old, err);
    }
    json_decref(plan);
    json_decref(old);
}

bool nsr_bundle_save_plan(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    for (int i = 0; i < run->n_outputs; i++)
        nsr_output_digest(&run->output[i], run, err);
    if (nsr_is_root(comm) && nsr_good(err)) save_at_root(run, err);
    return nsr_agree(comm, err);
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
    nsr_options_each(classes, take_option, &t);
    return nsr_good(err);
}

/* Outputs that nobody named are made as they were begun: options that are theirs alone are not those of this run. */
static bool take_theirs(nsr_config *config, const unsigned char *adopted, const char *text, nsr_err *err) {
    unsigned theirs = 0, mine = 0;
    const nsr_list *named = &config->output.format;
    for (int i = 0; nsr_sinks[i] && i < NSR_MOST_OUTPUTS; i++)
        if (adopted[i]) theirs |= nsr_sinks[i]->changed_by;
    for (int i = 0; i < named->n; i++) mine |= nsr_sink_find(named->item[i])->changed_by;
    json_t *options = json_loads(text, 0, NULL);
    bool good = take_options(config, options,
                             theirs & ~mine & (NSR_CHANGES_ZARR | NSR_CHANGES_VIDEO | NSR_CHANGES_PNG), err);
    json_decref(options);
    return good;
}

bool nsr_bundle_formats(nsr_config *config, const char *dir, const nsr_comm *comm, nsr_err *err) {
    unsigned char names[NSR_MOST_OUTPUTS] = {0};
    char path[NSR_PATH], *options = NULL;
    bool adopt = !config->output.replace && (!config->output.format.n || !exists(dir, "manifest.json"));
    if (nsr_is_root(comm) && adopt && exists(dir, "plan.json") && nsr_path(path, err, "%s/plan.json", dir)) {
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
