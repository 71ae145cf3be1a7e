/* SPDX-License-Identifier: MIT */
/* Fields with dimensions for positions, and perhaps one for states: cell (ix, iy) of the grid is made of one stored bin
   of every state, found by the order of the dimensions and the direction of the coordinates. */
#include "netcdf.h"

#include <stdlib.h>

/* Stored bins from one index of a dimension to the next. */
static int64_t stride_of(const nsr_field *field, int dim) {
    int64_t step = 1;
    for (int i = dim + 1; i < field->n_dims; i++)
        step *= field->shape[i];
    return step;
}

typedef struct walk {
    int64_t n, start, step; /* in increasing coordinates */
} walk;

static walk walk_of(const nsr_field *field, int dim, bool down) {
    if (dim < 0) return (walk){1, 0, 0};
    int64_t n = field->shape[dim], step = stride_of(field, dim);
    return (walk){n, down ? (n - 1) * step : 0, down ? -step : step};
}

static bool fill_table(nsr_fold *fold, walk x, walk y, walk state, nsr_err *err) {
    fold->op = state.n > 1 ? NSR_FOLD_SUM : NSR_FOLD_SELECT;
    fold->depth = (int32_t)state.n;
    fold->n_bins = x.n * y.n;
    int32_t *at = fold->from = malloc((size_t)(x.n * y.n * state.n) * sizeof *at);
    if (!at) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the order of %lld bins", (long long)(x.n * y.n));
    for (int64_t i = 0; i < x.n; i++)
        for (int64_t k = 0; k < y.n; k++)
            for (int64_t s = 0; s < state.n; s++)
                *at++ = (int32_t)(x.start + i * x.step + y.start + k * y.step + state.start + s * state.step);
    return true;
}

static bool choose_state(walk *walked, hid_t file, const nsr_field *field, int dim, const char *wanted, nsr_err *err) {
    nsr_states states = {0};
    char path[1024];
    int64_t n = field->shape[dim];
    const char *const name[] = {field->dim[dim], NULL};
    if (!nsr_netcdf_beside(path, file, field, name, true, n)) path[0] = 0;
    bool good = nsr_states_read(&states, file, field, path, n, err) && nsr_states_choose(&states, field, wanted, err);
    if (good && states.n != n)
        good = nsr_fail(err, NSR_EDATA, "%s: %s: two states have the same name", field->file, path);
    *walked = walk_of(field, dim, false);
    if (good && states.chosen >= 0) *walked = (walk){1, states.chosen * walked->step, 0};
    nsr_states_free(&states);
    return good;
}

bool nsr_bins_of_axes(nsr_bins *bins, hid_t file, const nsr_found *found, const nsr_roles *roles, const char *state,
                      nsr_err *err) {
    const nsr_field *field = &found->field;
    bool down[2] = {false, false};
    int dim[2] = {roles->line >= 0 ? roles->line : roles->x, roles->line >= 0 ? -1 : roles->y};
    walk states = {1, 0, 0};
    if (roles->state >= 0 && !choose_state(&states, file, field, roles->state, state, err)) return false;
    if (roles->state < 0 && state)
        return nsr_fail(err, NSR_EUSAGE, "--state %s: %s: %s has no states", state, field->file, field->path);
    for (int i = 0; i < 2 && dim[i] >= 0; i++)
        if (!nsr_netcdf_axis(&bins->axis[i], &bins->center[i], &down[i], file, found, dim[i], err)) return false;
    return fill_table(&bins->fold, walk_of(field, dim[0], down[0]), walk_of(field, dim[1], down[1]), states, err);
}

void nsr_bins_free(nsr_bins *bins) {
    free(bins->fold.from);
    free(bins->center[0]);
    free(bins->center[1]);
    *bins = (nsr_bins){0};
}
