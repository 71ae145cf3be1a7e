/* SPDX-License-Identifier: MIT */
/* netCDF-4 is HDF5 with conventions: dimensions are scales with names. Decoders that save datasets of xarray always use
   the same names, which give the meaning of every dimension, the positions of bins and the direction of the axes. */
#include "netcdf.h"

#include <nsrender/log.h>
#include <stdio.h>
#include <string.h>

enum { PROBED = 32 }; /* names in the root group: any variable has the mark, so a few suffice */

typedef struct mark {
    int probed;
    bool found;
} mark;

static herr_t find_mark(hid_t root, const char *name, const H5L_info_t *link, void *user) {
    mark *m = user;
    bool hard = link->type == H5L_TYPE_HARD && nsr_h5_kind(root, name) == H5I_DATASET;
    hid_t dataset = hard ? H5Oopen(root, name, H5P_DEFAULT) : H5I_INVALID_HID;
    m->found =
        dataset >= 0 && (H5Aexists(dataset, "_Netcdf4Dimid") > 0 || H5Aexists(dataset, "_Netcdf4Coordinates") > 0);
    nsr_h5_close(dataset);
    return m->found || ++m->probed == PROBED;
}

/* The netCDF library marks a file. In a copy, or a file of another writer, only the variables may have a mark. */
static bool is_netcdf(hid_t file) {
    mark m = {0, false};
    if (H5Aexists(file, "_NCProperties") > 0) return true;
    if (H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, NULL, find_mark, &m) < 0) m.found = false;
    H5Eclear2(H5E_DEFAULT);
    return m.found;
}

/* --- which variable --- */

static bool holds(const char *path, const char *word) { return strstr(strrchr(path, '/') + 1, word) != NULL; }

/* Likelihoods have the dimensions of a posterior, but are shown only with --field. */
static bool on_request_only(const char *path) { return holds(path, "likelihood") || holds(path, "probabilit"); }

static bool offers(nsr_catalog *catalog, const char *path, const nsr_field *field) {
    nsr_roles roles;
    if (nsr_roles_find(&roles, field)) {
        if (roles.stack < 0) return nsr_roles_spatial(&roles, catalog->file, field);
        if (nsr_roles_spatial(&roles, catalog->file, field)) return true;
    }
    return !on_request_only(path) && nsr_format_hdf5.offers(catalog, path, field);
}

static nsr_preference prefer(const nsr_found *found, hid_t file) {
    static const char *const names[] = {"acausal_posterior", "causal_posterior", "posterior"};
    enum { SPATIAL = NSR_COUNTOF(names), OTHER };
    nsr_roles roles;
    const char *path = found->field.path;
    bool spatial = nsr_roles_find(&roles, &found->field) && nsr_roles_spatial(&roles, file, &found->field);
    if (on_request_only(path)) return (nsr_preference){NSR_ONLY_NAMED, NULL};
    for (int i = 0; spatial && i < (int)NSR_COUNTOF(names); i++)
        if (strcmp(strrchr(path, '/') + 1, names[i]) == 0)
            return (nsr_preference){i, ": acausal_posterior goes before causal_posterior, that before posterior"};
    return spatial ? (nsr_preference){SPATIAL, ", the only one with positions"} : (nsr_preference){OTHER, NULL};
}

/* --- dimensions and times --- */

static bool refine(nsr_found *found, nsr_err *err) {
    nsr_roles roles;
    nsr_field *field = &found->field;
    if (found->storage.by_interval && field->chunk[0] > 0)
        snprintf(found->storage.not_direct, NSR_REASON, "chunks of intervals are left to HDF5");
    if (nsr_roles_find(&roles, field) || field->n_dims <= 3) return true;
    if (!nsr_check_roles(found, err)) return false;
    char names[NSR_DIMS * 68] = "";
    for (int i = 0; i < field->n_dims; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i ? ", " : "",
                 field->dim[i][0] ? field->dim[i] : "?");
    return nsr_fail(err, NSR_EDATA,
                    "%s: %s: has the dimensions (%s); known are (intervals, time, state, x_position, y_position), of "
                    "which intervals and state may be missing; time comes first",
                    field->file, field->path, names);
}

static bool take_times(nsr_found *found, hid_t file, const char *path, int64_t n) {
    nsr_field *field = &found->field;
    char units[128], calendar[64], why[200] = "it does not hold one number per frame";
    hsize_t length = 0;
    double unit = 1;
    int gap;
    hid_t dataset = nsr_h5_kind(file, path) == H5I_DATASET ? nsr_virtual_open(file, path, &gap) : H5I_INVALID_HID;
    hid_t type = dataset >= 0 ? H5Dget_type(dataset) : H5I_INVALID_HID;
    bool good = type >= 0 && nsr_is_numeric(type) && nsr_h5_shape(dataset, 1, &length) == 1 && length == (hsize_t)n;
    if (good && nsr_h5_text_attr(dataset, "units", units, sizeof units)) {
        nsr_h5_text_attr(dataset, "calendar", calendar, sizeof calendar);
        good = nsr_cf_seconds(units, calendar, &unit, why, sizeof why);
    }
    double scale = good ? nsr_h5_real_attr(dataset, "scale_factor", 1) : 1;
    double add = good ? nsr_h5_real_attr(dataset, "add_offset", 0) : 0;
    nsr_h5_close(type);
    nsr_h5_close(dataset);
    H5Eclear2(H5E_DEFAULT);
    if (!good && !found->quiet) nsr_warn("%s: %s is not used as the times of the frames: %s", field->file, path, why);
    if (!good) return false;
    snprintf(field->times.path, sizeof field->times.path, "%s", path);
    field->times.n = n;
    field->times.unit = unit * scale;
    field->times.shift = unit * add;
    found->storage.times_gap = gap;
    return true;
}

static bool find_times(nsr_found *found, hid_t file, nsr_err *err) {
    nsr_roles roles;
    if (!nsr_roles_find(&roles, &found->field)) return nsr_format_hdf5.times(found, file, err);
    const char *path = found->storage.scale[nsr_netcdf_dim(&found->field, roles.time)];
    if (nsr_netcdf_is_variable(file, path)) take_times(found, file, path, found->field.shape[roles.time]);
    return true;
}

const nsr_format nsr_format_netcdf = {.name = "netcdf",
                                      .hints = NSR_HINT_NAMES,
                                      .probe = is_netcdf,
                                      .offers = offers,
                                      .times = find_times,
                                      .refine = refine,
                                      .prefer = prefer,
                                      .arrange = nsr_netcdf_arrange};
