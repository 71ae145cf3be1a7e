/* SPDX-License-Identifier: MIT */
/* Environments in NWB files: selects a table in /scratch, or, without any, the bin centres beside the field. */
#include "base/json_parse.h"
#include "json_keys.h"
#include "nwb_table.h"

#include <jansson.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TABLES = 64 };
static const char own_table[] = "/scratch/spatial_environment"; /* neurospatial's default name */
typedef struct tables {
    char path[MAX_TABLES][256]; /* of an object in the file */
    int n;
} tables;

/* Collects the tables with metadata; the default name comes first. */
static herr_t collect(hid_t scratch, const char *name, const H5L_info_t *link, void *user) {
    (void)link;
    tables *t = user;
    char path[300];
    if (snprintf(path, sizeof path, "%s/metadata", name) >= 240 || nsr_h5_kind(scratch, path) != H5I_DATASET) return 0;
    if (t->n == MAX_TABLES) return 1;
    int at = t->n++;
    if (strcmp(name, strrchr(own_table, '/') + 1) == 0 && at > 0) {
        memcpy(t->path[at], t->path[0], sizeof t->path[0]);
        at = 0;
    }
    snprintf(t->path[at], sizeof t->path[at], "/scratch/%.240s", name);
    return 0;
}

static void set_origin(nsr_environment *env, const char *name, const char *path, const nsr_field *field) {
    if (strcmp(name, field->file) == 0)
        snprintf(env->origin, sizeof env->origin, "%.1000s", path);
    else
        snprintf(env->origin, sizeof env->origin, "%.3900s:%.200s", name, path);
}

static bool read_table(nsr_environment *env, hid_t file, const char *name, const char *path, const nsr_field *field,
                       nsr_err *err) {
    nsr_environment_free(env);
    set_origin(env, name, path, field);
    return nsr_nwb_table(env, file, name, path, err);
}

/* Reads one table; false when it does not fit the field. */
static bool try_table(nsr_environment *env, hid_t file, const char *name, const char *path, const nsr_config *config,
                      const nsr_field *field, nsr_err *err) {
    return read_table(env, file, name, path, field, err) && nsr_environment_match(env, config, field, err);
}

/* Reads the first table that fits; when none does, the error is that of the first. When the table of the default name
   is damaged, no other is taken, because it might fit although it describes another room. */
static bool try_tables(nsr_environment *env, hid_t file, const char *name, const tables *t, const nsr_config *config,
                       const nsr_field *field, nsr_err *err) {
    nsr_err first = {0};
    bool good = false;
    for (int i = 0; !good && i < t->n; i++) {
        nsr_err why = {0};
        bool readable = read_table(env, file, name, t->path[i], field, &why);
        good = readable && nsr_environment_match(env, config, field, &why);
        if (!good && nsr_good(&first)) first = why;
        if (!readable && strcmp(t->path[i], own_table) == 0) break;
        if (!readable) nsr_warn("%s; other environments of the file are tried", why.msg);
    }
    if (good && strcmp(env->origin, t->path[0]) != 0 && t->n > 1)
        nsr_detail("%d environments found; taken: %s", t->n, env->origin);
    if (!good && !nsr_good(&first)) *err = first;
    return good;
}

/* Reads the centres of /a/b/FIELD/data from /a/b/bin_centers/data. False without an error when there are none. */
static bool try_centers(nsr_environment *env, hid_t file, const char *name, const nsr_config *config,
                        const nsr_field *field, nsr_err *err) {
    char path[1100] = "";
    snprintf(path, sizeof path, "%s", field->path);
    for (int up = 0; up < 2 && strrchr(path, '/'); up++)
        *strrchr(path, '/') = 0;
    size_t n = strlen(path);
    snprintf(path + n, sizeof path - n, "/bin_centers/data");
    if (nsr_h5_kind(file, path) != H5I_DATASET) return false;
    set_origin(env, name, path, field);
    return nsr_nwb_centers(env, file, name, path, err) && nsr_environment_match(env, config, field, err);
}

static bool list_tables(tables *t, hid_t file) {
    return nsr_h5_kind(file, "/scratch") != H5I_GROUP ||
           H5Literate_by_name(file, "/scratch", H5_INDEX_NAME, H5_ITER_INC, NULL, collect, t, H5P_DEFAULT) >= 0;
}

static bool try_all(nsr_environment *env, hid_t file, const char *name, const nsr_config *config,
                    const nsr_field *field, nsr_err *err) {
    tables *t = calloc(1, sizeof *t);
    if (!t) return nsr_fail(err, NSR_EINTERNAL, "out of memory for a list of environments");
    bool listed = list_tables(t, file);
    if (!listed) nsr_h5_fail(err, NSR_EDATA, "%s: /scratch cannot be listed", name);
    bool good = listed && (t->n > 0 ? try_tables(env, file, name, t, config, field, err)
                                    : try_centers(env, file, name, config, field, err));
    free(t);
    return good;
}

static bool is_nwb(const nsr_config *config, const nsr_field *field) {
    (void)config;
    return strcmp(field->format, "nwb") == 0;
}

static bool read_own(nsr_environment *env, const nsr_config *config, const nsr_field *field, nsr_err *err) {
    hid_t file = nsr_h5_open(field->file, H5P_DEFAULT, err);
    bool good = file >= 0 && try_all(env, file, field->file, config, field, err);
    nsr_h5_close(file);
    return good;
}

bool nsr_nwb_read(nsr_environment *env, const char *name, const char *inside, const nsr_config *config,
                  const nsr_field *field, nsr_err *err) {
    char path[1024];
    hid_t file = nsr_h5_open(name, H5P_DEFAULT, err);
    if (file < 0) return false;
    snprintf(path, sizeof path, "%s%s", inside && inside[0] == '/' ? "" : "/", inside ? inside : "");
    bool good =
        inside ? try_table(env, file, name, path, config, field, err) : try_all(env, file, name, config, field, err);
    if (!good)
        nsr_fail(err, NSR_EDATA,
                 "--environment %.900s: no environment in /scratch of this file; name its place: FILE:PATH", name);
    nsr_h5_close(file);
    return good;
}

/* A column of JSON text; NULL when it is missing or no JSON. */
static json_t *json_of(hid_t file, const char *table, const char *column) {
    char path[1100];
    nsr_err none = {0};
    snprintf(path, sizeof path, "%s/%s", table, column);
    char *text = nsr_h5_kind(file, path) == H5I_DATASET ? nsr_h5_text(file, path, &none) : NULL;
    json_t *json = text ? nsr_json_parse(text, strlen(text), 0, NSR_JSON_STORED, NULL) : NULL;
    free(text);
    return json;
}

static bool table_has(hid_t file, const char *table, int64_t n_bins) {
    json_t *about = json_of(file, table, "metadata"), *grid = json_of(file, table, "grid_data");
    bool has = nsr_keys_have(about, grid, n_bins);
    json_decref(about);
    json_decref(grid);
    return has;
}

bool nsr_nwb_has(const char *name, const char *inside, int64_t n_bins) {
    nsr_err none = {0};
    hid_t file = nsr_h5_open(name, H5P_DEFAULT, &none);
    tables *t = calloc(1, sizeof *t);
    bool has = false;
    if (file >= 0 && t && inside)
        snprintf(t->path[t->n++], sizeof t->path[0], "%s%.250s", inside[0] == '/' ? "" : "/", inside);
    else if (file >= 0 && t && !list_tables(t, file))
        H5Eclear2(H5E_DEFAULT);
    for (int i = 0; t && i < t->n && !has; i++)
        has = table_has(file, t->path[i], n_bins);
    free(t);
    nsr_h5_close(file);
    return has;
}

const nsr_environment_kind nsr_environment_nwb = {"nwb", is_nwb, read_own};
