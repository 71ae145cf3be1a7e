/* SPDX-License-Identifier: MIT */
/* Bins of which only the centres are known: a pixel shows the nearest centre within the environment's radius. */
#include "layouts.h"
#include <math.h>
#include <stdlib.h>

static bool measure_points(double extent[4], const nsr_environment *env, nsr_err *err) {
    if (env->n_bins < 1 || env->n_bins > INT32_MAX || !env->centers)
        return nsr_fail(err, NSR_EDATA, "environment %s: no bin centres", env->origin);
    if (!(env->radius > 0) || !isfinite(env->radius))
        return nsr_fail(err, NSR_EDATA, "environment %s: a bin reaches %g around its centre, which cannot be drawn",
                        env->origin, env->radius);
    for (int64_t k = 0; k < env->n_bins; k++) {
        const double *c = env->centers + 2 * k;
        if (!isfinite(c[0]) || !isfinite(c[1]))
            return nsr_fail(err, NSR_EDATA, "environment %s: the centre of bin %lld is not finite", env->origin,
                            (long long)k);
        nsr_extent_add(extent, c[0], c[1], env->radius);
    }
    return true;
}

static bool draw_points(nsr_picture *picture, const nsr_environment *env, const nsr_layout_view *view, nsr_site *sites,
                        double *centers, nsr_err *err) {
    for (int64_t k = 0; k < env->n_bins; k++) {
        nsr_canvas_point(picture, env->centers + 2 * k, centers + 2 * k);
        sites[k] = (nsr_site){.x = centers[2 * k], .y = centers[2 * k + 1], .bin = (int32_t)k};
    }
    return nsr_nearest_fill(&picture->map, sites, env->n_bins, env->radius * picture->affine[0], err) &&
           nsr_canvas_keep(&picture->map, centers, env->n_bins, view, err);
}

bool nsr_points_map(nsr_picture *picture, const nsr_environment *env, const nsr_layout_view *view, nsr_err *err) {
    double extent[4] = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    if (!measure_points(extent, env, err) || !nsr_canvas_open(picture, extent, view, err)) return false;
    nsr_site *sites = malloc((size_t)env->n_bins * sizeof *sites);
    double *centers = malloc((size_t)env->n_bins * 2 * sizeof *centers);
    bool good = sites && centers ? draw_points(picture, env, view, sites, centers, err)
                                 : nsr_fail(err, NSR_EINTERNAL, "out of memory for %lld bins", (long long)env->n_bins);
    free(sites);
    free(centers);
    return good;
}
