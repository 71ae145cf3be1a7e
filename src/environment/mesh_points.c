/* SPDX-License-Identifier: MIT */
/* The work is bounded: a boundary or a spacing that would yield too many points for a mesh is refused. */
#include "mesh_points.h"

#include "outline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_POINTS = 1 << 22, MOST_CORNERS = 1 << 20, MOST_RINGS = 1 << 12 };
static const double most_tests = 1e9; /* comparisons of a point with a side */

typedef struct boundary_rings {
    double *xy;
    int64_t n, n_rings, end[MOST_RINGS]; /* corners of ring r end before end[r]; its last corner equals its first */
} boundary_rings;

/* --- the text --- */

static const char *take_word(const char *at, const char *word) {
    at += strspn(at, " ");
    size_t n = strlen(word);
    return strncmp(at, word, n) == 0 ? at + n : NULL;
}

static const char *take_corner(boundary_rings *r, const char *at) {
    for (int axis = 0; axis < 2; axis++) {
        char *end;
        double value = strtod(at, &end);
        if (end == at || !nsr_outline_place(value) || r->n == MOST_CORNERS) return NULL;
        r->xy[2 * r->n + axis] = value;
        at = end;
    }
    r->n++;
    return at;
}

/* (x y, x y, ...), closed */
static const char *take_ring(boundary_rings *r, const char *at) {
    int64_t first = r->n;
    at = take_word(at, "(");
    while (at && (at = take_corner(r, at)) && take_word(at, ","))
        at = take_word(at, ",");
    at = at ? take_word(at, ")") : NULL;
    if (!at || r->n - first < 4 || r->n_rings == MOST_RINGS) return NULL;
    if (memcmp(r->xy + 2 * first, r->xy + 2 * (r->n - 1), 2 * sizeof *r->xy) != 0) return NULL;
    r->end[r->n_rings++] = r->n;
    return at;
}

static bool read_rings(boundary_rings *r, const char *text) {
    size_t commas = 0;
    for (const char *c = text; *c; c++)
        commas += *c == ',';
    const char *at = take_word(text, "POLYGON");
    if (!at || commas >= MOST_CORNERS || !(r->xy = malloc((commas + 1) * 2 * sizeof *r->xy))) return false;
    at = take_word(at, "(");
    while (at && (at = take_ring(r, at)) && take_word(at, ","))
        at = take_word(at, ",");
    return at && (at = take_word(at, ")")) && at[strspn(at, " ")] == 0;
}

/* --- points --- */

static bool add_point(nsr_mesh_points *p, double x, double y) {
    if (p->n == MOST_POINTS) return false;
    p->xy[2 * p->n] = x;
    p->xy[2 * p->n++ + 1] = y;
    return true;
}

static double distance_to_side(const double *a, const double *b, double x, double y) {
    double dx = b[0] - a[0], dy = b[1] - a[1], size = dx * dx + dy * dy;
    double t = size > 0 ? ((x - a[0]) * dx + (y - a[1]) * dy) / size : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return hypot(x - a[0] - t * dx, y - a[1] - t * dy);
}

/* Is the point inside, by the even-odd rule, or on the boundary? */
static bool is_inside(const boundary_rings *r, double x, double y, double tolerance) {
    bool odd = false;
    for (int64_t i = 0, ring = 0; i + 1 < r->n; i++) {
        if (i + 1 == r->end[ring]) { /* there is no side between two rings */
            ring++;
            continue;
        }
        const double *a = r->xy + 2 * i, *b = a + 2;
        if (distance_to_side(a, b, x, y) <= tolerance) return true;
        if ((a[1] > y) != (b[1] > y) && x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0])) odd = !odd;
    }
    return odd;
}

static bool add_inner(nsr_mesh_points *p, const boundary_rings *r) {
    for (int64_t iy = 0; iy < p->ny; iy++)
        for (int64_t ix = 0; ix < p->nx; ix++) {
            double x = p->x0 + ((double)ix + 0.5) * p->spacing, y = p->y0 + ((double)iy + 0.5) * p->spacing;
            if (is_inside(r, x, y, 1e-9 * p->spacing) && !add_point(p, x, y)) return false;
        }
    return true;
}

static bool add_outer(nsr_mesh_points *p, const boundary_rings *r) {
    for (int64_t i = 0; i + 1 < r->end[0]; i++) {
        const double *a = r->xy + 2 * i, *b = a + 2;
        double pieces = ceil(hypot(b[0] - a[0], b[1] - a[1]) / p->spacing);
        if (pieces > MOST_POINTS) return false;
        for (int64_t k = 0; k < (int64_t)pieces; k++)
            if (!add_point(p, a[0] + (double)k / pieces * (b[0] - a[0]), a[1] + (double)k / pieces * (b[1] - a[1])))
                return false;
    }
    return true;
}

/* --- cells --- */

static int64_t cell_of(const nsr_mesh_points *p, int64_t i) {
    int64_t ix = (int64_t)floor((p->xy[2 * i] - p->x0) / p->spacing),
            iy = (int64_t)floor((p->xy[2 * i + 1] - p->y0) / p->spacing);
    ix = ix < 0 ? 0 : ix < p->nx ? ix : p->nx - 1;
    iy = iy < 0 ? 0 : iy < p->ny ? iy : p->ny - 1;
    return iy * p->nx + ix;
}

static bool sort_points(nsr_mesh_points *p) {
    int64_t cells = p->nx * p->ny;
    p->first = calloc((size_t)cells + 2, sizeof *p->first);
    p->of = malloc(((size_t)p->n + 1) * sizeof *p->of);
    if (!p->first || !p->of) return false;
    for (int64_t i = 0; i < p->n; i++)
        p->first[cell_of(p, i) + 2]++;
    for (int64_t i = 2; i <= cells + 1; i++)
        p->first[i] += p->first[i - 1];
    for (int64_t i = 0; i < p->n; i++) /* moves first[c + 1] from the begin of cell c to its end */
        p->of[p->first[cell_of(p, i) + 1]++] = i;
    return true;
}

static bool open_cells(nsr_mesh_points *p, const boundary_rings *r, double spacing) {
    double extent[4];
    nsr_extent_of(extent, r->xy, r->n);
    double nx = ceil((extent[1] - extent[0]) / spacing), ny = ceil((extent[3] - extent[2]) / spacing);
    if (!(nx >= 1 && ny >= 1 && nx * ny <= MOST_POINTS && nx * ny * (double)r->n <= most_tests)) return false;
    p->x0 = extent[0];
    p->y0 = extent[2];
    p->spacing = spacing;
    p->nx = (int64_t)nx;
    p->ny = (int64_t)ny;
    return (p->xy = malloc((size_t)MOST_POINTS * 2 * sizeof *p->xy)) !=
           NULL; /* the system provides pages as they are used */
}

bool nsr_mesh_points_make(nsr_mesh_points *p, const char *boundary, double spacing) {
    *p = (nsr_mesh_points){0};
    boundary_rings *r = calloc(1, sizeof *r);
    bool good = r && spacing > 0 && read_rings(r, boundary) && open_cells(p, r, spacing) && add_inner(p, r) &&
                add_outer(p, r) && sort_points(p);
    if (r) free(r->xy);
    free(r);
    return good;
}

void nsr_mesh_points_free(nsr_mesh_points *p) {
    free(p->xy);
    free(p->first);
    free(p->of);
    *p = (nsr_mesh_points){0};
}
