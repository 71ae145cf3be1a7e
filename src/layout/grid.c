/* SPDX-License-Identifier: MIT */
/* Grids. When all cells have equal width, one map cell is one cell of the grid, which makes painting cheap; therefore a
   view is widened to whole cells. */
#include "layouts.h"
#include <math.h>
#include <nsrender/log.h>
#include <stdlib.h>
#include <string.h>

static bool fail_small(nsr_err *err, const nsr_axis *x, const nsr_axis *y, nsr_size size, nsr_scales least) {
    int64_t w = (int64_t)x->n * least.x, h = (int64_t)y->n * least.y;
    return nsr_fail(err, NSR_EUSAGE, "--size %dx%d is too small for %d x %d bins; give at least %lldx%lld", size.w,
                    size.h, x->n, y->n, (long long)(w + w % 2), (long long)(h + h % 2));
}

static void note_proportion(const nsr_scales *s, const nsr_axis *x, const nsr_axis *y) {
    double want = x->pitch / y->pitch, have = (double)s->x / s->y;
    if (fabs(have / want - 1) > 0.05)
        nsr_note("picture: bins of %g x %g get %d x %d pixels; a larger --size keeps their proportion better",
                 x->pitch, y->pitch, s->x, s->y);
}

/* Scales for bins too long and thin for any picture: their proportion is not kept. */
static nsr_scales bend(nsr_scales least, const nsr_axis *x, const nsr_axis *y, nsr_size box) {
    int across = box.w / x->n, down = box.h / y->n;
    return (nsr_scales){least.x < across ? least.x : across, least.y < down ? least.y : down};
}

static bool fits_any_picture(nsr_scales s, const nsr_axis *x, const nsr_axis *y) {
    return (int64_t)x->n * s.x <= NSR_MAX_SIDE && (int64_t)y->n * s.y <= NSR_MAX_SIDE;
}

/* Chooses the scales; with an automatic size the picture fits NSR_AUTO_SIDE if possible, else it is as small as
 * possible. */
static bool choose_scales(nsr_picture *picture, const nsr_axis *x, const nsr_axis *y, const nsr_layout_view *view,
                          nsr_err *err) {
    picture->sx = picture->sy = 1;
    if (view->stack) return true;
    const nsr_size size = view->size;
    const bool automatic = size.w == 0;
    const nsr_size most = {NSR_MAX_SIDE, NSR_MAX_SIDE};
    const nsr_size box = automatic ? (nsr_size){NSR_AUTO_SIDE, NSR_AUTO_SIDE} : size;
    nsr_scales s;
    if (!nsr_scales_fit(&s, x, y, box, automatic)) {
        s = nsr_scales_least(x, y);
        if (!fits_any_picture(s, x, y)) s = bend(s, x, y, automatic ? most : size);
        else if (!automatic) return fail_small(err, x, y, size, s);
        if (s.x < 1 || s.y < 1) return fail_small(err, x, y, size, (nsr_scales){1, 1});
    }
    note_proportion(&s, x, y);
    picture->sx = s.x, picture->sy = s.y;
    return true;
}

/* `cells`: the first of the drawn cells; a row has `stride` cells. */
static bool even_map(nsr_picture *picture, const nsr_axis *x, const nsr_axis *y, bool y_up, const int32_t *cells,
                     int stride, const nsr_layout_view *view, nsr_err *err) {
    if (!choose_scales(picture, x, y, view, err) || !nsr_bin_map_open(&picture->map, x->n, y->n, err)) return false;
    const size_t nx = (size_t)x->n;
    for (int row = 0; row < y->n; row++) {
        int iy = y_up ? y->n - 1 - row : row;
        memcpy(picture->map.bin + (size_t)row * nx, cells + (size_t)iy * (size_t)stride, nx * sizeof *cells);
    }
    nsr_picture_affine(picture, x, y, y_up, picture->sx / x->pitch, picture->sy / y->pitch);
    return true;
}

static bool crop(nsr_axis *x, nsr_axis *y, const nsr_layout_view *view, nsr_err *err) {
    if (!view->given) return true;
    const double *box = view->box;
    if (!nsr_axis_crop(x, box[0], box[1], err) || !nsr_axis_crop(y, box[2], box[3], err)) return false;
    double out = fmax(fmax(box[0] - x->first, x->last - box[1]) / x->pitch,
                      fmax(box[2] - y->first, y->last - box[3]) / y->pitch);
    if (out > 2e-3 && !view->stack)
        nsr_note("--view: widened to whole bins: %g,%g,%g,%g", x->first, x->last, y->first, y->last);
    return true;
}

bool nsr_grid_map(nsr_picture *picture, const nsr_environment *env, const nsr_layout_view *view, nsr_err *err) {
    nsr_axis x, y;
    if (!nsr_axis_make(&x, "x", env->x_edges, env->nx, err) || !nsr_axis_make(&y, "y", env->y_edges, env->ny, err) ||
        !crop(&x, &y, view, err))
        return false;
    int32_t *all = nsr_grid_numbers(env, err);
    if (!all) return false;
    const int32_t *cells = all + (size_t)y.from * (size_t)env->nx + (size_t)x.from;
    bool even = nsr_axis_even(&x) && nsr_axis_even(&y);
    bool good = even ? even_map(picture, &x, &y, env->y_up, cells, env->nx, view, err)
                     : nsr_uneven_map(picture, &x, &y, env->y_up, cells, env->nx, view, err);
    free(all);
    return good;
}
