/* SPDX-License-Identifier: MIT */
/* Stacked bins, as non_local_detector writes them: one dimension holds the bins of all states in a row, and other
   variables give the position and the state of each bin. The different positions are the cells of a grid; bins without
   a position, as in the state "local", are left out. A decoder of several environments has states in each of them, and
   a picture shows one environment. */
#include "netcdf.h"

#include <math.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPARSE = 64 }; /* more cells than this times the bins: positions are not those of a grid */
enum { MOST_ENTRIES = 1 << 25 }; /* of the table from cells to bins */

typedef struct stack {
    int64_t n;         /* stored bins */
    double *at[2];     /* position of each; the second is NULL on a track */
    nsr_states states; /* name NULL: there are none */
    nsr_states rooms;  /* environments of the bins; name NULL: the file has none */
} stack;

static bool is_chosen(const nsr_states *states, int64_t bin) {
    return !states->name || states->chosen < 0 || states->of[bin] == states->chosen;
}

static bool is_shown(const stack *s, int64_t bin) {
    return is_chosen(&s->states, bin) && is_chosen(&s->rooms, bin) && isfinite(s->at[0][bin]) &&
           (!s->at[1] || isfinite(s->at[1][bin]));
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The different values of a coordinate, in order. */
static bool find_centers(nsr_coordinate *axis, double **center, const stack *s, const double *at, nsr_err *err) {
    double *all = *center = malloc((size_t)s->n * sizeof *all);
    int64_t used = 0, different = 0;
    if (!all) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the positions of %lld bins", (long long)s->n);
    for (int64_t i = 0; i < s->n; i++)
        if (is_shown(s, i)) all[used++] = at[i];
    qsort(all, (size_t)used, sizeof *all, by_value);
    for (int64_t i = 0; i < used; i++)
        if (different == 0 || all[i] != all[different - 1]) all[different++] = all[i];
    axis->n = (int)different;
    return true;
}

static int64_t place_of(const nsr_coordinate *axis, const double *center, double value) {
    return (const double *)bsearch(&value, center, (size_t)axis->n, sizeof value, by_value) - center;
}

/* The cell of a bin; -1: it is not shown. */
static int64_t cell_of(const stack *s, const nsr_bins *bins, int64_t bin) {
    if (!is_shown(s, bin)) return -1;
    int64_t x = place_of(&bins->axis[0], bins->center[0], s->at[0][bin]);
    return s->at[1] ? x * bins->axis[1].n + place_of(&bins->axis[1], bins->center[1], s->at[1][bin]) : x;
}

static int32_t deepest(const int32_t *count, int64_t cells) {
    int32_t most = 0;
    for (int64_t i = 0; i < cells; i++)
        if (count[i] > most) most = count[i];
    return most;
}

/* Counts the bins of each cell, then lists them: cells differ in the number of their states. */
static bool list_bins_of_cells(nsr_fold *fold, const stack *s, const nsr_bins *bins, int32_t *count, nsr_err *err) {
    int64_t cells = fold->n_bins;
    for (int64_t i = 0; i < s->n; i++) {
        int64_t cell = cell_of(s, bins, i);
        if (cell >= 0) count[cell]++;
    }
    fold->depth = deepest(count, cells);
    if (cells > SPARSE * s->n / fold->depth || cells > MOST_ENTRIES / fold->depth)
        return nsr_fail(err, NSR_EDATA, "the positions of the bins are not those of a grid");
    fold->op = fold->depth > 1 ? NSR_FOLD_SUM : NSR_FOLD_SELECT;
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
        if (!find_centers(&bins->axis[i], &bins->center[i], s, s->at[i], err)) return false;
    int64_t cells = (int64_t)bins->axis[0].n * (s->at[1] ? bins->axis[1].n : 1);
    if (cells < 1)
        return nsr_fail(err, NSR_EDATA, "%s: %s: none of the bins that are to be shown has a position", field->file,
                        field->path);
    if (cells > SPARSE * s->n || cells > MOST_ENTRIES)
        return nsr_fail(err, NSR_EDATA, "%s: %s: the positions of its %lld bins are not those of a grid (%d x %d)",
                        field->file, field->path, (long long)s->n, bins->axis[0].n, bins->axis[1].n);
    bins->fold.n_bins = cells;
    nsr_err why = {0};
    int32_t *count = calloc((size_t)cells, sizeof *count);
    bool good = count ? list_bins_of_cells(&bins->fold, s, bins, count, &why)
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

/* --state may also name an environment: then all of its states are summed. */
static bool choose_states(stack *s, const nsr_field *field, const char *wanted, nsr_err *err) {
    bool room = wanted && s->rooms.name && (!s->states.name || nsr_states_find(&s->states, wanted) < 0);
    s->rooms.chosen = room ? nsr_states_named(&s->rooms, wanted) : -1;
    if (s->rooms.chosen >= 0) {
        nsr_note("%s: environment %s: the sum of its states is shown", field->path, wanted);
        return true;
    }
    if (s->states.name) return nsr_states_choose(&s->states, field, wanted, err);
    return !wanted || nsr_fail(err, NSR_EUSAGE, "--state %s: %s: %s has no states", wanted, field->file, field->path);
}

static bool read_states(stack *s, hid_t file, const nsr_field *field, nsr_err *err) {
    char path[1024];
    if (nsr_netcdf_beside(path, file, field, nsr_state_names, true, s->n) &&
        !nsr_states_read(&s->states, file, field, path, s->n, err))
        return false;
    return nsr_rooms_read(&s->rooms, &s->states, file, field, s->n, err);
}

static bool in_one_room(const stack *s, const nsr_field *field, nsr_err *err) {
    int64_t first = -1;
    char names[400];
    for (int64_t i = 0; s->rooms.name && i < s->n; i++) {
        if (!is_shown(s, i)) continue;
        if (first < 0) first = i;
        if (s->rooms.of[i] == s->rooms.of[first]) continue;
        nsr_states_list(&s->rooms, names, sizeof names);
        return nsr_fail(err, NSR_EUSAGE,
                        "%s: %s: its bins lie in %d environments (%s); a picture shows one of them: give --state "
                        "ENVIRONMENT, or the name of a state",
                        field->file, field->path, s->rooms.n, names);
    }
    return true;
}

bool nsr_bins_of_stack(nsr_bins *bins, hid_t file, const nsr_field *field, const nsr_roles *roles, const char *state,
                       nsr_err *err) {
    stack s = {.n = field->shape[roles->stack]};
    bool good = read_states(&s, file, field, err) && choose_states(&s, field, state, err) &&
                read_positions(&s, bins, file, field, err) && in_one_room(&s, field, err) &&
                make_table(bins, &s, field, err);
    nsr_states_free(&s.states);
    nsr_states_free(&s.rooms);
    free(s.at[0]);
    free(s.at[1]);
    return good;
}
