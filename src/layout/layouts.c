/* SPDX-License-Identifier: MIT */
/* The registry of layouts, and the steps that all layouts share. */
#include "layouts.h"
#include <math.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct layout_row {
    nsr_shape shape;
    const char *name;
    nsr_layout_fn *map, *unrolled, *rings; /* also with --unroll, with --rings; NULL: the option has no effect */
} layout_row;

static const layout_row layouts[] = {
    {NSR_SHAPE_GRID, "grid", nsr_grid_map, NULL, NULL},
    {NSR_SHAPE_LINE, "line", nsr_line_map, NULL, NULL},
    {NSR_SHAPE_POLAR, "polar", nsr_polar_map, nsr_polar_map, nsr_polar_rings_map},
    {NSR_SHAPE_CELLS, "cells", nsr_cells_map, NULL, NULL},
    {NSR_SHAPE_POINTS, "points", nsr_points_map, NULL, NULL},
    {NSR_SHAPE_TRACK, "track", nsr_track_map, nsr_track_unrolled_map, NULL},
};

static const layout_row *find_layout(nsr_shape shape) {
    for (size_t i = 0; i < NSR_COUNTOF(layouts); i++)
        if (layouts[i].shape == shape) return &layouts[i];
    return NULL;
}

static bool fail_unknown(const nsr_environment *env, nsr_err *err) {
    if (env->shape == NSR_SHAPE_GRID3)
        return nsr_fail(err, NSR_EUSAGE, "environment %s: a grid of %d x %d x %d; choose what to draw with --slice",
                        env->origin, env->nx, env->ny, env->nz);
    char known[256] = "";
    for (size_t i = 0, at = 0; i < NSR_COUNTOF(layouts) && at < sizeof known; i++)
        at += (size_t)snprintf(known + at, sizeof known - at, "%s%s", i ? ", " : "", layouts[i].name);
    return nsr_fail(err, NSR_EDATA, "environment: layout '%s' cannot be drawn; known: %s", env->layout, known);
}

static void warn_unused(const layout_row *layout, const nsr_config *config) {
    if (config->show.unroll && !layout->unrolled)
        nsr_warn("--unroll: layout '%s' is drawn as it is; only tracks and polar grids can be unrolled", layout->name);
    if (config->show.rings && !layout->rings)
        nsr_warn("--rings: layout '%s' is drawn as it is; only polar grids have rings", layout->name);
}

nsr_layout_fn *nsr_layout_choose(nsr_picture *picture, const nsr_environment *env, const nsr_config *config,
                                 const nsr_layout_view *view, nsr_err *err) {
    const layout_row *layout = find_layout(env->shape);
    if (!layout) {
        fail_unknown(env, err);
        return NULL;
    }
    if (!view->stack) warn_unused(layout, config);
    picture->rings = config->show.rings && layout->rings;
    picture->unrolled = !picture->rings && config->show.unroll && layout->unrolled;
    return picture->rings ? layout->rings : picture->unrolled ? layout->unrolled : layout->map;
}

static bool lay_out(nsr_picture *picture, const nsr_environment *env, const nsr_config *config, nsr_err *err) {
    nsr_layout_view view;
    if (!nsr_layout_view_make(&view, config, err)) return false;
    nsr_layout_fn *map = nsr_layout_choose(picture, env, config, &view, err);
    if (!map || !map(picture, env, &view, err) || !nsr_layout_view_turn(&view, picture, err)) return false;
    nsr_picture_place(picture, config->show.size);
    nsr_bin_map_index(&picture->map);
    return true;
}

bool nsr_layout_map(nsr_picture *picture, const nsr_environment *env, const nsr_config *config, nsr_err *err) {
    *picture = (nsr_picture){.sx = 1, .sy = 1};
    if (lay_out(picture, env, config, err)) return true;
    nsr_picture_free(picture);
    return false;
}

void nsr_picture_free(nsr_picture *picture) {
    free(picture->map.bin);
    free(picture->map.stroke);
    free(picture->map.row);
    *picture = (nsr_picture){0};
}

/* The direction of a data axis in the picture, from columns and rows per unit. */
static const char *direction_of(double columns, double rows) {
    if (fabs(columns) > fabs(rows)) return columns > 0 ? "right" : "left";
    return rows > 0 ? "down" : "up";
}

/* The file's name of a coordinate, if it has one. */
static const char *named(const char *name, const char *otherwise) { return name[0] ? name : otherwise; }

static void describe_source(const nsr_environment *env, bool strip, char *text, size_t size) {
    bool known = env->x_edges || env->y_edges || env->shape != NSR_SHAPE_GRID;
    if (!known)
        snprintf(text, size, "no coordinates; %s; --origin turns it over, --axes swaps the axes", env->origin);
    else if (env->x_name[0] && env->y_name[0] && !strip)
        snprintf(text, size, "from coordinates %s, %s of %s", env->x_name, env->y_name, env->origin);
    else if (env->x_name[0] && env->shape == NSR_SHAPE_LINE)
        snprintf(text, size, "from coordinate %s of %s", env->x_name, env->origin);
    else
        snprintf(text, size, "from the coordinates of %s", env->origin);
}

void nsr_layout_orientation(const nsr_environment *env, const nsr_picture *picture, char *text, size_t size) {
    const double *a = picture->affine;
    const char *x = direction_of(a[0], a[3]), *y = direction_of(a[1], a[4]);
    char source[4500];
    bool strip = env->shape == NSR_SHAPE_LINE || (env->shape == NSR_SHAPE_TRACK && picture->unrolled);
    describe_source(env, strip, source, sizeof source);
    if (picture->rings)
        snprintf(text, size, "orientation: %s 0 %s, growing %s, %s", named(env->y_name, "angle"), x,
                 a[0] * a[4] - a[1] * a[3] < 0 ? "counter-clockwise" : "clockwise", source);
    else if (strip)
        snprintf(text, size, "orientation: position %s, %s", x, source);
    else if (env->shape == NSR_SHAPE_POLAR)
        snprintf(text, size, "orientation: distance %s, angle %s, %s", x, y, source);
    else
        snprintf(text, size, "orientation: x %s, y %s, %s", x, y, source);
}
