/* SPDX-License-Identifier: MIT */
/* Grids: one map cell is one cell of the grid where cells are of equal width, which is what makes painting cheap. */
#include "layout.h"
#include <math.h>
#include <nsrender/log.h>
#include <stdlib.h>
#include <string.h>

/* Bin numbers of all cells, at iy*nx + ix, in the order in which the file numbers them. */
static int64_t number_cells(int32_t *cells, const nsr_environment *env) {
    const int outer_n = env->x_slow ? env->nx : env->ny, inner_n = env->x_slow ? env->ny : env->nx;
    int32_t flat = 0, used = 0;
    for (int outer = 0; outer < outer_n; outer++)
        for (int inner = 0; inner < inner_n; inner++, flat++) {
            int ix = env->x_slow ? outer : inner, iy = env->x_slow ? inner : outer;
            bool active = !env->active || env->active[flat];
            cells[(size_t)iy * (size_t)env->nx + (size_t)ix] = !active ? NSR_BIN_INACTIVE : env->packed ? used : flat;
            used += active;
        }
    return used;
}

static int32_t *open_cells(const nsr_environment *env, nsr_err *err) {
    int64_t n = (int64_t)env->nx * env->ny;
    int32_t *cells = malloc((size_t)n * sizeof *cells);
    if (!cells) {
        nsr_fail(err, NSR_EINTERNAL, "out of memory for a grid of %d x %d cells", env->nx, env->ny);
        return NULL;
    }
    int64_t used = number_cells(cells, env), bins = env->packed ? used : n;
    if (used == env->n_active && bins == env->n_bins) return cells;
    nsr_fail(err, NSR_EDATA,
             "environment %s: a grid of %d x %d with %lld active cells does not fit %lld bins, %lld of them active",
             env->origin, env->nx, env->ny, (long long)used, (long long)env->n_bins, (long long)env->n_active);
    free(cells);
    return NULL;
}

static bool fail_small(nsr_err *err, const nsr_environment *env, nsr_size size, nsr_scales least) {
    int64_t w = (int64_t)env->nx * least.x, h = (int64_t)env->ny * least.y;
    return nsr_fail(err, NSR_EUSAGE, "--size %dx%d is too small for %d x %d bins; give at least %lldx%lld", size.w,
                    size.h, env->nx, env->ny, (long long)(w + w % 2), (long long)(h + h % 2));
}

static void note_proportion(const nsr_scales *s, const nsr_axis *x, const nsr_axis *y) {
    double want = x->pitch / y->pitch, have = (double)s->x / s->y;
    if (fabs(have / want - 1) > 0.05)
        nsr_note("picture: bins of %g x %g get %d x %d pixels; a larger --size keeps their proportion better",
                 x->pitch, y->pitch, s->x, s->y);
}

/* Bins too long and thin for any picture: their proportion has to give. */
static nsr_scales bend(nsr_scales least, const nsr_environment *env, nsr_size box) {
    int x = box.w / env->nx, y = box.h / env->ny;
    return (nsr_scales){least.x < x ? least.x : x, least.y < y ? least.y : y};
}

static bool fits_any_picture(nsr_scales s, const nsr_environment *env) {
    return (int64_t)env->nx * s.x <= NSR_MAX_SIDE && (int64_t)env->ny * s.y <= NSR_MAX_SIDE;
}

/* Auto: within NSR_AUTO_SIDE where that is possible, else as small as it gets. */
static bool choose_scales(nsr_picture *picture, const nsr_environment *env, const nsr_axis *x, const nsr_axis *y,
                          nsr_size size, nsr_err *err) {
    const bool automatic = size.w == 0;
    const nsr_size most = {NSR_MAX_SIDE, NSR_MAX_SIDE};
    const nsr_size box = automatic ? (nsr_size){NSR_AUTO_SIDE, NSR_AUTO_SIDE} : size;
    nsr_scales s;
    if (!nsr_scales_fit(&s, x, y, box, automatic)) {
        s = nsr_scales_least(x, y);
        if (!fits_any_picture(s, env)) s = bend(s, env, automatic ? most : size);
        else if (!automatic) return fail_small(err, env, size, s);
        if (s.x < 1 || s.y < 1) return fail_small(err, env, size, (nsr_scales){1, 1});
    }
    note_proportion(&s, x, y);
    picture->sx = s.x, picture->sy = s.y;
    return true;
}

static bool even_map(nsr_picture *picture, const nsr_environment *env, const nsr_axis *x, const nsr_axis *y,
                     const int32_t *cells, nsr_size size, nsr_err *err) {
    if (!choose_scales(picture, env, x, y, size, err) || !nsr_map_open(&picture->map, env->nx, env->ny, err))
        return false;
    const size_t nx = (size_t)env->nx;
    for (int row = 0; row < env->ny; row++) {
        int iy = env->y_up ? env->ny - 1 - row : row;
        memcpy(picture->map.bin + (size_t)row * nx, cells + (size_t)iy * nx, nx * sizeof *cells);
    }
    nsr_picture_place(picture, size);
    nsr_picture_affine(picture, x, y, env->y_up, picture->sx / x->pitch, picture->sy / y->pitch);
    return true;
}

bool nsr_grid_map(nsr_picture *picture, const nsr_environment *env, nsr_size size, nsr_err *err) {
    nsr_axis x, y;
    if (!nsr_axis_make(&x, "x", env->x_edges, env->nx, err) || !nsr_axis_make(&y, "y", env->y_edges, env->ny, err))
        return false;
    int32_t *cells = open_cells(env, err);
    if (!cells) return false;
    bool good = nsr_axis_even(&x) && nsr_axis_even(&y) ? even_map(picture, env, &x, &y, cells, size, err)
                                                       : nsr_uneven_map(picture, &x, &y, env->y_up, cells, size, err);
    free(cells);
    return good;
}
