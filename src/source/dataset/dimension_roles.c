/* SPDX-License-Identifier: MIT */
/* Names of dimensions decide: frames lie along a dimension that is called time, and bins along none that is. Where the
   stored order says otherwise, the field is refused with the call of xarray that mends it. */
#include "dataset.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const times[] = {"time", "times", "t", "frame", "frames", "timestamp", "timestamps"};
static const char *const places[] = {
    "x",         "y",     "z",        "x_position",      "y_position",     "z_position",
    "x_pos",     "y_pos", "position", "linear_position", "track_position", "x_bins",
    "y_bins",    "bin",   "bins",     "position_bins",   "state",          "states",
    "state_bins"};
static const char *const repeats[] = {"trial",    "trials", "session", "sessions", "subject",
                                      "subjects", "epoch",  "epochs",  "fold",     "folds"};

static bool is_word(const char *name, const char *const *words, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(name, words[i]) == 0) return true;
    return false;
}

static bool is_time(const char *name) { return is_word(name, times, NSR_COUNTOF(times)); }
static bool is_place(const char *name) { return is_word(name, places, NSR_COUNTOF(places)); }
static bool is_repeat(const char *name) { return is_word(name, repeats, NSR_COUNTOF(repeats)); }

/* The name of dimension `i` as the file orders them. */
static const char *stored_name(const nsr_field *field, int i) {
    int last = field->n_dims - 1;
    return field->dim[!field->bins_first ? i : i == last ? 0 : i + 1];
}

/* "'time', 'x', 'y'"; without `left_out` and, where `first` is given, beginning with that. */
static void list_names(const nsr_field *field, const char *first, const char *left_out, char *text, size_t size) {
    int at = first ? snprintf(text, size, "'%s'", first) : 0;
    text[at] = 0;
    for (int i = 0; i < field->n_dims && at < (int)size; i++) {
        const char *name = stored_name(field, i);
        if ((first && name == first) || (left_out && strcmp(name, left_out) == 0)) continue;
        at += snprintf(text + at, size - (size_t)at, "%s'%s'", at ? ", " : "", name[0] ? name : "?");
    }
}

static const char *find_named(const nsr_field *field, bool (*is)(const char *name)) {
    for (int i = 0; i < field->n_dims; i++)
        if (is(field->dim[i])) return field->dim[i];
    return NULL;
}

static bool refuse_order(const nsr_field *field, const char *time, const char *repeat, nsr_err *err) {
    char have[400], want[400], squeeze[100] = "";
    list_names(field, NULL, NULL, have, sizeof have);
    list_names(field, time, repeat, want, sizeof want);
    if (repeat) snprintf(squeeze, sizeof squeeze, ".isel(%.60s=0)", repeat);
    if (!time)
        return nsr_fail(err, NSR_EDATA,
                        "%s: %s: none of its dimensions (%s) is called time, and frames do not lie along '%s'; --axes "
                        "gives the order of the axes",
                        field->file, field->path, have, field->dim[0]);
    return nsr_fail(err, NSR_EDATA,
                    "%s: %s: its dimensions (%s) are not in an order that can be shown; with xarray write "
                    "data%s.transpose(%s)",
                    field->file, field->path, have, squeeze, want);
}

/* A dimension of repeats that has to be left out: it comes before the frames, or it has more than one index. */
static const char *repeat_in_the_way(const nsr_field *field, int frames) {
    for (int i = 0; i < field->n_dims; i++)
        if (is_repeat(field->dim[i]) && (i <= frames || field->shape[i] > 1)) return field->dim[i];
    return NULL;
}

bool nsr_check_roles(const nsr_found *found, nsr_err *err) {
    const nsr_field *field = &found->field;
    int frames = found->storage.by_interval ? 1 : 0;
    const char *time = find_named(field, is_time), *repeat = repeat_in_the_way(field, frames);
    bool misplaced = time ? time != field->dim[frames] : is_place(field->dim[frames]);
    return (!misplaced && !(repeat && time)) || refuse_order(field, time, repeat, err);
}
