/* SPDX-License-Identifier: MIT */
/* Environments in NWB files: a DynamicTable whose columns all have the length of the longest, padded with zeros, and
   whose texts say how much of each counts. Of the many copies of a text only row 0 is read. */
#include "table.h"

#include "../base/h5.h"

#include <math.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct place {
    hid_t group;
    char where[4500]; /* FILE: /scratch/NAME, begins the messages */
    int64_t rows;     /* of every column */
} place;

/* A column must have the rows that the texts promise. */
static bool needs(const place *p, const char *column, int64_t n, const char *count, nsr_err *err) {
    if (nsr_h5_kind(p->group, column) != H5I_DATASET)
        return nsr_fail(err, NSR_EDATA, "%s: no column '%s'", p->where, column);
    if (n <= p->rows) return true;
    return nsr_fail(err, NSR_EDATA, "%s: %s is %lld, but the table has only %lld rows", p->where, count, (long long)n,
                    (long long)p->rows);
}

static bool column(const place *p, const char *name, hid_t type, int64_t rows, int64_t columns, void *values,
                   nsr_err *err) {
    nsr_err why = {0};
    return nsr_h5_rows(p->group, name, type, (hsize_t)rows, (hsize_t)columns, values, &why) ||
           nsr_fail(err, NSR_EDATA, "%s: %.300s", p->where, why.msg);
}

/* Cells that are true; their number must be that of the bins. */
static bool read_mask(nsr_environment *env, const place *p, int64_t n_bins, nsr_err *err) {
    int64_t cells = (int64_t)env->nx * env->ny, active = 0;
    if (!needs(p, "active_mask", cells, "total_grid_cells", err)) return false;
    if (!(env->active = malloc((size_t)cells)))
        return nsr_fail(err, NSR_EINTERNAL, "out of memory for a mask of %lld cells", (long long)cells);
    if (!column(p, "active_mask", H5T_NATIVE_UINT8, cells, 0, env->active, err)) return false;
    for (int64_t i = 0; i < cells; i++)
        active += env->active[i] = env->active[i] != 0;
    if (active == n_bins) return true;
    return nsr_fail(err, NSR_EDATA, "%s: active_mask has %lld active cells, but n_bins is %lld", p->where,
                    (long long)active, (long long)n_bins);
}

/* Layouts that are not grids are refused later, by name; here it is made sure that they are whole. */
static bool check_centers(const place *p, const nsr_table *table, nsr_err *err) {
    if (!needs(p, "bin_centers", table->n_bins, "n_bins", err)) return false;
    size_t n = (size_t)table->n_bins * (size_t)table->n_dims;
    double *centre = malloc(n * sizeof *centre);
    if (!centre) return nsr_fail(err, NSR_EINTERNAL, "out of memory for %zu bin centres", n);
    bool good = column(p, "bin_centers", H5T_NATIVE_DOUBLE, table->n_bins, table->n_dims, centre, err);
    for (size_t i = 0; good && i < n; i++)
        if (!isfinite(centre[i]))
            good = nsr_fail(err, NSR_EDATA, "%s: bin_centers of bin %zu is not finite", p->where,
                            i / (size_t)table->n_dims);
    free(centre);
    return good;
}

static bool check_edges(const place *p, const nsr_table *table, nsr_err *err) {
    if (table->n_edges == 0) return true;
    if (!needs(p, "edges", table->n_edges, "n_edges", err)) return false;
    int64_t *edge = malloc((size_t)table->n_edges * 2 * sizeof *edge);
    if (!edge) return nsr_fail(err, NSR_EINTERNAL, "out of memory for %lld edges", (long long)table->n_edges);
    bool good = column(p, "edges", H5T_NATIVE_INT64, table->n_edges, 2, edge, err);
    for (int64_t i = 0; good && i < 2 * table->n_edges; i++)
        if (edge[i] < 0 || edge[i] >= table->n_bins) {
            nsr_warn("%s: edge %lld leads to bin %lld, out of the range 0..%lld", p->where, (long long)(i / 2),
                     (long long)edge[i], (long long)table->n_bins - 1);
            break;
        }
    free(edge);
    return good;
}

static bool take_table(nsr_environment *env, const place *p, nsr_table *table, nsr_err *err) {
    snprintf(env->layout, sizeof env->layout, "%s", table->layout);
    snprintf(env->units, sizeof env->units, "%s", table->units);
    snprintf(env->x_name, sizeof env->x_name, "x");
    snprintf(env->y_name, sizeof env->y_name, "y");
    env->y_up = true;
    env->n_active = table->n_bins;
    if (!table->grid) return check_centers(p, table, err) && check_edges(p, table, err);
    env->nx = table->nx;
    env->ny = table->ny;
    env->x_edges = table->x_edges;
    env->y_edges = table->y_edges;
    table->x_edges = table->y_edges = NULL;
    return read_mask(env, p, table->n_bins, err);
}

static int64_t rows_of(hid_t group) {
    hsize_t n = 0;
    hid_t dataset = H5Dopen2(group, "metadata", H5P_DEFAULT);
    int dims = dataset >= 0 ? nsr_h5_shape(dataset, 1, &n) : -1;
    nsr_h5_close(dataset);
    return dims == 1 && n <= INT64_MAX ? (int64_t)n : 0;
}

static char *column_text(const place *p, const char *name, nsr_err *err) {
    nsr_err why = {0};
    char *text = nsr_h5_text(p->group, name, &why);
    if (!text) nsr_fail(err, NSR_EDATA, "%s: %.300s", p->where, why.msg);
    return text;
}

static bool read_open(nsr_environment *env, const place *p, nsr_err *err) {
    char *metadata = column_text(p, "metadata", err), *grid = metadata ? column_text(p, "grid_data", err) : NULL;
    nsr_table table = {0};
    bool good = grid && nsr_table_parse(&table, metadata, grid, p->where, err) && take_table(env, p, &table, err);
    nsr_table_free(&table);
    free(grid);
    free(metadata);
    return good;
}

static bool read_table(nsr_environment *env, hid_t file, const char *name, const char *path, nsr_err *err) {
    place p = {.group = H5Gopen2(file, path, H5P_DEFAULT)};
    snprintf(p.where, sizeof p.where, "%s: %s", name, path);
    if (p.group < 0) return nsr_h5_fail(err, NSR_EDATA, "%s: no environment table", p.where);
    p.rows = rows_of(p.group);
    bool good = read_open(env, &p, err);
    nsr_h5_close(p.group);
    return good;
}

/* --- which table --- */

enum { MAX_TABLES = 64 };
typedef struct tables {
    char path[MAX_TABLES][256];
    int n;
} tables;

/* A table with metadata; the ancestor's own name comes first. */
static herr_t collect(hid_t scratch, const char *name, const H5L_info_t *link, void *user) {
    (void)link;
    tables *t = user;
    char path[300];
    if (snprintf(path, sizeof path, "%s/metadata", name) >= 240 || nsr_h5_kind(scratch, path) != H5I_DATASET) return 0;
    if (t->n == MAX_TABLES) return 1;
    int at = t->n++;
    if (strcmp(name, "spatial_environment") == 0 && at > 0) {
        memcpy(t->path[at], t->path[0], sizeof t->path[0]);
        at = 0;
    }
    snprintf(t->path[at], sizeof t->path[at], "/scratch/%.240s", name);
    return 0;
}

/* Reads one table into a fresh environment and sees whether it fits. */
static bool try_table(nsr_environment *env, hid_t file, const char *name, const char *path, const nsr_config *config,
                      const nsr_field *field, nsr_err *err) {
    nsr_environment_free(env);
    if (strcmp(name, field->file) == 0)
        snprintf(env->origin, sizeof env->origin, "%.200s", path);
    else
        snprintf(env->origin, sizeof env->origin, "%.3900s:%.200s", name, path);
    return read_table(env, file, name, path, err) && nsr_environment_match(env, config, field, err);
}

/* The first of them that fits; when none does, the complaint is about the first. */
static bool try_all(nsr_environment *env, hid_t file, const char *name, const nsr_config *config,
                    const nsr_field *field, nsr_err *err) {
    nsr_err first = {0};
    tables *t = calloc(1, sizeof *t);
    if (!t) return nsr_fail(err, NSR_EINTERNAL, "out of memory for a list of environments");
    if (nsr_h5_kind(file, "/scratch") == H5I_GROUP &&
        H5Literate_by_name(file, "/scratch", H5_INDEX_NAME, H5_ITER_INC, NULL, collect, t, H5P_DEFAULT) < 0)
        nsr_h5_fail(&first, NSR_EDATA, "%s: /scratch cannot be listed", name);
    bool good = false;
    for (int i = 0; !good && i < t->n; i++) {
        nsr_err why = {0};
        good = try_table(env, file, name, t->path[i], config, field, &why);
        if (!good && nsr_good(&first)) first = why;
    }
    if (good && strcmp(env->origin, t->path[0]) != 0 && t->n > 1)
        nsr_detail("%d environments found; taken: %s", t->n, env->origin);
    if (!good && !nsr_good(&first)) *err = first;
    free(t);
    return good;
}

/* --- the input's own --- */

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

/* --- --environment FILE[:PATH] --- */

static bool is_named(const nsr_config *config, const nsr_field *field) {
    (void)field;
    return config->input_as.environment != NULL;
}

/* A colon may be part of the file's name: the whole is tried first. */
static const char *split(const char *text, char name[4096], nsr_err *err) {
    const char *colon = access(text, F_OK) == 0 ? NULL : strrchr(text, ':');
    int length = colon ? (int)(colon - text) : (int)strlen(text);
    if (snprintf(name, 4096, "%.*s", length, text) >= 4096)
        nsr_fail(err, NSR_EUSAGE, "--environment: the name is too long");
    return colon ? colon + 1 : NULL;
}

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static bool read_named(nsr_environment *env, const nsr_config *config, const nsr_field *field, nsr_err *err) {
    char name[4096], path[1024];
    const char *inside = split(config->input_as.environment, name, err);
    if (ends_with(name, ".json") || ends_with(name, ".npz"))
        return nsr_fail(
            err, NSR_EDATA,
            "--environment %.900s: environments saved as JSON and npz are not read by this version; give an "
            "NWB file or --grid AxB",
            name);
    hid_t file = nsr_good(err) ? nsr_h5_open(name, H5P_DEFAULT, err) : H5I_INVALID_HID;
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

const nsr_environment_kind nsr_environment_named = {"named", is_named, read_named};
const nsr_environment_kind nsr_environment_nwb = {"nwb", is_nwb, read_own};
