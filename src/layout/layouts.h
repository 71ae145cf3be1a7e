/* SPDX-License-Identifier: MIT */
/* What a layout is. A new one is one file beside this and one row in layout.c. Private to src/layout. */
#ifndef NSR_LAYOUT_LAYOUTS_H
#define NSR_LAYOUT_LAYOUTS_H

#include <nsrender/picture.h>

enum { NSR_MAX_SIDE = 16384, NSR_AUTO_SIDE = 800 }; /* pixels */
enum { NSR_STRIP = 8 };                              /* a strip is so many times longer than high */

/* What the user asked of the geometry. */
typedef struct nsr_view {
    nsr_size size; /* as the layout sees it, that is before the picture is turned; 0x0: auto */
    bool given;    /* --view */
    double box[4]; /* x0, x1, y0, y1 */
    int turns;     /* quarters, counter-clockwise, after flipping */
    bool flip_x, flip_y;
    double track_width; /* NaN: not given */
    int side;           /* pixels along the longer side of what has no natural size, where `size` is auto */
    bool stack;         /* for stacks: one pixel a cell of an even grid; notes were made for the picture */
    bool trial;         /* only to see how large bins come out: lost ones are not told either */
} nsr_view;

/* --- view.c --- */
bool nsr_view_make(nsr_view *view, const nsr_config *config, nsr_err *err);
/* The same for stacks: --zarr-size instead of --size. */
bool nsr_view_make_stack(nsr_view *view, const nsr_config *config, nsr_err *err);
/* Which option says the size. */
static inline const char *nsr_view_option(const nsr_view *view) { return view->stack ? "--zarr-size" : "--size"; }
/* Flips and turns the map, and the affine with it, exactly. */
bool nsr_view_turn(const nsr_view *view, nsr_picture *picture, nsr_err *err);

/* Fills the map, its scales, and the affine from data to pixels of the map, x to the right and y as it belongs; the
   caller turns it and puts it into the picture. On failure the caller frees what is there. */
typedef bool nsr_layout_fn(nsr_picture *picture, const nsr_environment *env, const nsr_view *view, nsr_err *err);

/* --- layout.c: the layout of the environment's shape, as the options have it; NULL on failure --- */
nsr_layout_fn *nsr_layout_choose(nsr_picture *picture, const nsr_environment *env, const nsr_config *config,
                                 const nsr_view *view, nsr_err *err);

nsr_layout_fn nsr_grid_map, nsr_line_map, nsr_polar_rings_map, nsr_polar_map, nsr_cells_map, nsr_points_map,
    nsr_track_map, nsr_track_unrolled_map;

/* --- axis.c: one axis of a grid --- */
typedef struct nsr_axis {
    const char *name;
    const double *edges; /* of all cells, increasing; NULL: cell centres at whole numbers */
    int from, n;         /* the cells that are drawn */
    double first, last, pitch; /* outer edges, mean width of a cell */
} nsr_axis;
bool nsr_axis_make(nsr_axis *axis, const char *name, const double *edges, int n, nsr_err *err);
/* Only the cells that reach between `low` and `high`. */
bool nsr_axis_crop(nsr_axis *axis, double low, double high, nsr_err *err);
/* All edges lie where cells of equal width would have them, to a thousandth of a cell. */
bool nsr_axis_even(const nsr_axis *axis);
double nsr_axis_edge(const nsr_axis *axis, int i);
double nsr_axis_narrowest(const nsr_axis *axis);

/* --- numbers.c: bin or mark of every cell of a grid, at iy*nx + ix; NULL on failure --- */
int32_t *nsr_grid_numbers(const nsr_environment *env, nsr_err *err);

/* --- scales.c: whole scales of an even grid --- */
typedef struct nsr_scales { int x, y; } nsr_scales;
/* The largest whole scales in proportion of the cells with which nx x ny cells fit the box; false when none does. */
bool nsr_scales_fit(nsr_scales *scales, const nsr_axis *x, const nsr_axis *y, nsr_size box, bool multiples_of_8);
/* The smallest in proportion. */
nsr_scales nsr_scales_least(const nsr_axis *x, const nsr_axis *y);

/* --- uneven.c: a grid whose cells differ in width, mapped pixel by pixel. cells: nsr_grid_numbers, nx to a row --- */
bool nsr_uneven_map(nsr_picture *picture, const nsr_axis *x, const nsr_axis *y, bool y_up, const int32_t *cells,
                    int nx, const nsr_view *view, nsr_err *err);

/* --- canvas.c: maps of single pixels --- */
/* A map of background that shows the extent x0, x1, y0, y1, or the view, with equal aspect, y up. */
bool nsr_canvas_open(nsr_picture *picture, const double extent[4], const nsr_view *view, nsr_err *err);
/* Widens an extent (start: INFINITY, -INFINITY, INFINITY, -INFINITY) by a disc around a point. */
void nsr_extent_add(double extent[4], double x, double y, double reach);
/* Data to pixels, within +-1e9, in steps fine enough to be invisible: points that are meant to be one become one. */
void nsr_canvas_point(const nsr_picture *picture, const double xy[2], double at[2]);
/* A bin that got no pixel gets the one at its centre (n x 2, in pixels), unless that is another bin's only one. Warns
   of bins that still have none. */
bool nsr_canvas_keep(nsr_bin_map *map, const double *centers, int64_t n, const nsr_view *view, nsr_err *err);

/* --- nearest.c: each pixel shows the nearest of n sites, points or straight pieces --- */
typedef struct nsr_site { double x, y, dx, dy; int32_t bin; } nsr_site; /* from x, y to x + dx, y + dy, in pixels */
/* Sites farther than `reach` pixels do not count; of equally near ones the first wins. */
bool nsr_nearest_fill(nsr_bin_map *map, const nsr_site *sites, int64_t n, double reach, nsr_err *err);

/* --- place.c --- */
/* Allocates a w x h map. */
bool nsr_bin_map_open(nsr_bin_map *map, int64_t w, int64_t h, nsr_err *err);
/* Puts the map with its scales into the middle of `size`, or makes the picture just large enough. Sides and offsets are
   even. */
void nsr_picture_place(nsr_picture *picture, nsr_size size);
/* Data to pixels of the map, for px, py pixels a unit. */
void nsr_picture_affine(nsr_picture *picture, const nsr_axis *x, const nsr_axis *y, bool y_up, double px, double py);

#endif
