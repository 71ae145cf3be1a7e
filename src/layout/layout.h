/* SPDX-License-Identifier: MIT */
/* What a layout is. A new one is one file beside this and one row in layout.c. Private to src/layout. */
#ifndef NSR_LAYOUT_LAYOUT_H
#define NSR_LAYOUT_LAYOUT_H

#include <nsrender/picture.h>

enum { NSR_MAX_SIDE = 16384, NSR_AUTO_SIDE = 800 }; /* pixels */

/* Fills map, scales, place and affine. `size` is 0x0 for auto, else even and within NSR_MAX_SIDE. On failure the caller
   frees what is there. */
typedef bool nsr_layout_fn(nsr_picture *picture, const nsr_environment *env, nsr_size size, nsr_err *err);

nsr_layout_fn nsr_grid_map;

/* --- axis.c: one axis of a grid --- */
typedef struct nsr_axis {
    const double *edges; /* n+1 increasing; NULL: cell centres at whole numbers */
    int n;
    double first, last, pitch; /* outer edges, mean width of a cell */
} nsr_axis;
bool nsr_axis_make(nsr_axis *axis, const char *name, const double *edges, int n, nsr_err *err);
/* All edges lie where cells of equal width would have them, to a thousandth of a cell. */
bool nsr_axis_even(const nsr_axis *axis);
double nsr_axis_edge(const nsr_axis *axis, int i);
double nsr_axis_narrowest(const nsr_axis *axis);

/* --- scales.c: whole scales of an even grid --- */
typedef struct nsr_scales { int x, y; } nsr_scales;
/* The largest whole scales in proportion of the cells with which nx x ny cells fit the box; false when none does. */
bool nsr_scales_fit(nsr_scales *scales, const nsr_axis *x, const nsr_axis *y, nsr_size box, bool multiples_of_8);
/* The smallest in proportion. */
nsr_scales nsr_scales_least(const nsr_axis *x, const nsr_axis *y);

/* --- uneven.c: a grid whose cells differ in width, mapped pixel by pixel. cells: iy*nx + ix -> bin or mark --- */
bool nsr_uneven_map(nsr_picture *picture, const nsr_axis *x, const nsr_axis *y, bool y_up, const int32_t *cells,
                    nsr_size size, nsr_err *err);

/* --- place.c --- */
/* Allocates a w x h map. */
bool nsr_map_open(nsr_map *map, int64_t w, int64_t h, nsr_err *err);
/* Puts the map with its scales into the middle of `size`, or makes the picture just large enough. Sides and offsets are
   even. */
void nsr_picture_place(nsr_picture *picture, nsr_size size);
/* Data to pixels, for px, py pixels a unit. */
void nsr_picture_affine(nsr_picture *picture, const nsr_axis *x, const nsr_axis *y, bool y_up, double px, double py);

#endif
