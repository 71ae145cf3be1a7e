/* SPDX-License-Identifier: MIT */
/* One polygon per bin. A pixel is inside when a ray from its centre crosses the outline an odd number of times (the
   even-odd rule). Polygons that share a side compute the same crossings, whatever its direction, so that there are
   neither gaps nor overlaps between them. Where cells do overlap, the later bin is shown. */
#include "layouts.h"
#include <math.h>
#include <nsrender/log.h>
#include <stdlib.h>
#include <string.h>

typedef struct fill {
    nsr_picture *picture;
    double *corner;        /* x, y in pixels of each corner of the current polygon */
    unsigned char *toggle; /* for each pixel of its bounding box: does the row enter or leave the polygon there? */
    int x0, x1, y0, y1;    /* the bounding box, half open, within the map */
    int64_t painted, overlapped;
} fill;

static bool check_corners(const nsr_environment *env, int64_t k, int64_t *most, nsr_err *err) {
    int64_t first = env->cell_first[k], n = env->cell_first[k + 1] - first;
    if (first < 0 || n < 3)
        return nsr_fail(err, NSR_EDATA, "environment %s: the cell of bin %lld has %lld corners; it needs 3",
                        env->origin, (long long)k, (long long)n);
    for (int64_t i = 2 * first; i < 2 * (first + n); i++)
        if (!isfinite(env->cell_xy[i]))
            return nsr_fail(err, NSR_EDATA, "environment %s: a corner of bin %lld is not finite", env->origin,
                            (long long)k);
    *most = n > *most ? n : *most;
    return true;
}

static bool measure_cells(double extent[4], int64_t *most, const nsr_environment *env, nsr_err *err) {
    if (env->n_bins < 1 || env->n_bins > INT32_MAX || !env->cell_first || !env->cell_xy)
        return nsr_fail(err, NSR_EDATA, "environment %s: no outlines of bins", env->origin);
    for (int64_t k = 0; k < env->n_bins; k++)
        if (!check_corners(env, k, most, err)) return false;
    for (int64_t i = env->cell_first[0]; i < env->cell_first[env->n_bins]; i++)
        nsr_extent_add(extent, env->cell_xy[2 * i], env->cell_xy[2 * i + 1], 0);
    return true;
}

/* The first pixel with its centre at or after `at`. */
static int pixel_from(double at, int limit) { return (int)fmax(0, fmin(limit, ceil(at - 0.5))); }

/* Flips the flag at the crossing of each row. The side is always followed downwards, so that both polygons that share
   it compute the same crossings. */
static void cross(fill *f, const double *a, const double *b) {
    if (a[1] > b[1]) {
        const double *swap = a;
        a = b, b = swap;
    }
    const int first = pixel_from(a[1], f->y1), end = pixel_from(b[1], f->y1), w = f->x1 - f->x0;
    const double slope = (b[0] - a[0]) / (b[1] - a[1]);
    for (int y = first > f->y0 ? first : f->y0; y < end; y++) {
        int x = pixel_from(a[0] + (y + 0.5 - a[1]) * slope, f->x1);
        if (x < f->x1) f->toggle[(size_t)(y - f->y0) * (size_t)w + (size_t)(x > f->x0 ? x - f->x0 : 0)] ^= 1;
    }
}

static void paint_cell(fill *f, int32_t bin) {
    const nsr_bin_map *map = &f->picture->map;
    const unsigned char *toggle = f->toggle;
    for (int y = f->y0; y < f->y1; y++) {
        int32_t *row = map->bin + (size_t)y * (size_t)map->w;
        unsigned inside = 0;
        for (int x = f->x0; x < f->x1; x++) {
            inside ^= *toggle++;
            f->painted += inside;
            f->overlapped += inside && row[x] >= 0;
            row[x] = inside ? bin : row[x];
        }
    }
}

static void find_box(fill *f, int64_t n) {
    double extent[4] = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    for (int64_t i = 0; i < n; i++) nsr_extent_add(extent, f->corner[2 * i], f->corner[2 * i + 1], 0);
    const nsr_bin_map *map = &f->picture->map;
    f->x0 = pixel_from(extent[0], map->w), f->x1 = pixel_from(extent[1], map->w);
    f->y0 = pixel_from(extent[2], map->h), f->y1 = pixel_from(extent[3], map->h);
}

static void fill_cell(fill *f, const nsr_environment *env, int64_t k, double center[2]) {
    const int64_t first = env->cell_first[k], n = env->cell_first[k + 1] - first;
    center[0] = center[1] = 0;
    for (int64_t i = 0; i < n; i++) {
        double *corner = f->corner + 2 * i;
        nsr_canvas_point(f->picture, env->cell_xy + 2 * (first + i), corner);
        center[0] += corner[0] / (double)n, center[1] += corner[1] / (double)n;
    }
    find_box(f, n);
    if (f->x0 >= f->x1 || f->y0 >= f->y1) return;
    memset(f->toggle, 0, (size_t)(f->x1 - f->x0) * (size_t)(f->y1 - f->y0));
    for (int64_t i = 0; i < n; i++) cross(f, f->corner + 2 * i, f->corner + 2 * (i + 1 < n ? i + 1 : 0));
    paint_cell(f, (int32_t)k);
}

static void report_overlap(const fill *f) {
    if (f->overlapped * 100 > f->painted)
        nsr_warn("picture: cells overlap in %lld of %lld pixels; the later bin is shown there",
                 (long long)f->overlapped, (long long)f->painted);
    else if (f->overlapped)
        nsr_note("picture: cells overlap in %lld pixels; the later bin is shown there", (long long)f->overlapped);
}

bool nsr_cells_map(nsr_picture *picture, const nsr_environment *env, const nsr_layout_view *view, nsr_err *err) {
    double extent[4] = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    int64_t most = 0;
    if (!measure_cells(extent, &most, env, err) || !nsr_canvas_open(picture, extent, view, err)) return false;
    fill f = {.picture = picture,
              .corner = malloc((size_t)most * 2 * sizeof *f.corner),
              .toggle = malloc((size_t)picture->map.w * (size_t)picture->map.h)};
    double *centers = malloc((size_t)env->n_bins * 2 * sizeof *centers);
    bool good = f.corner && f.toggle && centers;
    if (!good) nsr_fail(err, NSR_EINTERNAL, "out of memory for the outlines of %lld bins", (long long)env->n_bins);
    for (int64_t k = 0; k < env->n_bins && good; k++) fill_cell(&f, env, k, centers + 2 * k);
    if (good && !view->stack) report_overlap(&f);
    good = good && nsr_canvas_keep(&picture->map, centers, env->n_bins, view, err);
    free(f.corner);
    free(f.toggle);
    free(centers);
    return good;
}
