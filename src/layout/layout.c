/* SPDX-License-Identifier: MIT */
/* The registry of layouts, and what all of them share. */
#include "layout.h"
#include <nsrender/option.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    nsr_layout_fn *map;
} layouts[] = {
    {"grid", nsr_grid_map},      {"RegularGrid", nsr_grid_map},    {"MaskedGrid", nsr_grid_map},
    {"ImageMask", nsr_grid_map}, {"ShapelyPolygon", nsr_grid_map},
};

static nsr_layout_fn *find(const char *name) {
    for (size_t i = 0; i < NSR_COUNTOF(layouts); i++)
        if (strcmp(layouts[i].name, name) == 0) return layouts[i].map;
    return NULL;
}

static bool fail_unknown(const char *name, nsr_err *err) {
    char known[256] = "";
    for (size_t i = 0, at = 0; i < NSR_COUNTOF(layouts) && at < sizeof known; i++)
        at += (size_t)snprintf(known + at, sizeof known - at, "%s%s", i ? ", " : "", layouts[i].name);
    return nsr_fail(err, NSR_EDATA, "environment: layout '%s' cannot be drawn; known: %s", name, known);
}

static bool check_size(nsr_size size, nsr_err *err) {
    if (size.w == 0 && size.h == 0) return true;
    if (size.w < 1 || size.h < 1 || size.w > NSR_MAX_SIDE || size.h > NSR_MAX_SIDE)
        return nsr_fail(err, NSR_EUSAGE, "--size %dx%d: sides are 2 to %d pixels", size.w, size.h, NSR_MAX_SIDE);
    if (size.w % 2 || size.h % 2)
        return nsr_fail(err, NSR_EUSAGE, "--size %dx%d: sides must be even, as video wants them; give %dx%d", size.w,
                        size.h, size.w + size.w % 2, size.h + size.h % 2);
    return true;
}

bool nsr_layout_map(nsr_picture *picture, const nsr_environment *env, nsr_size size, nsr_err *err) {
    *picture = (nsr_picture){.sx = 1, .sy = 1};
    nsr_layout_fn *map = find(env->layout);
    if (!map) return fail_unknown(env->layout, err);
    if (check_size(size, err) && map(picture, env, size, err)) return true;
    nsr_picture_free(picture);
    return false;
}

void nsr_picture_free(nsr_picture *picture) {
    free(picture->map.bin);
    *picture = (nsr_picture){0};
}

void nsr_layout_orientation(const nsr_environment *env, char *text, size_t size) {
    const char *x = env->x_name[0] ? env->x_name : "x", *y = env->y_name[0] ? env->y_name : "y";
    if (env->x_edges || env->y_edges)
        snprintf(text, size, "orientation: %s right, %s %s, from the coordinates of %s", x, y,
                 env->y_up ? "up" : "down", env->origin);
    else
        snprintf(text, size,
                 "orientation: %s right, %s %s (no coordinates; %s); --origin turns it over, --axes swaps the axes", x,
                 y, env->y_up ? "up" : "down", env->origin);
}
