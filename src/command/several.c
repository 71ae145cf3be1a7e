/* SPDX-License-Identifier: MIT */
/* Several fields of one recording: each gets a folder that is a bundle of its own (it opens, verifies and goes on
   alone); the top holds the lock, a plan that names the fields and their shared range, and a manifest when all are
   done. Every dataset is read once; the ranges come first, because the colours may be shared. */
#include "several.h"
#include "bundle/directory.h"
#include "bundle/places.h"
#include "bundle/plan_options.h"
#include "bundle/range_json.h"
#include "bundle/several_folders.h"
#include "command.h"
#include "measure/color_limits.h"
#include "measure/passes.h"
#include <math.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FOLDER = 1024 }; /* capacity of nsr_field.path */

typedef struct group {
    nsr_run *top;
    nsr_run *field; /* n of them */
    int n;
} group;

/* The whole path with dots for slashes, which is unique in a file. */
static void escaped_name(const char *path, char name[FOLDER]) {
    snprintf(name, FOLDER, "%s", path + (path[0] == '/'));
    for (char *c = name; *c; c++)
        if (*c == '/') *c = '.';
}

/* Names that a bundle uses itself, and hidden ones. */
static bool is_reserved(const char *name) {
    static const char *const own[] = {"locks", "parts", "segments", "plan.json", "manifest.json"};
    for (size_t i = 0; i < NSR_COUNTOF(own); i++)
        if (!strcmp(name, own[i])) return true;
    return name[0] == '.';
}

static bool is_shared_name(const group *g, const char *name) {
    int n = 0;
    for (int i = 0; i < g->n; i++)
        n += !strcmp(name, g->field[i].input.field->name);
    return n > 1;
}

/* Whether one of the first n folders has this name. */
static bool is_taken(const group *g, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (!strcmp(name, strrchr(g->field[i].bundle.dir, '/') + 1)) return true;
    return false;
}

/* The name of the dataset, or its whole path where several have that name; with a prefix where the bundle itself uses
   it. */
static bool name_folder(group *g, int i, nsr_err *err) {
    const nsr_field *field = g->field[i].input.field;
    char name[2 * FOLDER], escaped[FOLDER];
    escaped_name(field->path, escaped);
    snprintf(name, FOLDER, "%s", is_shared_name(g, field->name) ? escaped : field->name);
    if (is_reserved(name)) snprintf(name, sizeof name, "field-%s", escaped);
    for (size_t end = strlen(name); is_taken(g, i, name) && end + 1 < sizeof name; end++)
        memcpy(name + end, "+", 2);
    return nsr_path(g->field[i].bundle.dir, err, "%s/%s", g->top->bundle.dir, name);
}

static bool name_folders(group *g, nsr_err *err) {
    for (int i = 0; i < g->n; i++)
        if (!name_folder(g, i, err)) return false;
    return true;
}

static bool open_field(group *g, int i, const nsr_comm *comm, nsr_err *err) {
    nsr_run *run = &g->field[i];
    int64_t memory = nsr_granted_memory(&g->top->config, comm);
    run->config.input_as.field = (nsr_list){.n = 1, .item = {g->top->config.input_as.field.item[i]}};
    run->config.run.memory.n = memory / g->n;
    if (!nsr_run_open(run, comm, err)) return false;
    const nsr_field *first = g->field[0].input.field;
    if (run->input.field->n_frames == first->n_frames && run->input.field->n_bins == first->n_bins) return true;
    return nsr_fail(err, NSR_EDATA, "%s and %s differ in frames or bins; render them into bundles of their own",
                    first->path, run->input.field->path);
}

/* Sets the folders of an existing bundle before its fields are opened, so that stored facts about the input are used.
 */
static bool find_folders(group *g, const nsr_comm *comm, nsr_err *err) {
    nsr_folders folders;
    if (g->top->config.output.replace) return true;
    bool good = nsr_several_folders(&folders, g->top->bundle.dir, comm, err);
    for (int i = 0; good && folders.n == g->n && i < g->n; i++)
        memcpy(g->field[i].bundle.dir, folders.path[i], sizeof folders.path[i]);
    free(folders.path);
    return good;
}

static bool open_fields(group *g, const nsr_comm *comm, nsr_err *err) {
    for (int i = 0; i < g->n; i++)
        nsr_run_init(&g->field[i], &g->top->config);
    if (!find_folders(g, comm, err)) return false;
    for (int i = 0; i < g->n; i++)
        if (!open_field(g, i, comm, err)) return false;
    g->top->input.field = g->field[0].input.field;
    name_folders(g, err);
    if (!nsr_agree(comm, err)) return false;
    for (int i = 0; i < g->n; i++)
        if (!nsr_run_prepare(&g->field[i], comm, err)) return false;
    return true;
}

static bool open_folders(group *g, const nsr_comm *comm, nsr_err *err) {
    for (int i = 0; i < g->n; i++)
        if (!nsr_bundle_open(&g->field[i].bundle, NULL, comm, err)) return false;
    return true;
}

static bool is_shared(const group *g) {
    const char *mode = g->top->config.show.range_mode;
    return !mode || strcmp(mode, "each") != 0;
}

/* With a shared range, percentiles and limits are those of all fields together, so no field computes its own. */
static void want_shared(group *g) {
    nsr_run *top = g->top, *first = &g->field[0];
    top->measured.wanted = first->measured.wanted, top->measured.low = first->measured.low,
    top->measured.high = first->measured.high;
    top->measured.norm = first->measured.norm;
    top->measured.subset = first->measured.subset;
    top->measured.subset.position = NULL; /* belongs to the field */
    for (int i = 0; i < g->n; i++)
        g->field[i].measured.wanted.n = 0, g->field[i].measured.low = g->field[i].measured.high = NAN;
}

/* Takes the shared percentiles from an existing plan, unless repaired frames may have changed them. */
static bool recall_shared(group *g, const nsr_comm *comm, nsr_err *err) {
    char path[NSR_PATH];
    nsr_err none = {0};
    bool same = true;
    for (int i = 0; i < g->n; i++)
        same = same && g->field[i].bundle.existing && g->field[i].measured.range.n_bad == 0;
    if (same && nsr_is_root(comm) && nsr_path(path, err, "%s/plan.json", g->top->bundle.dir)) {
        json_t *plan = nsr_json_load(path, &none);
        nsr_json_get_measured(&g->top->measured, json_object_get(plan, "range"));
        json_decref(plan);
    }
    nsr_bcast(comm, &g->top->measured.percentiles, sizeof g->top->measured.percentiles);
    return nsr_agree(comm, err);
}

static bool measure_shared(group *g, const nsr_comm *comm, nsr_err *err) {
    nsr_measurement *field[NSR_COUNTOF(((nsr_list *)0)->item)];
    for (int i = 0; i < g->n; i++)
        field[i] = &g->field[i].measured;
    return nsr_measure_shared(&g->top->measured, field, g->n, comm, err);
}

/* Computes the colour limits of all fields together and sets them in each field. */
static bool share_limits(group *g, const nsr_comm *comm, nsr_err *err) {
    nsr_run *top = g->top;
    if (!recall_shared(g, comm, err) || !measure_shared(g, comm, err)) return false;
    nsr_range_init(&top->measured.range);
    for (int i = 0; i < g->n; i++)
        nsr_range_merge(&top->measured.range, &g->field[i].measured.range);
    nsr_color_limits_set(&top->measured, err);
    for (int i = 0; i < g->n; i++)
        g->field[i].measured.limits = top->measured.limits, g->field[i].measured.borders = top->measured.borders;
    return nsr_agree(comm, err);
}

static bool find_limits(group *g, const nsr_comm *comm, nsr_err *err) {
    if (is_shared(g)) want_shared(g);
    for (int i = 0; i < g->n; i++)
        if (!nsr_run_range(&g->field[i], comm, err)) return false;
    if (is_shared(g) && !share_limits(g, comm, err)) return false;
    for (int i = 0; i < g->n; i++)
        nsr_color_limits_log(&g->field[i].measured);
    return true;
}

static json_t *fields_json(const group *g) {
    json_t *list = json_array();
    for (int i = 0; i < g->n; i++)
        json_array_append_new(list, json_pack("{ssss}", "path", g->field[i].input.field->path, "folder",
                                              strrchr(g->field[i].bundle.dir, '/') + 1));
    return list;
}

static bool save(const group *g, const char *name, json_t *json, nsr_err *err) {
    char path[NSR_PATH];
    if (!json) return nsr_fail(err, NSR_EINTERNAL, "out of memory for %s", name);
    bool good = nsr_path(path, err, "%s/%s", g->top->bundle.dir, name) &&
                nsr_json_save(path, json, g->top->bundle.run_id, NSR_PUT_DURABLY, err);
    json_decref(json);
    return good;
}

/* An existing plan must name the same fields. */
static bool compare_fields(const group *g, const char *path, nsr_err *err) {
    nsr_err none = {0};
    json_t *old = nsr_json_load(path, &none), *fields = fields_json(g);
    if (!old && none.code != NSR_ENOINPUT) *err = none;
    if (old && !json_equal(json_object_get(old, "fields"), fields))
        nsr_fail(err, NSR_EMISMATCH,
                 "%s: made with another --field; use the same, another -o, or --replace to start anew",
                 g->top->bundle.dir);
    json_decref(fields);
    json_decref(old);
    return nsr_good(err);
}

/* A new plan is written before the folders of the fields, and again when the shared range is known. An existing plan is
   replaced only then, when all fields have accepted the options. */
static bool save_plan(const group *g, bool known, const nsr_comm *comm, nsr_err *err) {
    char path[NSR_PATH];
    nsr_err none = {0};
    if (nsr_is_root(comm) && nsr_path(path, err, "%s/plan.json", g->top->bundle.dir) && compare_fields(g, path, err)) {
        json_t *old = nsr_json_load(path, &none);
        if ((known || !old) && nsr_bundle_save_input(&g->top->bundle, err))
            save(g, "plan.json",
                 json_pack("{sisososo}", "nsrender", 1, "fields", fields_json(g), "range",
                           nsr_json_measured(&g->top->measured), "options",
                           nsr_bundle_options(&g->top->config, &g->field[0].bundle, old)),
                 err);
        json_decref(old);
    }
    return nsr_agree(comm, err);
}

static bool save_manifest(const group *g, const nsr_comm *comm, nsr_err *err) {
    bool whole = !g->top->config.output.share.n;
    if (nsr_is_root(comm) && whole &&
        save(g, "manifest.json",
             json_pack("{sisssoso}", "nsrender", 1, "version", NSR_VERSION, "input", nsr_json_places(&g->top->bundle),
                       "fields", fields_json(g)),
             err))
        nsr_cleanup(&g->top->bundle, err);
    return nsr_agree(comm, err);
}

static bool make_fields(group *g, const nsr_comm *comm, nsr_err *err) {
    if (!find_limits(g, comm, err) || !save_plan(g, true, comm, err)) return false;
    for (int i = 0; i < g->n; i++) {
        if (!nsr_run_make(&g->field[i], comm, err)) return false;
        nsr_print_last_words(&g->field[i], comm);
        nsr_cache_close(&g->field[i].input.cache); /* the next field needs the memory of its cached values */
    }
    return save_manifest(g, comm, err);
}

static void close_fields(group *g, const nsr_comm *comm) {
    g->top->input.field = NULL;
    for (int i = 0; i < g->n; i++)
        nsr_run_close(&g->field[i], comm);
    free(g->field);
}

bool nsr_render_several(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    group g = {.top = run, .n = run->config.input_as.field.n};
    nsr_lock lock = {.fd = -1};
    g.field = calloc((size_t)g.n, sizeof *g.field);
    if (!g.field) nsr_fail(err, NSR_EINTERNAL, "out of memory for %d fields", g.n);
    if (!nsr_agree(comm, err)) return free(g.field), false;
    nsr_run_name(run, comm);
    bool ready = open_fields(&g, comm, err);
    bool good = ready && nsr_bundle_open(&run->bundle, &lock, comm, err);
    for (int i = 0; good && i < g.n; i++)
        nsr_team_only_while(g.field[i].input.team, nsr_lock_held, &lock);
    good = good && save_plan(&g, false, comm, err) && open_folders(&g, comm, err) && make_fields(&g, comm, err);
    nsr_lock_release(&lock);
    if (!good && err->code == NSR_ESTOPPED) nsr_note("go on with: nsrender-mpi resume %s", run->bundle.dir);
    close_fields(&g, comm);
    return good;
}
