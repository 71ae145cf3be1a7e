/* SPDX-License-Identifier: MIT */
/* Do the frames come first or last? Column-major programs (MATLAB) write them last, and no attribute records it. Hints
   are tried in turn: --axes, names of dimensions, --grid, the number of times, --environment. The first hint that fits
   only one order decides; without one, frames come first. */
#include "find.h"

#include <nsrender/environment.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum verdict { UNDECIDED, FIRST, LAST } verdict;

typedef struct question {
    const nsr_found *found;
    hid_t file;
    const nsr_config *config; /* NULL: no options */
    const nsr_format *format;
    bool both;     /* a number of bins was given, and fits both orders */
    char why[200]; /* for the log */
} question;

/* The order that fits, if exactly one does. */
static verdict only(bool first, bool last) { return first == last ? UNDECIDED : first ? FIRST : LAST; }

static verdict by_axes(question *q) {
    const char *axes = q->config ? q->config->input_as.axes : NULL;
    if (!axes) return UNDECIDED;
    snprintf(q->why, sizeof q->why, "--axes %s", axes);
    return axes[0] == 't' ? FIRST : LAST;
}

static bool is_time(const char *name) {
    static const char *const words[] = {"time", "times", "t", "frame", "frames"};
    for (size_t i = 0; i < NSR_COUNTOF(words); i++)
        if (strcmp(name, words[i]) == 0) return true;
    return false;
}

static verdict by_names(question *q) {
    const nsr_field *field = &q->found->field;
    const char *last = field->dim[field->n_dims - 1];
    snprintf(q->why, sizeof q->why, "the last dimension is called '%s'", last);
    return only(is_time(field->dim[0]), is_time(last));
}

/* Bins of a frame, if frames are last. */
static int64_t bins_if_last(const nsr_field *field) {
    return field->n_bins / field->shape[field->n_dims - 1] * field->n_frames;
}

static verdict by_bins(question *q, bool first, bool last) {
    q->both |= first && last;
    return only(first, last);
}

static verdict by_grid(question *q) {
    const char *grid = q->config ? q->config->input_as.grid : NULL;
    const nsr_field *field = &q->found->field;
    int a = 0, b = 0;
    if (!grid || sscanf(grid, "%dx%d", &a, &b) != 2) return UNDECIDED;
    snprintf(q->why, sizeof q->why, "--grid %.60s has so many bins", grid);
    return by_bins(q, (int64_t)a * b == field->n_bins, (int64_t)a * b == bins_if_last(field));
}

/* Whether the geometry is valid is checked later. */
static verdict by_environment(question *q) {
    const nsr_field *field = &q->found->field;
    if (!q->config || !q->config->input_as.environment) return UNDECIDED;
    snprintf(q->why, sizeof q->why, "%.100s has so many bins", q->config->input_as.environment);
    return by_bins(q, nsr_environment_has(q->config, field->n_bins),
                   nsr_environment_has(q->config, bins_if_last(field)));
}

static void put_frames_first(nsr_field *field) {
    int last = field->n_dims - 1;
    int64_t frames = field->shape[last], chunk = field->chunk[last];
    char name[64];
    memcpy(name, field->dim[last], sizeof name);
    memmove(field->shape + 1, field->shape, (size_t)last * sizeof *field->shape);
    memmove(field->chunk + 1, field->chunk, (size_t)last * sizeof *field->chunk);
    memmove(field->dim + 1, field->dim, (size_t)last * sizeof *field->dim);
    memcpy(field->dim[0], name, sizeof name);
    field->shape[0] = field->n_frames = frames;
    field->chunk[0] = chunk;
    field->n_bins = 1;
    for (int k = 1; k < field->n_dims; k++)
        field->n_bins *= field->shape[k];
    field->n_stored = field->n_bins;
    field->bins_first = true;
}

/* Do the times that the format finds, or the user names, have one number per frame? */
static bool timed(const question *q, nsr_found *guess) {
    const char *name = q->config ? q->config->input_as.times_from : NULL;
    nsr_err none = {0};
    char path[1024];
    guess->quiet = true;
    if (!name) return q->format->times(guess, q->file, &none) && guess->field.times.path[0];
    return (nsr_name_beside(path, q->file, &guess->field, name) ||
            nsr_name_find(path, q->file, guess->field.file, name, &none)) &&
           nsr_times_take(guess, q->file, path, false);
}

static verdict by_times(question *q) {
    nsr_found *guess = malloc(sizeof *guess);
    if (!guess) return UNDECIDED;
    *guess = *q->found;
    bool first = timed(q, guess);
    *guess = *q->found;
    put_frames_first(&guess->field);
    bool last = timed(q, guess);
    if (last)
        snprintf(q->why, sizeof q->why, "%.120s has length %lld", guess->field.times.path,
                 (long long)guess->field.n_frames);
    free(guess);
    return only(first, last);
}

static verdict ask_in_turn(question *q) {
    static verdict (*const all[])(question * q) = {by_axes, by_names, by_grid, by_times, by_environment};
    static const size_t counted[] = {[NSR_HINT_AXES] = 1, [NSR_HINT_NAMES] = 2, [NSR_HINT_LENGTHS] = NSR_COUNTOF(all)};
    for (size_t i = 0; i < counted[q->format->hints]; i++) {
        verdict found = all[i](q);
        if (found != UNDECIDED) return found;
    }
    return UNDECIDED;
}

static bool check_axes(const question *q, nsr_err *err) {
    const nsr_field *field = &q->found->field;
    const char *axes = q->config ? q->config->input_as.axes : NULL;
    if (!axes || field->n_dims == 2 || !strchr(axes, 'b')) return true;
    return nsr_fail(err, NSR_EUSAGE, "--axes %s: %s: %s has %d dimensions; tb and bt are for two", axes, field->file,
                    field->path, field->n_dims);
}

bool nsr_orient(nsr_found *found, hid_t file, const nsr_config *config, const nsr_format *format, nsr_err *err) {
    question q = {.found = found, .file = file, .config = config, .format = format};
    nsr_field *field = &found->field;
    if (field->n_dims > 3 || field->bins_first || found->storage.by_interval) return true;
    if (!check_axes(&q, err)) return false;
    verdict order = ask_in_turn(&q);
    if (order == UNDECIDED && q.both && !found->quiet)
        nsr_warn("%s: %s: its %lld bins fit both ways, frames are taken as first; --axes bt takes bins as first",
                 field->file, field->path, (long long)field->n_bins);
    if (order != LAST) return true;
    put_frames_first(field);
    if (!found->quiet)
        nsr_note("%s: %s: bins first, frames last (%lld frames of %lld bins): %s; --axes %s overrides this",
                 field->file, field->path, (long long)field->n_frames, (long long)field->n_bins, q.why,
                 field->n_dims == 2 ? "tb" : "tyx");
    return true;
}
