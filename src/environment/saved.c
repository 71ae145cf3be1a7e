/* SPDX-License-Identifier: MIT */
/* The pair of files that to_file writes. The arrays hold the geometry; counts, names, the width of hexagons, the track
   and the neighbours come from the JSON. */
#include "saved.h"

#include "base/json_parse.h"
#include "json_keys.h"
#include "regions.h"
#include "saved_track.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const nsr_saved_arrays[] = {"bin_centers",  "active_mask",  "grid_edges_0",
                                        "grid_edges_1", "grid_edges_2", NULL};

/* --- arrays --- */

static double *doubles_of(const nsr_npy *array, const nsr_outline *o, nsr_err *err) {
    if (array->count > NSR_NPZ_BYTES / (int64_t)sizeof(double)) {
        nsr_fail(err, NSR_EDATA, "%s: an array of %lld numbers, more than an environment can have", o->where,
                 (long long)array->count);
        return NULL;
    }
    double *values = malloc((size_t)array->count * sizeof *values + 1);
    if (values)
        nsr_npy_doubles(array, values);
    else
        nsr_fail(err, NSR_EINTERNAL, "%s: out of memory for %lld numbers", o->where, (long long)array->count);
    return values;
}

static bool take_centers(nsr_outline *o, const nsr_npz *npz, nsr_err *err) {
    const nsr_npy *array = nsr_npz_get(npz, "bin_centers");
    if (!array) return true;
    if (array->n_dims != 2 || array->shape[0] != o->n_bins || array->shape[1] != o->n_dims)
        return nsr_fail(err, NSR_EDATA,
                        "%s: bin_centers has %d dimensions, %lld x %lld numbers; n_bins is %lld, n_dims %d", o->where,
                        array->n_dims, (long long)array->shape[0], (long long)array->shape[1], (long long)o->n_bins,
                        o->n_dims);
    return (o->centers = doubles_of(array, o, err)) != NULL;
}

static bool take_edges(nsr_outline *o, const nsr_npz *npz, nsr_err *err) {
    for (int i = 0; i < 3; i++) {
        const nsr_npy *array = nsr_npz_get(npz, nsr_saved_arrays[2 + i]);
        if (!array) return true;
        if (array->n_dims != 1 || array->count < 2)
            return nsr_fail(err, NSR_EDATA, "%s: grid_edges_%d is no list of two or more edges", o->where, i);
        if (!(o->edges[i] = doubles_of(array, o, err))) return false;
        o->cells[i] = array->count - 1;
        o->n_axes = i + 1;
    }
    return true;
}

static bool take_mask(nsr_outline *o, const nsr_npz *npz, nsr_err *err) {
    const nsr_npy *array = nsr_npz_get(npz, "active_mask");
    if (!array) return true;
    o->n_mask = array->count;
    o->mask = malloc((size_t)array->count + 1);
    if (o->mask) nsr_npy_flags(array, o->mask);
    return o->mask || nsr_fail(err, NSR_EINTERNAL, "%s: out of memory for active_mask", o->where);
}

/* grid_shape of the JSON, the mask and the edges must agree. */
static bool check_shape(const nsr_outline *o, const json_t *root, const nsr_npy *mask, nsr_err *err) {
    const json_t *shape = json_object_get(root, "grid_shape");
    for (int i = 0; i < o->n_axes; i++) {
        int64_t cells = json_integer_value(json_array_get(shape, (size_t)i));
        if (json_is_array(shape) && cells != o->cells[i])
            return nsr_fail(err, NSR_EDATA, "%s: grid_edges_%d makes %lld cells, grid_shape has %lld", o->where, i,
                            (long long)o->cells[i], (long long)cells);
        if (mask && (mask->n_dims != o->n_axes || mask->shape[i] != o->cells[i]))
            return nsr_fail(err, NSR_EDATA, "%s: active_mask has another shape than grid_edges: %lld cells on axis %d",
                            o->where, (long long)mask->shape[i], i);
    }
    return true;
}

/* --- JSON --- */

static bool read_version(const nsr_outline *o, const json_t *root, nsr_err *err) {
    const char *version = json_string_value(json_object_get(root, "schema_version"));
    if (version && strcmp(version, "Environment-v1") == 0) return true;
    return nsr_fail(err, NSR_EDATA, "%s: schema_version is %.60s; this program knows Environment-v1", o->where,
                    version ? version : "missing");
}

static bool read_counts(nsr_outline *o, const json_t *root, nsr_err *err) {
    int64_t n_dims = 0;
    if (!nsr_keys_text(root, "layout_type", o->layout, sizeof o->layout, o->where, err) ||
        !nsr_keys_whole(root, "n_bins", 1, INT32_MAX, &o->n_bins, o->where, err) ||
        !nsr_keys_whole(root, "n_dims", 1, 16, &n_dims, o->where, err))
        return false;
    const char *units = json_string_value(json_object_get(root, "units")),
               *kind = json_string_value(json_object_get(root, "coordinate_kind"));
    snprintf(o->units, sizeof o->units, "%s", units ? units : "");
    o->polar = kind && strcmp(kind, "polar") == 0;
    o->n_dims = (int)n_dims;
    return true;
}

/* Reads neighbours, and the width of hexagons: without hexagon_width it is the smallest distance of neighbours. */
static bool read_links(nsr_outline *o, const json_t *root, nsr_err *err) {
    const json_t *links = json_object_get(json_object_get(root, "graph"), "links"), *link;
    size_t n = json_array_size(links), i;
    double least = INFINITY;
    if (n > 0 && !(o->links = malloc(n * 2 * sizeof *o->links)))
        return nsr_fail(err, NSR_EINTERNAL, "%s: out of memory for %zu edges", o->where, n);
    json_array_foreach(links, i, link) {
        const json_t *a = json_object_get(link, "source"), *b = json_object_get(link, "target");
        double distance = nsr_keys_real(json_object_get(link, "distance"), INFINITY);
        o->links[2 * i] = json_is_integer(a) ? json_integer_value(a) : -1;
        o->links[2 * i + 1] = json_is_integer(b) ? json_integer_value(b) : -1;
        if (distance > 0 && distance < least) least = distance;
    }
    o->n_links = (int64_t)n;
    double width = nsr_keys_real(json_object_get(json_object_get(root, "layout_parameters"), "hexagon_width"), 0);
    o->spacing = width > 0 ? width : isfinite(least) ? least : 0;
    return true;
}

/* The boundary of a mesh, as well-known text (WKT) from shapely, and the spacing of its points. */
static bool read_boundary(nsr_outline *o, const json_t *parameters, nsr_err *err) {
    const char *text =
        json_string_value(json_object_get(json_object_get(parameters, "boundary_polygon"), "__shapely_wkt__"));
    double spacing = nsr_keys_real(json_object_get(parameters, "point_spacing"), 0);
    if (!text || spacing <= 0) return true;
    o->spacing = spacing;
    return (o->boundary = strdup(text)) || nsr_fail(err, NSR_EINTERNAL, "%s: out of memory for a boundary", o->where);
}

static bool take_all(nsr_outline *o, const json_t *root, const nsr_npz *npz, nsr_err *err) {
    return read_version(o, root, err) && read_counts(o, root, err) && take_centers(o, npz, err) &&
           take_edges(o, npz, err) && take_mask(o, npz, err) &&
           check_shape(o, root, nsr_npz_get(npz, "active_mask"), err) && read_links(o, root, err) &&
           nsr_saved_track(o, json_object_get(root, "layout_parameters"), err) &&
           read_boundary(o, json_object_get(root, "layout_parameters"), err) &&
           nsr_regions_take(o, json_object_get(root, "regions"), err);
}

bool nsr_saved_parse(nsr_outline *o, const char *json, size_t size, const nsr_npz *npz, nsr_err *err) {
    json_t *root = nsr_keys_parse(json, size, NSR_JSON_FILE, "JSON", o->where, err);
    bool good = root && take_all(o, root, npz, err);
    json_decref(root);
    return good;
}

/* --- files --- */

enum { MOST_TEXT = 256 << 20 };

static char *read_text(const char *path, size_t *size, nsr_err *err) {
    struct stat st;
    FILE *file = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? fopen(path, "rb") : NULL;
    char *text = NULL;
    if (!file)
        nsr_fail(err, NSR_ENOINPUT, "%s: %s; an environment is saved as two files, NAME.json and NAME.npz", path,
                 errno == ENOENT ? "no such file" : "cannot be read");
    else if (st.st_size > MOST_TEXT)
        nsr_fail(err, NSR_EDATA, "%s: JSON of %lld bytes, more than an environment can have", path,
                 (long long)st.st_size);
    else if (!(text = malloc((size_t)st.st_size + 1)))
        nsr_fail(err, NSR_EINTERNAL, "%s: out of memory for %lld bytes", path, (long long)st.st_size);
    else if ((*size = fread(text, 1, (size_t)st.st_size, file)) != (size_t)st.st_size || ferror(file))
        nsr_fail(err, NSR_EIO, "%s: cannot be read to its end", path);
    if (file) fclose(file);
    return text;
}

/* Both file names from NAME, NAME.json or NAME.npz. */
static bool pair_names(const char *path, char json[4096], char npz[4096], nsr_err *err) {
    size_t n = strlen(path);
    if (n > 5 && strcmp(path + n - 5, ".json") == 0)
        n -= 5;
    else if (n > 4 && strcmp(path + n - 4, ".npz") == 0)
        n -= 4;
    return (snprintf(json, 4096, "%.*s.json", (int)n, path) < 4096 &&
            snprintf(npz, 4096, "%.*s.npz", (int)n, path) < 4096) ||
           nsr_fail(err, NSR_EUSAGE, "--environment: the name is too long");
}

bool nsr_saved_is(const char *path) {
    char json[4096], npz[4096];
    nsr_err none = {0};
    size_t n = strlen(path);
    if ((n > 5 && strcmp(path + n - 5, ".json") == 0) || (n > 4 && strcmp(path + n - 4, ".npz") == 0)) return true;
    return access(path, F_OK) != 0 && pair_names(path, json, npz, &none) &&
           (access(json, F_OK) == 0 || access(npz, F_OK) == 0);
}

bool nsr_saved_read(nsr_environment *env, const char *path, nsr_err *err) {
    char json[4096], npz[4096];
    if (!pair_names(path, json, npz, err)) return false;
    nsr_outline o = {0};
    nsr_npz arrays = {0};
    size_t size = 0;
    snprintf(o.where, sizeof o.where, "%s", json);
    char *text = read_text(json, &size, err);
    bool good = text && nsr_npz_open(&arrays, npz, nsr_saved_arrays, err) &&
                nsr_saved_parse(&o, text, size, &arrays, err) && nsr_outline_shape(&o, env, err);
    snprintf(env->origin, sizeof env->origin, "%s", json);
    nsr_npz_close(&arrays);
    nsr_outline_free(&o);
    free(text);
    return good;
}

bool nsr_saved_has(const char *path, int64_t n_bins) {
    char json[4096], npz[4096];
    nsr_err none = {0};
    size_t size = 0;
    char *text = pair_names(path, json, npz, &none) ? read_text(json, &size, &none) : NULL;
    json_t *root = text ? nsr_json_parse(text, size, 0, NSR_JSON_FILE, NULL) : NULL;
    bool has = nsr_keys_have(root, root, n_bins);
    json_decref(root);
    free(text);
    return has;
}
