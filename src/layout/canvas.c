/* SPDX-License-Identifier: MIT */
/* Maps whose cells are single pixels: their scale, and one pixel for every bin if possible. A pixel shows the bin at
   its centre. */
#include "layouts.h"
#include <math.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>

static int even_at_least(double pixels) { return 2 * (int)fmax(1, ceil(pixels / 2 - 1e-6)); }

/* Returns pixels per unit and sets the size of the map: within the given size, or with the view's `side` along the
   longer side. */
static double fit(nsr_size *map, double dx, double dy, const nsr_layout_view *view) {
    const nsr_size size = view->size;
    double per_unit = size.w ? fmin(size.w / dx, size.h / dy) : view->side / fmax(dx, dy);
    *map = (nsr_size){even_at_least(dx * per_unit), even_at_least(dy * per_unit)};
    return per_unit;
}

bool nsr_canvas_open(nsr_picture *picture, const double extent[4], const nsr_layout_view *view, nsr_err *err) {
    const double *box = view->given ? view->box : extent;
    double dx = box[1] - box[0], dy = box[3] - box[2];
    if (!(dx >= 0) || !(dy >= 0) || !(fmax(dx, dy) > 0) || !isfinite(dx) || !isfinite(dy))
        return nsr_fail(err, NSR_EDATA, "environment: bins span %g to %g and %g to %g, which is no usable extent",
                        box[0], box[1], box[2], box[3]);
    nsr_size map;
    const double p = fit(&map, dx, dy, view);
    if (!isfinite(p) || !nsr_bin_map_open(&picture->map, map.w, map.h, err))
        return nsr_fail(err, NSR_EDATA, "environment: an extent of %g x %g cannot be scaled to a picture", dx, dy);
    for (size_t i = 0, n = (size_t)map.w * (size_t)map.h; i < n; i++) picture->map.bin[i] = NSR_BIN_BACKGROUND;
    double *a = picture->affine;
    a[0] = p, a[1] = 0, a[2] = (map.w - dx * p) / 2 - box[0] * p;
    a[3] = 0, a[4] = -p, a[5] = (map.h - dy * p) / 2 + box[3] * p;
    return true;
}

void nsr_extent_add(double extent[4], double x, double y, double reach) {
    extent[0] = fmin(extent[0], x - reach), extent[1] = fmax(extent[1], x + reach);
    extent[2] = fmin(extent[2], y - reach), extent[3] = fmax(extent[3], y + reach);
}

static double snap(double pixels) {
    const double steps = 65536, far = 1e9;
    return floor(fmax(-far, fmin(far, pixels)) * steps + 0.5) / steps;
}

void nsr_canvas_point(const nsr_picture *picture, const double xy[2], double at[2]) {
    const double *a = picture->affine;
    at[0] = snap(a[0] * xy[0] + a[2]);
    at[1] = snap(a[4] * xy[1] + a[5]);
}

static void count_pixels(int32_t *count, const nsr_bin_map *map) {
    for (size_t i = 0, n = (size_t)map->w * (size_t)map->h; i < n; i++)
        if (map->bin[i] >= 0) count[map->bin[i]]++;
}

static int32_t *pixel_at(const nsr_bin_map *map, const double at[2]) {
    const double slack = 1e-6; /* centres on the border of the map belong to it, but for rounding */
    if (!(fmin(at[0], at[1]) >= -slack && at[0] <= map->w + slack && at[1] <= map->h + slack)) return NULL;
    size_t column = (size_t)fmax(0, fmin(at[0], map->w - 1)), row = (size_t)fmax(0, fmin(at[1], map->h - 1));
    return map->bin + row * (size_t)map->w + column;
}

/* Gives the pixel to the bin; false when it is the only pixel of another bin. */
static bool claim(int32_t *pixel, int32_t *count, int32_t bin) {
    if (*pixel >= 0 && count[*pixel] == 1) return false;
    if (*pixel >= 0) count[*pixel]--;
    *pixel = bin;
    count[bin] = 1;
    return true;
}

static void warn(int64_t lost, int64_t n, const int64_t *first, const nsr_layout_view *view) {
    char text[200] = "";
    for (int i = 0, at = 0; i < lost && i < 5; i++)
        at += snprintf(text + at, sizeof text - (size_t)at, "%s%lld", i ? ", " : "", (long long)first[i]);
    nsr_warn("%s: %lld of %lld bins have no pixel of their own (%s%s); a larger %s may show them",
             view->stack ? "stack" : "picture", (long long)lost, (long long)n, text, lost > 5 ? ", ..." : "",
             nsr_layout_view_option(view));
}

bool nsr_canvas_keep(nsr_bin_map *map, const double *centers, int64_t n, const nsr_layout_view *view, nsr_err *err) {
    int32_t *count = calloc((size_t)n, sizeof *count);
    if (!count) return nsr_fail(err, NSR_EINTERNAL, "out of memory for counting the pixels of %lld bins", (long long)n);
    count_pixels(count, map);
    int64_t lost = 0, first[5];
    for (int64_t k = 0; k < n; k++) {
        int32_t *pixel = count[k] ? NULL : pixel_at(map, centers + 2 * k);
        if (!pixel || claim(pixel, count, (int32_t)k)) continue;
        if (lost < 5) first[lost] = k;
        lost++;
    }
    if (lost && !view->trial) warn(lost, n, first, view);
    free(count);
    return true;
}
