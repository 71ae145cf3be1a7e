/* SPDX-License-Identifier: MIT */
/* Tracks: every bin is a straight piece. In the plane a pixel shows the nearest piece within half the width of the
   track. Unrolled, pieces follow each other along a strip, and the borders between them are positions rounded once. */
#include "layouts.h"
#include <math.h>
#include <stdlib.h>

static bool check_numbers(const nsr_environment *env, const double *numbers, int each, nsr_err *err) {
    if (env->n_bins < 1 || env->n_bins > INT32_MAX || !numbers)
        return nsr_fail(err, NSR_EDATA, "environment %s: the positions of the bins on the track are unknown",
                        env->origin);
    for (int64_t i = 0; i < env->n_bins * each; i++)
        if (!isfinite(numbers[i]))
            return nsr_fail(err, NSR_EDATA, "environment %s: the place of bin %lld on the track is not finite",
                            env->origin, (long long)(i / each));
    return true;
}

static double length_of(const double bin_line[4]) {
    return sqrt((bin_line[2] - bin_line[0]) * (bin_line[2] - bin_line[0]) +
                (bin_line[3] - bin_line[1]) * (bin_line[3] - bin_line[1]));
}

/* The mean length of the bins, which is the default width. */
static double mean_length(const nsr_environment *env) {
    double sum = 0;
    for (int64_t k = 0; k < env->n_bins; k++)
        sum += length_of(env->bin_line + 4 * k) / (double)env->n_bins;
    return sum;
}

static bool choose_width(double *width, const nsr_environment *env, const nsr_layout_view *view, nsr_err *err) {
    *width = isnan(view->track_width) ? mean_length(env) : view->track_width;
    if (*width > 0 && isfinite(*width)) return true;
    return nsr_fail(err, NSR_EDATA, "environment %s: the bins of the track have no length; give --track-width",
                    env->origin);
}

static bool draw_pieces(nsr_picture *picture, const nsr_environment *env, const nsr_layout_view *view, double reach,
                        nsr_site *sites, double *centers, nsr_err *err) {
    for (int64_t k = 0; k < env->n_bins; k++) {
        double from[2], to[2];
        nsr_canvas_point(picture, env->bin_line + 4 * k, from);
        nsr_canvas_point(picture, env->bin_line + 4 * k + 2, to);
        sites[k] = (nsr_site){from[0], from[1], to[0] - from[0], to[1] - from[1], (int32_t)k};
        centers[2 * k] = (from[0] + to[0]) / 2, centers[2 * k + 1] = (from[1] + to[1]) / 2;
    }
    return nsr_nearest_fill(&picture->map, sites, env->n_bins, reach * picture->affine[0], err) &&
           nsr_canvas_keep(&picture->map, centers, env->n_bins, view, err);
}

bool nsr_track_map(nsr_picture *picture, const nsr_environment *env, const nsr_layout_view *view, nsr_err *err) {
    double extent[4] = {INFINITY, -INFINITY, INFINITY, -INFINITY}, width;
    if (!check_numbers(env, env->bin_line, 4, err) || !choose_width(&width, env, view, err)) return false;
    for (int64_t i = 0; i < 2 * env->n_bins; i++)
        nsr_extent_add(extent, env->bin_line[2 * i], env->bin_line[2 * i + 1], width / 2);
    if (!nsr_canvas_open(picture, extent, view, err)) return false;
    nsr_site *sites = malloc((size_t)env->n_bins * sizeof *sites);
    double *centers = malloc((size_t)env->n_bins * 2 * sizeof *centers);
    bool good = sites && centers ? draw_pieces(picture, env, view, width / 2, sites, centers, err)
                                 : nsr_fail(err, NSR_EINTERNAL, "out of memory for %lld bins", (long long)env->n_bins);
    free(sites);
    free(centers);
    return good;
}

static int border_pixel(const nsr_picture *picture, double position) {
    double pixel = floor(picture->affine[0] * position + picture->affine[2] + 0.5);
    return (int)fmax(0, fmin(picture->map.w, pixel));
}

static void draw_unrolled(nsr_picture *picture, const nsr_environment *env, double *centers) {
    nsr_bin_map *map = &picture->map;
    for (int64_t k = 0; k < env->n_bins; k++) {
        const double *ends = env->linear + 2 * k, middle[2] = {(ends[0] + ends[1]) / 2, 0};
        int first = border_pixel(picture, fmin(ends[0], ends[1])), end = border_pixel(picture, fmax(ends[0], ends[1]));
        for (int x = first; x < end; x++) map->bin[x] = (int32_t)k;
        nsr_canvas_point(picture, middle, centers + 2 * k);
        centers[2 * k + 1] = 0; /* only the first row is drawn; repeat_first_row copies it */
    }
}

static void repeat_first_row(nsr_bin_map *map) {
    for (size_t i = (size_t)map->w, n = i * (size_t)map->h; i < n; i++) map->bin[i] = map->bin[i - (size_t)map->w];
}

bool nsr_track_unrolled_map(nsr_picture *picture, const nsr_environment *env, const nsr_layout_view *view,
                            nsr_err *err) {
    double extent[4] = {INFINITY, -INFINITY, 0, 0};
    if (!check_numbers(env, env->linear, 2, err)) return false;
    for (int64_t i = 0; i < 2 * env->n_bins; i++) nsr_extent_add(extent, env->linear[i], 0, 0);
    nsr_layout_view along = *view; /* the strip has its full height in every view */
    if (view->given) extent[0] = view->box[0], extent[1] = view->box[1];
    along.box[0] = extent[0], along.box[1] = extent[1], along.box[2] = 0;
    along.box[3] = extent[3] = (extent[1] - extent[0]) / NSR_STRIP;
    if (!nsr_canvas_open(picture, extent, &along, err)) return false;
    double *centers = malloc((size_t)env->n_bins * 2 * sizeof *centers);
    if (!centers) return nsr_fail(err, NSR_EINTERNAL, "out of memory for %lld bins", (long long)env->n_bins);
    draw_unrolled(picture, env, centers);
    bool good = nsr_canvas_keep(&picture->map, centers, env->n_bins, view, err);
    free(centers);
    if (good) repeat_first_row(&picture->map);
    return good;
}
