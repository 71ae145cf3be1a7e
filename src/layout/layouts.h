/* SPDX-License-Identifier: MIT */
/* The interface of a layout. A new layout is one file in this folder and one row in layouts.c; private to it. */
#ifndef NSR_LAYOUT_LAYOUTS_H
#define NSR_LAYOUT_LAYOUTS_H

#include <nsrender/picture.h>

enum { NSR_MAX_SIDE = 16384, NSR_AUTO_SIDE = 800 }; /* pixels */
enum { NSR_STRIP = 8 };                             /* ratio of a strip's length to its height */

/* The user's options for the geometry. */
typedef struct nsr_layout_view {
    nsr_size size; /* of the picture before it is turned; 0x0: auto */
    bool given;    /* --view */
    double box[4]; /* x0, x1, y0, y1 */
    int turns;     /* quarter turns, counter-clockwise, after flipping */
    bool flip_x, flip_y;
    double track_width; /* NaN: not given */
    int side;           /* with an automatic size: pixels along the longer side of a layout without cells */
    bool stack; /* for OME-Zarr: one pixel per cell of an uniform grid; no notes (the picture has logged them) */
    bool trial;         /* drawn to measure the bins: no warning about bins without a pixel */
} nsr_layout_view;

/* --- view.c --- */
/* From the configuration; NSR_EUSAGE for bad values. */
bool nsr_layout_view_make(nsr_layout_view *view, const nsr_config *config, nsr_err *err);
/* The same for OME-Zarr, with --zarr-size instead of --size. */
bool nsr_layout_view_make_stack(nsr_layout_view *view, const nsr_config *config, nsr_err *err);
/* The option that sets the size. */
static inline const char *nsr_layout_view_option(const nsr_layout_view *view) {
    return view->stack ? "--zarr-size" : "--size";
}
/* Flips and turns the map and its affine; exact, because only whole cells move. */
bool nsr_layout_view_turn(const nsr_layout_view *view, nsr_picture *picture, nsr_err *err);

/* A layout: fills the map, its scales, and the affine from data to pixels of the map, x to the right. The caller turns
   the map and places it in the picture, and frees it after a failure. */
typedef bool nsr_layout_fn(nsr_picture *picture, const nsr_environment *env, const nsr_layout_view *view, nsr_err *err);

/* --- layouts.c --- */
/* The layout for the environment's shape and the options, and whether it is unrolled or rings; NULL on failure. */
nsr_layout_fn *nsr_layout_choose(nsr_picture *picture, const nsr_environment *env, const nsr_config *config,
                                 const nsr_layout_view *view, nsr_err *err);

nsr_layout_fn nsr_grid_map, nsr_line_map, nsr_polar_rings_map, nsr_polar_map, nsr_cells_map, nsr_points_map,
    nsr_track_map, nsr_track_unrolled_map;

/* --- axis.c: one axis of a grid --- */
typedef struct nsr_axis {
    const char *name;
    const double *edges; /* of all cells, increasing; NULL: cell centres at whole numbers */
    int from, n;         /* first cell and number of the cells that are drawn */
    double first, last, pitch; /* outer edges and mean cell width of these cells */
} nsr_axis;
/* An axis of all `n` cells; `edges` must outlive it. NSR_EDATA when edges are not finite and increasing. */
bool nsr_axis_make(nsr_axis *axis, const char *name, const double *edges, int n, nsr_err *err);
/* Restricts the axis to the cells that overlap low..high; NSR_EUSAGE when none does. */
bool nsr_axis_crop(nsr_axis *axis, double low, double high, nsr_err *err);
/* Have all cells the same width, to a thousandth of a cell? */
bool nsr_axis_even(const nsr_axis *axis);
/* The i-th edge of the drawn cells, and the width of the narrowest. */
double nsr_axis_edge(const nsr_axis *axis, int i);
double nsr_axis_narrowest(const nsr_axis *axis);

/* --- numbers.c: the bin or mark of every cell of a grid, at iy*nx + ix; malloc'ed, NULL on failure --- */
int32_t *nsr_grid_numbers(const nsr_environment *env, nsr_err *err);

/* --- scales.c: pixels per cell of an uniform grid, whole numbers --- */
typedef struct nsr_scales { int x, y; } nsr_scales;
/* The largest scales that keep the proportion of the cells and let all cells fit the box; false when none does. */
bool nsr_scales_fit(nsr_scales *scales, const nsr_axis *x, const nsr_axis *y, nsr_size box, bool multiples_of_8);
/* The smallest scales that keep the proportion. */
nsr_scales nsr_scales_least(const nsr_axis *x, const nsr_axis *y);

/* --- uneven.c: a grid whose cells differ in width, pixel by pixel. `cells`: from nsr_grid_numbers, nx per row --- */
bool nsr_uneven_map(nsr_picture *picture, const nsr_axis *x, const nsr_axis *y, bool y_up, const int32_t *cells, int nx,
                    const nsr_layout_view *view, nsr_err *err);

/* --- canvas.c: maps whose cells are single pixels --- */
/* Opens a map of background for the extent x0, x1, y0, y1 (or --view), with equal scales along x and y, y up. */
bool nsr_canvas_open(nsr_picture *picture, const double extent[4], const nsr_layout_view *view, nsr_err *err);
/* Extends an extent (initially INFINITY, -INFINITY, INFINITY, -INFINITY) by a disc of radius `reach` around x, y. */
void nsr_extent_add(double extent[4], double x, double y, double reach);
/* From data units to pixels, clipped to +-1e9 and rounded to 1/65536, so that points equal but for rounding become
 * equal. */
void nsr_canvas_point(const nsr_picture *picture, const double xy[2], double at[2]);
/* Gives each of the n bins without a pixel the one at its centre (`centers`: n x 2, in pixels), unless that is the only
   pixel of another bin. Warns about bins that still have none. */
bool nsr_canvas_keep(nsr_bin_map *map, const double *centers, int64_t n, const nsr_layout_view *view, nsr_err *err);

/* --- nearest.c: each pixel shows the nearest of n sites, points or straight pieces --- */
typedef struct nsr_site { double x, y, dx, dy; int32_t bin; } nsr_site; /* from x, y to x + dx, y + dy, in pixels */
/* Sites farther than `reach` pixels are ignored; of equally near sites the first wins. */
bool nsr_nearest_fill(nsr_bin_map *map, const nsr_site *sites, int64_t n, double reach, nsr_err *err);

/* --- place.c --- */
/* Allocates a map of w x h cells, without values. */
bool nsr_bin_map_open(nsr_bin_map *map, int64_t w, int64_t h, nsr_err *err);
/* Centres the map in a picture of `size`; with 0x0 the picture is just large enough. Sides and offsets are even. */
void nsr_picture_place(nsr_picture *picture, nsr_size size);
/* Sets the affine from data to pixels of the map, for px, py pixels per unit. */
void nsr_picture_affine(nsr_picture *picture, const nsr_axis *x, const nsr_axis *y, bool y_up, double px, double py);

#endif
