/* SPDX-License-Identifier: MIT */
/* Grids whose cells differ in width: one map cell is one pixel. Every border between cells is an edge rounded once, so
   that errors do not add up. Every cell has at least one pixel. */
#include "layouts.h"
#include <math.h>
#include <stdlib.h>

static double extent_of(const nsr_axis *axis) { return axis->last - axis->first; }

/* The largest pixels per unit with which the field fits. */
static double fitting_scale(const nsr_axis *x, const nsr_axis *y, const nsr_layout_view *view) {
    const nsr_size size = view->size;
    if (size.w == 0) return view->side / fmax(extent_of(x), extent_of(y));
    return fmin(size.w / extent_of(x), size.h / extent_of(y));
}

static int64_t even_pixels(double units, double per_unit) {
    double pixels = 2 * ceil(units * per_unit / 2);
    return pixels > 1e9 ? (int64_t)1e9 : (int64_t)pixels;
}

/* Gives the narrowest cell at least one pixel: an automatic size grows, a given size that is too small is an error. */
static bool choose_scale(double *per_unit, const nsr_axis *x, const nsr_axis *y, const nsr_layout_view *view,
                         nsr_err *err) {
    double narrowest = fmin(nsr_axis_narrowest(x), nsr_axis_narrowest(y)), needed = (1 + 1e-9) / narrowest;
    *per_unit = fitting_scale(x, y, view);
    if (*per_unit * narrowest >= 1) return true;
    int64_t w = even_pixels(extent_of(x), needed), h = even_pixels(extent_of(y), needed);
    if (w > NSR_MAX_SIDE || h > NSR_MAX_SIDE)
        return nsr_fail(err, NSR_EDATA,
                        "environment: cells as narrow as %g in a field of %g x %g need a picture of %lldx%lld; "
                        "a side has at most %d pixels",
                        narrowest, extent_of(x), extent_of(y), (long long)w, (long long)h, NSR_MAX_SIDE);
    if (view->size.w > 0)
        return nsr_fail(err, NSR_EUSAGE, "%s %dx%d: cells as narrow as %g would vanish; give at least %lldx%lld",
                        nsr_layout_view_option(view), view->size.w, view->size.h, narrowest, (long long)w,
                        (long long)h);
    *per_unit = needed;
    return true;
}

/* Sets the cell of each pixel along an axis, from the first edge or from the last. Returns the number of pixels. */
static int pixels_to_cells(int *cell_of, const nsr_axis *axis, bool from_last, double per_unit) {
    int at = 0;
    for (int k = 0; k < axis->n; k++) {
        int cell = from_last ? axis->n - 1 - k : k;
        double far = from_last ? axis->last - nsr_axis_edge(axis, cell) : nsr_axis_edge(axis, cell + 1) - axis->first;
        for (int border = (int)floor(far * per_unit + 0.5); at < border && at < NSR_MAX_SIDE; at++) cell_of[at] = cell;
    }
    return at;
}

static void expand(nsr_bin_map *map, const int *column, const int *row, const int32_t *cells, int nx) {
    for (int r = 0; r < map->h; r++)
        for (int c = 0; c < map->w; c++)
            map->bin[(size_t)r * (size_t)map->w + (size_t)c] = cells[(size_t)row[r] * (size_t)nx + (size_t)column[c]];
}

bool nsr_uneven_map(nsr_picture *picture, const nsr_axis *x, const nsr_axis *y, bool y_up, const int32_t *cells, int nx,
                    const nsr_layout_view *view, nsr_err *err) {
    double per_unit;
    if (!choose_scale(&per_unit, x, y, view, err)) return false;
    int *column = malloc(2 * NSR_MAX_SIDE * sizeof *column), *row = column ? column + NSR_MAX_SIDE : NULL;
    if (!column) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the picture's geometry");
    int w = pixels_to_cells(column, x, false, per_unit), h = pixels_to_cells(row, y, y_up, per_unit);
    bool good = nsr_bin_map_open(&picture->map, w, h, err);
    if (good) expand(&picture->map, column, row, cells, nx);
    free(column);
    nsr_picture_affine(picture, x, y, y_up, per_unit, per_unit);
    return good;
}
