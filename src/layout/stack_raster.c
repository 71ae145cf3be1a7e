/* SPDX-License-Identifier: MIT */
/* The bin map of OME-Zarr. A cell of a uniform grid is one pixel (or --zarr-scale), because viewers enlarge pictures; a
   strip is one pixel high; other layouts get enough pixels to show their bins. */
#include "layouts.h"
#include <math.h>
#include <nsrender/log.h>
#include <stdlib.h>

enum { LEAST_SIDE = 256, MOST_SIDE = 1024, BIN_SIDE = 6 }; /* pixels */

/* --- the size of bins --- */

/* Mean length of stretches of one bin, along rows or columns, in pixels. */
static double mean_stretch(const nsr_bin_map *map, bool columns) {
    const int lines = columns ? map->w : map->h, length = columns ? map->h : map->w;
    const size_t next = columns ? (size_t)map->w : 1, line = columns ? 1 : (size_t)map->w;
    int64_t pixels = 0, stretches = 0;
    for (int l = 0; l < lines; l++) {
        int32_t before = NSR_BIN_BACKGROUND;
        const int32_t *bin = map->bin + (size_t)l * line;
        for (int i = 0; i < length; i++, bin += next) {
            pixels += *bin >= 0;
            stretches += *bin >= 0 && *bin != before;
            before = *bin;
        }
    }
    return stretches ? (double)pixels / (double)stretches : BIN_SIDE;
}

static int side_for(const nsr_bin_map *map, int side) {
    const double bin = fmin(mean_stretch(map, false), mean_stretch(map, true));
    return bin >= BIN_SIDE ? side : (int)fmin(MOST_SIDE, ceil(side * BIN_SIDE / bin));
}

/* --- grids and strips --- */

static void scale_affine(double part[3], double factor) {
    for (int i = 0; i < 3; i++)
        part[i] *= factor;
}

static bool magnify(nsr_picture *p, int64_t n, nsr_err *err) {
    nsr_bin_map to;
    if (p->map.w * n > NSR_MAX_SIDE || p->map.h * n > NSR_MAX_SIDE)
        return nsr_fail(err, NSR_EUSAGE,
                        "--zarr-scale %lld: %d x %d cells become too large; a side has at most %d pixels", (long long)n,
                        p->map.w, p->map.h, NSR_MAX_SIDE);
    if (!nsr_bin_map_open(&to, p->map.w * n, p->map.h * n, err)) return false;
    for (int64_t row = 0, at = 0; row < to.h; row++)
        for (int64_t column = 0; column < to.w; column++)
            to.bin[at++] = p->map.bin[row / n * p->map.w + column / n];
    free(p->map.bin);
    p->map = to;
    scale_affine(p->affine, (double)n);
    scale_affine(p->affine + 3, (double)n);
    return true;
}

/* Keeps one row of a strip, whose rows are equal. */
static void flatten(nsr_picture *p) {
    scale_affine(p->affine + 3, 1. / p->map.h);
    p->map.h = 1;
}

/* --- drawing --- */

/* Scales stay 0 when the cells of the map are pixels. */
static bool map_once(nsr_picture *raster, nsr_layout_fn *map, const nsr_environment *env, const nsr_layout_view *view,
                     nsr_err *err) {
    raster->sx = raster->sy = 0;
    free(raster->map.bin);
    raster->map = (nsr_bin_map){0};
    return map(raster, env, view, err);
}

/* Lays out a second time, larger, when bins of the first map are small. */
static bool map_pixels(nsr_picture *raster, nsr_layout_fn *map, const nsr_environment *env, nsr_layout_view *view,
                       nsr_err *err) {
    view->side = LEAST_SIDE;
    view->trial = view->size.w == 0;
    if (!map_once(raster, map, env, view, err)) return false;
    if (raster->sx || !view->trial) return true;
    view->side = side_for(&raster->map, view->side);
    view->trial = false;
    return map_once(raster, map, env, view, err);
}

static void warn_unused(const nsr_picture *raster, const nsr_config *config) {
    const bool cells = raster->sx > 0;
    if (cells && config->zarr.size.w)
        nsr_warn("--zarr-size: stacks of a uniform grid have one pixel per bin; --zarr-scale gives them more");
    if (!cells && config->zarr.scale > 1)
        nsr_warn("--zarr-scale: only stacks of uniform grids have it; --zarr-size sets the pixels of others");
}

static bool lay_out_raster(nsr_picture *raster, const nsr_environment *env, const nsr_config *config, nsr_err *err) {
    nsr_layout_view view;
    if (!nsr_layout_view_make_stack(&view, config, err)) return false;
    nsr_layout_fn *map = nsr_layout_choose(raster, env, config, &view, err);
    if (!map || !map_pixels(raster, map, env, &view, err)) return false;
    warn_unused(raster, config);
    if (raster->sx && config->zarr.scale > 1 && !magnify(raster, config->zarr.scale, err)) return false;
    if (env->shape == NSR_SHAPE_LINE || (env->shape == NSR_SHAPE_TRACK && raster->unrolled)) flatten(raster);
    raster->sx = raster->sy = 1;
    return nsr_layout_view_turn(&view, raster, err);
}

bool nsr_layout_raster(nsr_picture *raster, const nsr_environment *env, const nsr_config *config, nsr_err *err) {
    *raster = (nsr_picture){0};
    if (!lay_out_raster(raster, env, config, err)) {
        nsr_picture_free(raster);
        return false;
    }
    raster->w = raster->map.w, raster->h = raster->map.h;
    return true;
}
