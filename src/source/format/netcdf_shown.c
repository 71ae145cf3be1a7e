/* SPDX-License-Identifier: MIT */
/* Selects the shown part of a netCDF variable: the cells of a grid (x slow, y fast, both increasing) except those that
   never have a value, and the frames of intervals between their paddings. */
#include "netcdf.h"
#include "source/shown/shown.h"

#include <nsrender/log.h>
#include <stdlib.h>

static bool find_bins(nsr_bins *bins, const nsr_source *source, const nsr_config *config, nsr_err *err) {
    nsr_roles roles;
    const nsr_field *field = &source->found.field;
    const char *state = config->input_as.state;
    if (!nsr_roles_find(&roles, field) || !nsr_roles_spatial(&roles, source->file, field))
        return !state || nsr_fail(err, NSR_EUSAGE, "--state %s: %s: %s has no states with positions", state,
                                  field->file, field->path);
    return roles.stack >= 0 ? nsr_bins_of_stack(bins, source->file, field, &roles, state, err)
                            : nsr_bins_of_axes(bins, source->file, &source->found, &roles, state, err);
}

/* Broadcasts an array of the root; the other ranks allocate it. */
static bool share_array(void **array, size_t bytes, const nsr_comm *comm, nsr_err *err) {
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
            !share_array((void **)&bins->center[i], (size_t)bins->axis[i].n * sizeof **bins->center, comm, err))
            return false;
    return share_array((void **)&bins->fold.from,
                       (size_t)bins->fold.n_bins * (size_t)bins->fold.depth * sizeof *bins->fold.from, comm, err);
}

/* The source takes over the coordinates. */
static bool apply_bins(nsr_source *source, nsr_bins *bins, nsr_err *err) {
    for (int i = 0; i < 2; i++) {
        source->center[i] = bins->center[i];
        bins->center[i] = NULL;
        source->shown.axis[i] = bins->axis[i];
        source->shown.axis[i].center = source->center[i];
    }
    return nsr_source_fold(source, &bins->fold, err);
}

/* Cells that never have a value are left out; if no cell has one, all are kept. */
static bool drop_inactive(nsr_source *source, const uint8_t *has, nsr_err *err) {
    int64_t n = source->shown.n_bins, used = 0;
    for (int64_t i = 0; i < n; i++)
        used += has[i] != 0;
    if (used == n || used == 0) return true;
    nsr_fold selection = {NSR_FOLD_SELECT, 1, used, malloc((size_t)used * sizeof *selection.from)};
    source->active = malloc((size_t)n);
    if (!selection.from || !source->active) {
        free(selection.from);
        return nsr_fail(err, NSR_EINTERNAL, "out of memory for the choice of %lld bins", (long long)used);
    }
    for (int64_t i = 0, k = 0; i < n; i++)
        if ((source->active[i] = has[i] != 0)) selection.from[k++] = (int32_t)i;
    source->shown.active = source->active;
    nsr_note("%s: %lld of %lld cells have a value in some frame; the others are no bins", source->shown.path,
             (long long)used, (long long)n);
    return nsr_source_fold(source, &selection, err);
}

/* Uses the result that a bundle has stored, else reads all frames. Ranks have the same text but may run out of memory
   differently, so they agree first. */
static bool find_active(nsr_active *active, nsr_source *source, const nsr_comm *comm, const nsr_config *config,
                        nsr_err *err) {
    int64_t known = nsr_known_read(active, source, source->recalled);
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

/* info and plan do not read a long recording, because they have to be fast; but plan needs the intervals. */
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

bool nsr_netcdf_arrange(nsr_source *source, const nsr_comm *comm, const nsr_config *config, nsr_err *err) {
    nsr_bins bins = {0};
    if (nsr_is_root(comm)) find_bins(&bins, source, config, err);
    bool good = nsr_agree(comm, err) && share_bins(&bins, comm, err);
    bool known = good && bins.axis[0].n > 0;
    if (known) apply_bins(source, &bins, err);
    nsr_bins_free(&bins);
    return nsr_agree(comm, err) && (!known || choose_bins(source, comm, config, err));
}
