/* SPDX-License-Identifier: MIT */
/* From an outline to a geometry: checks what all layouts share, then calls the shape that the layout's name selects. */
#include "outline.h"

#include "regions.h"

#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *layout;
    nsr_shape_fn *shape;
} layouts[] = {
    {"RegularGrid", nsr_shape_grid},    {"MaskedGrid", nsr_shape_grid},    {"ImageMask", nsr_shape_grid},
    {"ShapelyPolygon", nsr_shape_grid}, {"Hexagonal", nsr_shape_hexagons}, {"Graph", nsr_shape_track},
    {"TriangularMesh", nsr_shape_mesh}, {"bin_centers", nsr_shape_points},
};

/* neurospatial adds this prefix to environments that it has read from NWB and saved again. */
static const char *plain_name(const char *layout) {
    static const char again[] = "Reconstructed_";
    return strncmp(layout, again, sizeof again - 1) == 0 ? layout + sizeof again - 1 : layout;
}

static nsr_shape_fn *find_shape(const char *layout) {
    for (size_t i = 0; i < NSR_COUNTOF(layouts); i++)
        if (strcmp(layouts[i].layout, plain_name(layout)) == 0) return layouts[i].shape;
    return NULL;
}

bool nsr_outline_is_grid(const char *layout) { return find_shape(layout) == nsr_shape_grid; }

/* The true cells of the mask are the bins. */
static bool check_mask(const nsr_outline *o, nsr_err *err) {
    int64_t active = 0;
    for (int64_t i = 0; o->mask && i < o->n_mask; i++)
        active += o->mask[i];
    if (!o->mask || active == o->n_bins) return true;
    return nsr_fail(err, NSR_EDATA, "%s: active_mask has %lld active cells, but n_bins is %lld", o->where,
                    (long long)active, (long long)o->n_bins);
}

/* The first bin whose centre is no valid coordinate; -1: none. */
static int64_t bad_center(const nsr_outline *o) {
    for (int64_t i = 0; o->centers && i < o->n_bins * o->n_dims; i++)
        if (!nsr_outline_place(o->centers[i])) return i / o->n_dims;
    return -1;
}

/* A grid is drawn from its edges and its mask; its centres are only checked. */
static bool check_centers(const nsr_outline *o, bool grid, nsr_err *err) {
    int64_t bad = bad_center(o);
    if (!grid && !o->centers) return nsr_fail(err, NSR_EDATA, "%s: no bin_centers", o->where);
    if (bad >= 0 && !grid)
        return nsr_fail(err, NSR_EDATA, "%s: bin_centers of bin %lld is not finite, or beyond 1e150", o->where,
                        (long long)bad);
    if (bad >= 0)
        nsr_warn("%s: bin_centers of bin %lld is not finite; drawn from grid_edges and active_mask", o->where,
                 (long long)bad);
    return true;
}

/* Drops links to bins that do not exist. */
static void check_links(nsr_outline *o) {
    int64_t good = 0;
    for (int64_t i = 0; i < o->n_links; i++) {
        int64_t a = o->links[2 * i], b = o->links[2 * i + 1];
        bool inside = a >= 0 && b >= 0 && a < o->n_bins && b < o->n_bins;
        if (!inside && good == i)
            nsr_warn("%s: edge %lld leads from bin %lld to bin %lld, out of the range 0..%lld; it is left out",
                     o->where, (long long)i, (long long)a, (long long)b, (long long)o->n_bins - 1);
        if (!inside) continue;
        o->links[2 * good] = a;
        o->links[2 * good++ + 1] = b;
    }
    o->n_links = good;
}

static bool shape_unknown(nsr_outline *o, nsr_environment *env, nsr_err *err) {
    nsr_warn("%s: layout '%s' is not known here; its bins are drawn as points", o->where, o->layout);
    return nsr_shape_points(o, env, err);
}

bool nsr_outline_shape(nsr_outline *o, nsr_environment *env, nsr_err *err) {
    nsr_shape_fn *shape = find_shape(o->layout);
    if (!check_mask(o, err) || !check_centers(o, shape == nsr_shape_grid, err)) return false;
    check_links(o);
    snprintf(env->layout, sizeof env->layout, "%s", o->layout);
    snprintf(env->units, sizeof env->units, "%s", o->units);
    snprintf(env->x_name, sizeof env->x_name, "%s", o->polar ? "distance" : "x");
    snprintf(env->y_name, sizeof env->y_name, "%s", o->polar ? "angle" : "y");
    env->n_bins = env->n_active = o->n_bins;
    env->y_up = env->x_slow = env->packed = true;
    env->region = o->region, env->n_regions = o->n_regions;
    o->region = NULL, o->n_regions = 0;
    return shape ? shape(o, env, err) : shape_unknown(o, env, err);
}

void nsr_outline_free(nsr_outline *o) {
    for (size_t i = 0; i < NSR_COUNTOF(o->edges); i++)
        free(o->edges[i]);
    free(o->mask);
    free(o->centers);
    free(o->links);
    free(o->runs);
    free(o->boundary);
    nsr_regions_free(o->region, o->n_regions);
    memset(o, 0, sizeof *o);
}
