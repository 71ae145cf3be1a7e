/* SPDX-License-Identifier: MIT */
/* Which way round a field of three dimensions lies on a grid. Its shape may fit x or y first, and no shape says whether
   row 0 is the lowest y or the highest. Whoever stored whole pictures left no values where there are no bins, so that a
   few frames tell it where nobody else does. */
#include "readers.h"

#include <math.h>
#include <nsrender/log.h>
#include <stdlib.h>
#include <string.h>

enum { LOOKED_AT = 5 };

typedef struct facing {
    bool x_slow, flip_x, flip_y;
} facing;

/* What is settled before any value is looked at; the others of `facing` are open. */
typedef struct settled {
    bool axes, x, y;
} settled;

/* 1: the coordinates increase, -1: they decrease, 0: nothing is said. */
static int direction_of(hid_t file, const nsr_field *field, int dim) {
    double *center = nsr_axis_centers(file, field, dim);
    int64_t n = field->shape[dim];
    int sign = center && n > 1 ? (center[n - 1] > center[0]) - (center[n - 1] < center[0]) : 0;
    for (int64_t i = 1; i < n && sign; i++)
        if (!(sign * center[i] > sign * center[i - 1])) sign = 0;
    free(center);
    return sign;
}

static void ask_coordinates(const nsr_field *field, facing *way, settled *known) {
    nsr_err none = {0};
    hid_t file = nsr_h5_open(field->file, H5P_DEFAULT, &none);
    if (file < 0) return;
    int x = direction_of(file, field, way->x_slow ? 1 : 2), y = direction_of(file, field, way->x_slow ? 2 : 1);
    nsr_h5_close(file);
    way->flip_x = x < 0;
    way->flip_y = y < 0;
    known->x = x != 0;
    known->y = y != 0;
}

/* What the user says, or the file in words. */
static settled settle_by_words(const nsr_environment *env, const nsr_config *config, const nsr_field *field,
                               facing *way) {
    const char *origin = config->input_as.origin;
    settled known = {.axes = env->nx != env->ny || nsr_axes_said(config, field) >= 0};
    *way = (facing){.x_slow = env->x_slow};
    if (nsr_axes_said(config, field) >= 0 && !config->input_as.axes) ask_coordinates(field, way, &known);
    if (origin) {
        known.y = true;
        way->flip_y = strcmp(origin, "upper") == 0;
    }
    return known;
}

/* --- by values --- */

static void mark_values(uint8_t *has, nsr_type type, const void *values, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        has[i] |= type == NSR_F32 ? !isnan(((const float *)values)[i]) : !isnan(((const double *)values)[i]);
}

/* Where the frames that are looked at have values. What cannot be read is met again, and told, later. */
static bool find_values(uint8_t *has, nsr_source *source, nsr_err *err) {
    const nsr_field *field = nsr_source_field(source);
    void *values = malloc(nsr_field_row_bytes(field));
    nsr_reader *reader = values ? nsr_reader_open(source, err) : NULL;
    if (!values) nsr_fail(err, NSR_EINTERNAL, "out of memory for a frame");
    for (int64_t i = 0; reader && i < LOOKED_AT; i++) {
        nsr_err none = {0};
        if (nsr_read(reader, i * (field->n_frames - 1) / (LOOKED_AT - 1), 1, 1, values, &none))
            mark_values(has, field->type, values, field->n_bins);
    }
    nsr_reader_close(reader);
    free(values);
    return nsr_good(err);
}

/* No value outside the active cells. */
static bool values_fit(const nsr_environment *env, facing way, const uint8_t *has) {
    int64_t nx = env->nx, ny = env->ny;
    for (int64_t x = 0; x < nx; x++)
        for (int64_t y = 0; y < ny; y++) {
            int64_t sx = way.flip_x ? nx - 1 - x : x, sy = way.flip_y ? ny - 1 - y : y;
            bool active = env->active[env->x_slow ? x * ny + y : y * nx + x];
            if (!active && has[way.x_slow ? sx * ny + sy : sy * nx + sx]) return false;
        }
    return true;
}

/* The first that fits, the most common ones first; false when none does, or nothing has a value. */
static bool choose_facing(const nsr_environment *env, settled known, const uint8_t *has, facing *way) {
    static const facing turns[] = {{0, 0, 0}, {0, 0, 1}, {0, 1, 0}, {0, 1, 1},
                                   {1, 0, 0}, {1, 0, 1}, {1, 1, 0}, {1, 1, 1}};
    if (!memchr(has, 1, (size_t)env->nx * (size_t)env->ny)) return false;
    for (size_t i = 0; i < NSR_COUNTOF(turns); i++) {
        facing turn = turns[i],
               other = {way->x_slow ^ turn.x_slow, way->flip_x ^ turn.flip_x, way->flip_y ^ turn.flip_y};
        if ((turn.x_slow && known.axes) || (turn.flip_x && known.x) || (turn.flip_y && known.y)) continue;
        if (!values_fit(env, other, has)) continue;
        *way = other;
        return true;
    }
    return false;
}

static void note_facing(const nsr_environment *env, const nsr_field *field, facing way) {
    nsr_note("%s: %s: axes (frames, %s)%s%s: so its values lie in the active cells of %s; --axes and --origin say "
             "otherwise",
             field->file, field->path, way.x_slow ? "x, y" : "y, x", way.flip_y ? ", the highest y first" : "",
             way.flip_x ? ", the highest x first" : "", env->origin);
}

static bool ask_values(const nsr_environment *env, settled known, nsr_source *source, facing *way, nsr_err *err) {
    const nsr_field *field = nsr_source_field(source);
    facing before = *way;
    if (!env->active || env->n_active == field->n_bins || (known.axes && known.x && known.y)) return true;
    uint8_t *has = calloc((size_t)field->n_bins, 1);
    if (!has) return nsr_fail(err, NSR_EINTERNAL, "out of memory for a mask of %lld cells", (long long)field->n_bins);
    bool good = find_values(has, source, err), found = good && choose_facing(env, known, has, way);
    free(has);
    if (found && memcmp(way, &before, sizeof before) != 0) note_facing(env, field, *way);
    return good;
}

bool nsr_environment_orient(nsr_environment *env, const nsr_comm *comm, const nsr_config *config, nsr_source *source,
                            nsr_err *err) {
    facing way = {.x_slow = env->x_slow};
    if (!env->by_shape) return true;
    if (nsr_is_root(comm)) {
        settled known = settle_by_words(env, config, nsr_source_field(source), &way);
        ask_values(env, known, source, &way, err);
    }
    if (!nsr_agree(comm, err)) return false;
    nsr_bcast(comm, &way, sizeof way);
    if (way.x_slow != env->x_slow) nsr_axes_turn(env, err);
    env->flip_x = way.flip_x;
    env->flip_y = way.flip_y;
    return nsr_agree(comm, err);
}
