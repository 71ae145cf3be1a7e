/* SPDX-License-Identifier: MIT */
/* netCDF-4, which is HDF5 with habits: dimensions are scales with names, and decoders that save xarray's datasets give
   them the same names always. So it is known what every dimension is, where bins lie and which way is up. Shown are the
   cells of a grid, x slow, y fast, both increasing, without the cells that never have a value. */
#include "netcdf.h"

#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROBED = 32 }; /* names of the root that are looked at: every variable has the mark */

typedef struct mark {
    int looked;
    bool found;
} mark;

static herr_t look_for_mark(hid_t root, const char *name, const H5L_info_t *link, void *user) {
    mark *m = user;
    bool hard = link->type == H5L_TYPE_HARD && nsr_h5_kind(root, name) == H5I_DATASET;
    hid_t dataset = hard ? H5Oopen(root, name, H5P_DEFAULT) : H5I_INVALID_HID;
    m->found =
        dataset >= 0 && (H5Aexists(dataset, "_Netcdf4Dimid") > 0 || H5Aexists(dataset, "_Netcdf4Coordinates") > 0);
    nsr_h5_close(dataset);
    return m->found || ++m->looked == PROBED;
}

/* The library's mark, or, in files that it has not made or that were copied, that of their variables. */
static bool probe(hid_t file) {
    mark m = {0, false};
    if (H5Aexists(file, "_NCProperties") > 0) return true;
    if (H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, NULL, look_for_mark, &m) < 0) m.found = false;
    H5Eclear2(H5E_DEFAULT);
    return m.found;
}

/* --- which variable --- */

static bool holds(const char *path, const char *word) { return strstr(strrchr(path, '/') + 1, word) != NULL; }

/* These are looked at only when they are named. */
static bool on_request_only(const char *path) { return holds(path, "likelihood") || holds(path, "probabilit"); }

static bool offers(hid_t file, const char *path, const nsr_field *field) {
    nsr_roles roles;
    if (nsr_roles_find(&roles, field)) {
        if (roles.stack < 0) return nsr_roles_spatial(&roles, file, field);
        if (nsr_roles_spatial(&roles, file, field)) return true;
    }
    return !on_request_only(path) && nsr_format_hdf5.offers(file, path, field);
}

/* What nsr_candidates shows, the best so far. */
typedef struct best {
    hid_t file;
    int rank, ties, n;
    char path[1024], other[1024];
} best;

enum { RANK_SPATIAL = 3, RANK_OTHER, RANK_NONE };

static int rank_of(const nsr_found *found, hid_t file) {
    static const char *const names[] = {"acausal_posterior", "causal_posterior", "posterior"};
    nsr_roles roles;
    const char *path = found->field.path;
    bool spatial = nsr_roles_find(&roles, &found->field) && nsr_roles_spatial(&roles, file, &found->field);
    if (on_request_only(path)) return RANK_NONE;
    for (int i = 0; spatial && i < (int)NSR_COUNTOF(names); i++)
        if (strcmp(strrchr(path, '/') + 1, names[i]) == 0) return i;
    return spatial ? RANK_SPATIAL : RANK_OTHER;
}

static void compare(const nsr_found *found, void *user) {
    best *b = user;
    int rank = rank_of(found, b->file);
    b->n++;
    if (rank == RANK_NONE) snprintf(b->other, sizeof b->other, "%s", found->field.path);
    if (rank == b->rank) b->ties++;
    if (rank >= b->rank) return;
    b->rank = rank;
    b->ties = 0;
    snprintf(b->path, sizeof b->path, "%s", found->field.path);
}

static bool choose(char path[1024], hid_t file, const char *name, nsr_err *err) {
    best b = {.file = file, .rank = RANK_NONE};
    if (nsr_candidates(file, name, compare, &b, err) < 1) return false;
    if (b.rank == RANK_NONE)
        return nsr_fail(err, NSR_EDATA, "%s: no posterior is found; %s is shown with --field %s", name, b.other,
                        b.other);
    if (b.ties > 0 || b.rank >= RANK_OTHER) return false;
    snprintf(path, 1024, "%s", b.path);
    if (b.n > 1 && b.rank < RANK_SPATIAL)
        nsr_note(
            "%s: of %d variables %s is shown: acausal_posterior goes before causal_posterior, that before posterior; "
            "--field shows another",
            name, b.n, path);
    else if (b.n > 1)
        nsr_note("%s: of %d variables %s is shown, the only one with positions; --field shows another", name, b.n,
                 path);
    return true;
}

/* --- dimensions and times --- */

static bool refine(nsr_found *found, nsr_err *err) {
    nsr_roles roles;
    nsr_field *field = &found->field;
    if (found->storage.by_interval && field->chunk[0] > 0)
        snprintf(found->storage.not_direct, NSR_REASON, "chunks of intervals are left to HDF5");
    if (nsr_roles_find(&roles, field) || field->n_dims <= 3) return true;
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
    char units[128], calendar[64], why[200] = "it holds no numbers, one a frame";
    hsize_t length = 0;
    double unit = 1;
    hid_t dataset = nsr_h5_kind(file, path) == H5I_DATASET ? H5Dopen2(file, path, H5P_DEFAULT) : H5I_INVALID_HID;
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
    return true;
}

static bool times(nsr_found *found, hid_t file, nsr_err *err) {
    nsr_roles roles;
    char path[1024] = "";
    if (!nsr_roles_find(&roles, &found->field)) return nsr_format_hdf5.times(found, file, err);
    hid_t dataset = H5Dopen2(file, found->field.path, H5P_DEFAULT);
    if (dataset >= 0) nsr_dim_scale(dataset, nsr_netcdf_dim(&found->field, roles.time), path, sizeof path);
    nsr_h5_close(dataset);
    if (nsr_netcdf_is_variable(file, path)) take_times(found, file, path, found->field.shape[roles.time]);
    return true;
}

/* --- what is shown --- */

static bool find_bins(nsr_bins *bins, const nsr_source *source, const nsr_config *config, nsr_err *err) {
    nsr_roles roles;
    const nsr_field *field = &source->found.field;
    const char *state = config->input_as.state;
    if (!nsr_roles_find(&roles, field) || !nsr_roles_spatial(&roles, source->file, field))
        return !state || nsr_fail(err, NSR_EUSAGE, "--state %s: %s: %s has no states with positions", state,
                                  field->file, field->path);
    return roles.stack >= 0 ? nsr_bins_of_stack(bins, source->file, field, &roles, state, err)
                            : nsr_bins_of_axes(bins, source->file, field, &roles, state, err);
}

/* An array of the root for everybody. */
static bool share(void **array, size_t bytes, const nsr_comm *comm, nsr_err *err) {
    if (!nsr_is_root(comm) && !(*array = malloc(bytes + 1)))
        nsr_fail(err, NSR_EINTERNAL, "out of memory for the order of the bins");
    if (nsr_agree(comm, err)) nsr_bcast(comm, *array, bytes);
    return nsr_good(err);
}

static bool share_bins(nsr_bins *bins, const nsr_comm *comm, nsr_err *err) {
    nsr_bins got = *bins;
    nsr_bcast(comm, &got, sizeof got);
    got.center[0] = bins->center[0];
    got.center[1] = bins->center[1];
    got.fold.from = bins->fold.from;
    *bins = got;
    if (bins->axis[0].n == 0) return true;
    for (int i = 0; i < 2; i++)
        if (bins->axis[i].n > 0 &&
            !share((void **)&bins->center[i], (size_t)bins->axis[i].n * sizeof **bins->center, comm, err))
            return false;
    return share((void **)&bins->fold.from,
                 (size_t)bins->fold.n_bins * (size_t)bins->fold.depth * sizeof *bins->fold.from, comm, err);
}

/* The coordinates go over to the source. */
static bool apply_bins(nsr_source *source, nsr_bins *bins, nsr_err *err) {
    for (int i = 0; i < 2; i++) {
        source->center[i] = bins->center[i];
        bins->center[i] = NULL;
        source->shown.axis[i] = bins->axis[i];
        source->shown.axis[i].center = source->center[i];
    }
    return nsr_source_fold(source, &bins->fold, err);
}

/* Cells without any value are no bins; where there is no value at all, all are. */
static bool drop_inactive(nsr_source *source, const uint8_t *has, nsr_err *err) {
    int64_t n = source->shown.n_bins, used = 0;
    for (int64_t i = 0; i < n; i++)
        used += has[i] != 0;
    if (used == n || used == 0) return true;
    nsr_fold pick = {NSR_FOLD_SELECT, 1, used, malloc((size_t)used * sizeof *pick.from)};
    source->active = malloc((size_t)n);
    if (!pick.from || !source->active) {
        free(pick.from);
        return nsr_fail(err, NSR_EINTERNAL, "out of memory for the choice of %lld bins", (long long)used);
    }
    for (int64_t i = 0, k = 0; i < n; i++)
        if ((source->active[i] = has[i] != 0)) pick.from[k++] = (int32_t)i;
    source->shown.active = source->active;
    nsr_note("%s: %lld of %lld cells have a value in some frame; the others are no bins", source->shown.path,
             (long long)used, (long long)n);
    return nsr_source_fold(source, &pick, err);
}

/* The bundle knows it, or all frames are looked at. Every rank has the same text, but not the same memory. */
static bool find_active(nsr_active *active, nsr_source *source, const nsr_comm *comm, const nsr_config *config,
                        nsr_err *err) {
    int64_t known = nsr_known_read(active, source, config->input_as.known);
    nsr_sum_i64(comm, &known, 1);
    if (known == nsr_ranks(comm)) return true;
    nsr_active_free(active);
    return nsr_active_find(active, source, comm, config, err);
}

static bool drop_empty(nsr_source *source, const nsr_comm *comm, const nsr_config *config, nsr_err *err) {
    nsr_active active;
    if (find_active(&active, source, comm, config, err)) {
        if (active.missed == 0 && nsr_is_root(comm)) source->known = nsr_known_text(&active, source);
        drop_inactive(source, active.bins, err);
        if (active.ends && nsr_good(err)) nsr_intervals_find(source, active.ends, err);
    }
    nsr_active_free(&active);
    return nsr_agree(comm, err);
}

/* info and plan are asked before a long recording is read. But without its intervals nothing can be planned. */
static bool too_long(const nsr_source *source, const nsr_config *config) {
    static const double AT_ONCE = 256 << 20;
    unsigned asked = source->found.storage.by_interval ? NSR_CMD_INFO : NSR_CMD_INFO | NSR_CMD_PLAN;
    const nsr_field *field = &source->found.field;
    double bytes = (double)field->n_frames * (double)field->n_bins * (double)nsr_type_size(field->type);
    return (config->command & asked) && bytes > AT_ONCE;
}

static bool choose_bins(nsr_source *source, const nsr_comm *comm, const nsr_config *config, nsr_err *err) {
    if (!too_long(source, config)) return drop_empty(source, comm, config, err);
    source->shown.unsearched = true;
    nsr_note("%s: too long to be read now: cells that never have a value%s are counted; range and render find out",
             source->shown.path, source->found.storage.by_interval ? " and the padding of intervals" : "");
    return true;
}

static bool arrange(nsr_source *source, const nsr_comm *comm, const nsr_config *config, nsr_err *err) {
    nsr_bins bins = {0};
    if (nsr_is_root(comm)) find_bins(&bins, source, config, err);
    bool good = nsr_agree(comm, err) && share_bins(&bins, comm, err);
    bool known = good && bins.axis[0].n > 0;
    if (known) apply_bins(source, &bins, err);
    nsr_bins_free(&bins);
    return nsr_agree(comm, err) && (!known || choose_bins(source, comm, config, err));
}

const nsr_format nsr_format_netcdf = {.name = "netcdf",
                                      .probe = probe,
                                      .offers = offers,
                                      .times = times,
                                      .refine = refine,
                                      .choose = choose,
                                      .arrange = arrange};
