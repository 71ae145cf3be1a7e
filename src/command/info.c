/* SPDX-License-Identifier: MIT */
/* info: the fields of a file, and the geometry and times that render would take. */
#include "base/utf8.h"
#include "bundle/intervals_json.h"
#include "command.h"
#include "info_text.h"
#include "measure/sampled_rows.h"
#include <math.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *environment_json(const nsr_environment *env) {
    json_t *extent = json_null();
    const double *e = env->extent;
    if (e[0] < e[1])
        extent = json_pack("[[ff][ff]]", e[0], e[1], e[2], e[3]);
    else if (env->x_edges && env->y_edges)
        extent =
            json_pack("[[ff][ff]]", env->x_edges[0], env->x_edges[env->nx], env->y_edges[0], env->y_edges[env->ny]);
    else if (env->x_edges)
        extent = json_pack("[[ff]]", env->x_edges[0], env->x_edges[env->nx]);
    return json_pack("{sssIsIsosssosisi}", "layout", env->layout, "n_bins", (json_int_t)env->n_bins, "n_active",
                     (json_int_t)env->n_active, "extent", extent, "units", env->units, "from",
                     nsr_json_name(env->origin), "nx", env->nx, "ny", env->ny);
}

static bool find_environment(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    if (!nsr_source_open(&run->input.source, comm, &run->config, err)) return false;
    run->input.field = nsr_source_field(run->input.source);
    return nsr_environment_find(&run->env, comm, &run->config, run->input.field, err);
}

/* True if every time lies on the line from the first to the last, within a thousandth of a step. */
static bool is_regular(nsr_reader *reader, int64_t n, double first, double step, nsr_err *err) {
    enum { PIECE = 1 << 16 };
    double *times = malloc(PIECE * sizeof *times);
    if (!times) return nsr_fail(err, NSR_EINTERNAL, "out of memory for %d times", PIECE);
    bool regular = step > 0;
    for (int64_t at = 0; at < n && regular; at += PIECE) {
        int64_t here = n - at < PIECE ? n - at : PIECE;
        regular = nsr_read_times(reader, at, 1, here, times, err);
        for (int64_t i = 0; i < here && regular; i++)
            regular = fabs(times[i] - (first + (double)(at + i) * step)) <= 1e-3 * step;
    }
    free(times);
    return regular;
}

/* The times of the frames that render would show. */
static void describe_times(json_t *times, nsr_reader *reader, int64_t n, nsr_err *err) {
    double first = 0, last = 0;
    if (!nsr_read_times(reader, 0, 1, 1, &first, err) || !nsr_read_times(reader, n - 1, 1, 1, &last, err)) return;
    json_object_set_new(times, "regular",
                        json_boolean(is_regular(reader, n, first, (last - first) / (double)(n - 1), err)));
    if (json_is_null(json_object_get(times, "path"))) return; /* a rate is described already */
    json_object_set_new(times, "n", json_integer(n));
    json_object_set_new(times, "first", nsr_json_real(first));
    json_object_set_new(times, "last", nsr_json_real(last));
    json_object_set_new(times, "rate", nsr_json_real((double)(n - 1) / (last - first)));
}

/* Completes the times of the document from the opened input. */
static void add_times(const nsr_run *run, json_t *info) {
    nsr_err err = {0};
    json_t *times = json_object_get(info, "times");
    int64_t n = run->input.field->n_frames;
    bool known = json_is_object(times) && n > 1 && run->input.field->times.n == n; /* fails if padding is not known */
    nsr_reader *reader = known ? nsr_reader_open(run->input.source, &err) : NULL;
    if (reader) describe_times(times, reader, n, &err);
    nsr_reader_close(reader);
}

enum { FIELD_PATH = 1024 }; /* of nsr_field.path */

/* The path of the i-th field for every rank; empty behind the last one. */
static bool field_path(char path[FIELD_PATH], const json_t *info, size_t i, const nsr_comm *comm) {
    if (nsr_is_root(comm))
        snprintf(path, FIELD_PATH, "%s", nsr_json_text(json_array_get(json_object_get(info, "fields"), i), "path"));
    nsr_bcast(comm, path, FIELD_PATH);
    return *path != 0;
}

/* Opening a field leaves out inactive bins and padding and selects a state, so its counts may differ from the file. */
static void add_shown(json_t *info, nsr_source *source) {
    const nsr_field *field = nsr_source_field(source);
    char path[4 * FIELD_PATH];
    size_t i;
    json_t *one;
    nsr_text_escape(path, sizeof path, field->path);
    json_array_foreach(json_object_get(info, "fields"), i, one) {
        if (strcmp(nsr_json_text(one, "path"), path) != 0) continue;
        json_object_set_new(one, "n_frames", json_integer(field->n_frames));
        json_object_set_new(one, "n_bins", json_integer(field->n_bins));
        if (field->n_intervals > 0) json_object_set_new(one, "intervals", nsr_json_intervals(source));
        if (field->unsearched) json_object_set_new(one, "searched", json_false());
        if (nsr_rows_distribution(source)) json_object_set_new(one, "distribution", json_true());
    }
}

static void close_input(nsr_run *run, const nsr_comm *comm) {
    nsr_environment_free(&run->env);
    if (run->input.source) nsr_source_close(run->input.source, comm);
    run->input.source = NULL;
}

/* Opens the input with another of its fields. `path` must live as long as the configuration. */
static bool find_environment_of(nsr_run *run, const char *path, const nsr_comm *comm, nsr_err *err) {
    close_input(run, comm);
    run->config.input_as.field = (nsr_list){.n = 1, .item = {path}};
    return find_environment(run, comm, err);
}

enum { TRIED = 16 }; /* fields; a file may have thousands, and each is opened */

/* Opens the field of --field. Without it the first fields of the file are tried in turn until the geometry of one is
   found; if there is none, `why` is the failure of the first. */
static bool try_fields(nsr_run *run, const json_t *info, const nsr_comm *comm, nsr_err *why) {
    char *path = run->bundle.input_path; /* info has no bundle, so this is free, and lives as long as the run */
    bool found = find_environment(run, comm, why), chosen = run->config.input_as.field.n > 0;
    if (found || chosen) return found;
    for (size_t i = 0; !found && i < TRIED && field_path(path, info, i, comm); i++) {
        nsr_err err = {0};
        found = find_environment_of(run, path, comm, &err);
        if (i == 0) *why = err;
    }
    return found;
}

/* A geometry that does not fit is a failure only if the user named it; the document has the message in any case. */
static bool add_environment(nsr_run *run, json_t *info, const nsr_comm *comm, nsr_err *why) {
    bool named = run->config.input_as.environment || run->config.input_as.grid;
    bool found = try_fields(run, info, comm, why);
    if (nsr_is_root(comm) && run->input.source) add_times(run, info);
    if (nsr_is_root(comm) && run->input.source) add_shown(info, run->input.source);
    if (nsr_is_root(comm)) json_object_set_new(info, "environment", found ? environment_json(&run->env) : json_null());
    if (nsr_is_root(comm) && !found && (!run->input.source || why->code != NSR_EUSAGE))
        json_object_set_new(info, "environment_problem", nsr_json_name(why->msg));
    return found || (!named && why->code != NSR_ESTOPPED);
}

bool nsr_command_info(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    char *text = nsr_source_info(comm, &run->config, err);
    json_t *info = NULL;
    if (nsr_good(err) && nsr_is_root(comm) && !(info = json_loads(text, 0, NULL)))
        nsr_fail(err, NSR_EINTERNAL, "%s: its description cannot be read back", run->config.input);
    free(text);
    if (!nsr_agree(comm, err)) return false;
    nsr_err why = {0};
    bool fits = add_environment(run, info, comm, &why);
    if (nsr_is_root(comm) && run->config.run.json)
        nsr_json_print(info, err);
    else if (nsr_is_root(comm))
        nsr_print_info(info);
    json_decref(info);
    if (nsr_good(err) && !fits) *err = why;
    return nsr_agree(comm, err);
}
