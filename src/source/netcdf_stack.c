/* SPDX-License-Identifier: MIT */
/* Bins one after the other, states one after the other, as non_local_detector has them: variables beside the field say
   for every bin where it lies and whose it is. The different positions are the cells of a grid; bins without a position
   (a state "local" has one bin and no place) are left out. */
#include "netcdf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPARSE = 64 }; /* more cells than this times the bins: positions are not those of a grid */

typedef struct stack {
    int64_t n;         /* stored bins */
    double *at[2];     /* position of each; the second is NULL on a track */
    nsr_states states; /* name NULL: there are none */
} stack;

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The different finite values of a bin's coordinate, in order. */
static bool find_centers(nsr_coordinate *axis, double **center, const double *at, int64_t n, nsr_err *err) {
    double *all = *center = malloc((size_t)n * sizeof *all);
    int64_t used = 0, different = 0;
    if (!all) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the positions of %lld bins", (long long)n);
    for (int64_t i = 0; i < n; i++)
        if (isfinite(at[i])) all[used++] = at[i];
    qsort(all, (size_t)used, sizeof *all, by_value);
    for (int64_t i = 0; i < used; i++)
        if (different == 0 || all[i] != all[different - 1]) all[different++] = all[i];
    axis->n = (int)different;
    return true;
}

static int64_t place(const nsr_coordinate *axis, const double *center, double value) {
    const double *found = isfinite(value) ? bsearch(&value, center, (size_t)axis->n, sizeof value, by_value) : NULL;
    return found ? found - center : -1;
}

/* The cell of a bin; -1: it has none, or its state is not shown. */
static int64_t cell_of(const stack *s, const nsr_bins *bins, int64_t bin) {
    if (s->states.name && s->states.chosen >= 0 && s->states.of[bin] != s->states.chosen) return -1;
    int64_t x = place(&bins->axis[0], bins->center[0], s->at[0][bin]), y = 0;
    if (s->at[1]) y = place(&bins->axis[1], bins->center[1], s->at[1][bin]);
    return x < 0 || y < 0 ? -1 : s->at[1] ? x * bins->axis[1].n + y : x;
}

static int32_t deepest(const int32_t *count, int64_t cells) {
    int32_t most = 0;
    for (int64_t i = 0; i < cells; i++)
        if (count[i] > most) most = count[i];
    return most;
}

/* Counts first, then hands out: cells differ in how many states they have. */
static bool hand_out(nsr_fold *fold, const stack *s, const nsr_bins *bins, int32_t *count, nsr_err *err) {
    int64_t cells = fold->n_bins, placed = 0;
    for (int64_t i = 0; i < s->n; i++) {
        int64_t cell = cell_of(s, bins, i);
        if (cell >= 0) count[cell]++;
        placed += cell >= 0;
    }
    fold->depth = deepest(count, cells);
    if (placed == 0) return nsr_fail(err, NSR_EDATA, "none of the bins that are to be shown has a position");
    if (cells > SPARSE * s->n / fold->depth)
        return nsr_fail(err, NSR_EDATA, "the positions of the bins are not those of a grid");
    fold->op = fold->depth > 1 ? NSR_FOLD_SUM : NSR_FOLD_PICK;
    fold->from = malloc((size_t)(cells * fold->depth) * sizeof *fold->from);
    if (!fold->from) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the order of %lld bins", (long long)cells);
    memset(fold->from, 0xff, (size_t)(cells * fold->depth) * sizeof *fold->from); /* -1 */
    memset(count, 0, (size_t)cells * sizeof *count);
    for (int64_t i = 0; i < s->n; i++) {
        int64_t cell = cell_of(s, bins, i);
        if (cell >= 0) fold->from[cell * fold->depth + count[cell]++] = (int32_t)i;
    }
    return true;
}

static bool make_table(nsr_bins *bins, const stack *s, const nsr_field *field, nsr_err *err) {
    for (int i = 0; i < 2 && s->at[i]; i++)
        if (!find_centers(&bins->axis[i], &bins->center[i], s->at[i], s->n, err)) return false;
    int64_t cells = (int64_t)bins->axis[0].n * (s->at[1] ? bins->axis[1].n : 1);
    if (cells < 1 || cells > SPARSE * s->n || cells > INT32_MAX)
        return nsr_fail(err, NSR_EDATA, "%s: %s: the positions of its %lld bins are not those of a grid (%d x %d)",
                        field->file, field->path, (long long)s->n, bins->axis[0].n, bins->axis[1].n);
    bins->fold.n_bins = cells;
    nsr_err why = {0};
    int32_t *count = calloc((size_t)cells, sizeof *count);
    bool good = count ? hand_out(&bins->fold, s, bins, count, &why)
                      : nsr_fail(&why, NSR_EINTERNAL, "out of memory for %lld cells", (long long)cells);
    free(count);
    return good || nsr_fail(err, why.code, "%s: %s: %.300s", field->file, field->path, why.msg);
}

static bool read_positions(stack *s, nsr_bins *bins, hid_t file, const nsr_field *field, nsr_err *err) {
    char path[1024];
    bool plane = nsr_netcdf_beside(path, file, field, nsr_y_names, false, s->n);
    bool x = nsr_netcdf_beside(path, file, field, nsr_x_names, false, s->n);
    if (!x && !nsr_netcdf_beside(path, file, field, nsr_line_names, false, s->n))
        return nsr_fail(err, NSR_EDATA, "%s: %s: no positions of its bins are found", field->file, field->path);
    if (!(s->at[0] = nsr_netcdf_numbers(&bins->axis[0], file, field, path, s->n, err))) return false;
    if (!x || !plane) return true;
    nsr_netcdf_beside(path, file, field, nsr_y_names, false, s->n);
    return (s->at[1] = nsr_netcdf_numbers(&bins->axis[1], file, field, path, s->n, err)) != NULL;
}

static bool read_states(stack *s, hid_t file, const nsr_field *field, const char *wanted, nsr_err *err) {
    char path[1024];
    if (nsr_netcdf_beside(path, file, field, nsr_state_names, true, s->n))
        return nsr_states_read(&s->states, file, field, path, s->n, err) &&
               nsr_states_choose(&s->states, field, wanted, err);
    return !wanted || nsr_fail(err, NSR_EUSAGE, "--state %s: %s: %s has no states", wanted, field->file, field->path);
}

bool nsr_bins_of_stack(nsr_bins *bins, hid_t file, const nsr_field *field, const nsr_roles *roles, const char *state,
                       nsr_err *err) {
    stack s = {.n = field->shape[roles->stack]};
    bool good = read_states(&s, file, field, state, err) && read_positions(&s, bins, file, field, err) &&
                make_table(bins, &s, field, err);
    nsr_states_free(&s.states);
    free(s.at[0]);
    free(s.at[1]);
    return good;
}
