/* SPDX-License-Identifier: MIT */
/* Polar grids, x = distance and y = angle. They are drawn as a rectangle with square cells, because distance and angle
   have no common unit; an affine maps data units to pixels, as for every grid. With --rings they are drawn as ring
   sectors around the animal, angle 0 to the right, counter-clockwise: pixels are mapped back to distance and angle. */
#include "layouts.h"
#include <math.h>
#include <stdlib.h>

static const double TURN = 6.283185307179586476925286766559;

typedef struct polar_rings {
    nsr_axis r, angle;
    const int32_t *cells; /* iy*nx + ix */
} polar_rings;

static bool open_axes(polar_rings *p, const nsr_environment *env, nsr_err *err) {
    if (!env->x_edges || !env->y_edges)
        return nsr_fail(err, NSR_EDATA, "environment %s: a polar grid needs edges of distance and angle", env->origin);
    if (!nsr_axis_make(&p->r, "distance", env->x_edges, env->nx, err) ||
        !nsr_axis_make(&p->angle, "angle", env->y_edges, env->ny, err))
        return false;
    if (p->r.first < 0 || p->angle.last - p->angle.first > TURN * (1 + 1e-9))
        return nsr_fail(err, NSR_EDATA,
                        "environment %s: distances from %g and angles from %g to %g radians are no polar grid; "
                        "leave out --rings to draw a rectangle",
                        env->origin, p->r.first, p->angle.first, p->angle.last);
    return true;
}

static void add_corner(double extent[4], double r, double angle) {
    nsr_extent_add(extent, r * cos(angle), r * sin(angle), 0);
}

/* The extent of the sectors: their ends, and the points where they cross the axes. */
static void measure_rings(double extent[4], const polar_rings *p) {
    const double first = p->angle.first, last = p->angle.last, quarter = TURN / 4;
    for (int far = 0; far < 2; far++) {
        double r = far ? p->r.last : p->r.first;
        add_corner(extent, r, first);
        add_corner(extent, r, last);
        for (double a = ceil(first / quarter) * quarter; a < last; a += quarter) add_corner(extent, r, a);
    }
}

/* The cell that contains `at`; -1: outside. */
static int find_cell(const nsr_axis *axis, double at) {
    if (!(at >= axis->first && at < axis->last)) return -1;
    int low = 0, high = axis->n;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (nsr_axis_edge(axis, middle) <= at) low = middle;
        else high = middle;
    }
    return low;
}

static int32_t cell_at(const polar_rings *p, double x, double y) {
    int ix = find_cell(&p->r, sqrt(x * x + y * y));
    if (ix < 0) return NSR_BIN_BACKGROUND;
    double angle = atan2(y, x);
    angle -= TURN * floor((angle - p->angle.first) / TURN);
    if (angle >= p->angle.last && p->angle.last - p->angle.first > TURN * (1 - 1e-9)) angle = p->angle.first;
    int iy = find_cell(&p->angle, angle);
    return iy < 0 ? NSR_BIN_BACKGROUND : p->cells[(size_t)iy * (size_t)p->r.n + (size_t)ix];
}

static void draw_rings(nsr_picture *picture, const polar_rings *p) {
    const double *a = picture->affine;
    for (int row = 0; row < picture->map.h; row++)
        for (int column = 0; column < picture->map.w; column++)
            picture->map.bin[(size_t)row * (size_t)picture->map.w + (size_t)column] =
                cell_at(p, (column + 0.5 - a[2]) / a[0], (row + 0.5 - a[5]) / a[4]);
}

/* Gives a pixel to bins that are too narrow near the centre. */
static bool keep_bins(nsr_picture *picture, const polar_rings *p, int64_t n_bins, const nsr_layout_view *view,
                      nsr_err *err) {
    double *centers = malloc((size_t)n_bins * 2 * sizeof *centers);
    if (!centers) return nsr_fail(err, NSR_EINTERNAL, "out of memory for %lld bins", (long long)n_bins);
    for (int64_t i = 0; i < 2 * n_bins; i++)
        centers[i] = -1; /* outside the map, for inactive cells */
    for (int iy = 0; iy < p->angle.n; iy++)
        for (int ix = 0; ix < p->r.n; ix++) {
            int32_t bin = p->cells[(size_t)iy * (size_t)p->r.n + (size_t)ix];
            double r = (nsr_axis_edge(&p->r, ix) + nsr_axis_edge(&p->r, ix + 1)) / 2;
            double angle = (nsr_axis_edge(&p->angle, iy) + nsr_axis_edge(&p->angle, iy + 1)) / 2;
            if (bin >= 0) nsr_canvas_point(picture, (double[2]){r * cos(angle), r * sin(angle)}, centers + 2 * bin);
        }
    bool good = nsr_canvas_keep(&picture->map, centers, n_bins, view, err);
    free(centers);
    return good;
}

bool nsr_polar_rings_map(nsr_picture *picture, const nsr_environment *env, const nsr_layout_view *view, nsr_err *err) {
    double extent[4] = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    polar_rings p;
    if (!open_axes(&p, env, err)) return false;
    int32_t *cells = nsr_grid_numbers(env, err);
    if (!cells) return false;
    p.cells = cells;
    measure_rings(extent, &p);
    bool good = nsr_canvas_open(picture, extent, view, err);
    if (good) draw_rings(picture, &p);
    good = good && keep_bins(picture, &p, env->n_bins, view, err);
    free(cells);
    return good;
}

/* Angles are stretched so that the mean cell is square; the affine includes the stretch. */
bool nsr_polar_map(nsr_picture *picture, const nsr_environment *env, const nsr_layout_view *view, nsr_err *err) {
    nsr_axis x, y;
    if (!nsr_axis_make(&x, "distance", env->x_edges, env->nx, err) ||
        !nsr_axis_make(&y, "angle", env->y_edges, env->ny, err))
        return false;
    const double stretch = x.pitch / y.pitch;
    double *edges = malloc(((size_t)y.n + 1) * sizeof *edges);
    if (!edges) return nsr_fail(err, NSR_EINTERNAL, "out of memory for %d angles", y.n);
    for (int i = 0; i <= y.n; i++) edges[i] = nsr_axis_edge(&y, i) * stretch;
    nsr_environment grid = *env;
    grid.y_edges = edges, grid.y_up = true;
    nsr_layout_view stretched = *view;
    stretched.box[2] *= stretch, stretched.box[3] *= stretch;
    bool good = nsr_grid_map(picture, &grid, &stretched, err);
    picture->affine[4] *= stretch;
    free(edges);
    return good;
}
