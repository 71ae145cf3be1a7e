/* SPDX-License-Identifier: MIT */
/* The order and direction of the axes of a 3-D field on a grid with coordinates. Its shape may fit x or y first, and
   does not show whether row 0 is the lowest or the highest y. Cells that are no bins have no values in such a field, so
   a few frames settle what options, names and coordinates leave open. */
#include "readers.h"

#include <math.h>
#include <nsrender/log.h>
#include <stdlib.h>
#include <string.h>

enum { PROBED_FRAMES = 5 };

typedef struct facing {
    bool x_slow, flip_x, flip_y;
} facing;

/* The members of `facing` that are known without reading values. */
typedef struct settled {
    bool axes, x, y;
} settled;

/* 1: the coordinates increase, -1: they decrease, 0: unknown. */
static int direction_of(hid_t file, const nsr_field *field, int dim) {
    double *center = nsr_axis_centers(file, field, dim);
    int64_t n = field->shape[dim];
    int sign = center && n > 1 ? (center[n - 1] > center[0]) - (center[n - 1] < center[0]) : 0;
    for (int64_t i = 1; i < n && sign; i++)
        if (!(sign * center[i] > sign * center[i - 1])) sign = 0;
    free(center);
    return sign;
}

static void settle_by_coordinates(const nsr_field *field, facing *way, settled *known) {
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

/* Settles the facing by options, and by names and coordinates of the file. */
static settled settle_by_words(const nsr_environment *env, const nsr_config *config, const nsr_field *field,
                               facing *way) {
    const char *origin = config->input_as.origin;
    settled known = {.axes = env->nx != env->ny || nsr_axes_given(config, field) >= 0};
    *way = (facing){.x_slow = env->x_slow};
    if (nsr_axes_given(config, field) >= 0 && !config->input_as.axes) settle_by_coordinates(field, way, &known);
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

/* Marks the cells that have values in the probed frames. Unreadable frames are skipped; rendering reports them. */
static bool find_values(uint8_t *has, nsr_source *source, nsr_err *err) {
    const nsr_field *field = nsr_source_field(source);
    void *values = malloc(nsr_field_row_bytes(field));
    nsr_reader *reader = values ? nsr_reader_open(source, err) : NULL;
    if (!values) nsr_fail(err, NSR_EINTERNAL, "out of memory for a frame");
    for (int64_t i = 0; reader && i < PROBED_FRAMES; i++) {
        nsr_err none = {0};
        if (nsr_read(reader, i * (field->n_frames - 1) / (PROBED_FRAMES - 1), 1, 1, values, &none))
            mark_values(has, field->type, values, field->n_bins);
    }
    nsr_reader_close(reader);
    free(values);
    return nsr_good(err);
}

/* Do all values lie in active cells? */
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

/* Finds the first facing that fits, starting with the most common; false when none does, or no cell has a value. */
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

static bool settle_by_values(const nsr_environment *env, settled known, nsr_source *source, facing *way, nsr_err *err) {
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
        settle_by_values(env, known, source, &way, err);
    }
    if (!nsr_agree(comm, err)) return false;
    nsr_bcast(comm, &way, sizeof way);
    if (way.x_slow != env->x_slow) nsr_axes_turn(env, err);
    env->flip_x = way.flip_x;
    env->flip_y = way.flip_y;
    return nsr_agree(comm, err);
}
