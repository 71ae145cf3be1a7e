/* SPDX-License-Identifier: MIT */
/* How bins become pixels: all geometry collapses into one small map, computed once. */
#ifndef NSRENDER_PICTURE_H
#define NSRENDER_PICTURE_H

#include <nsrender/environment.h>

#ifdef __cplusplus
extern "C" {
#endif

/* w x h bin numbers, or a mark below 0; row 0 is the top of the picture. An inactive cell is a place of the field
   without data, drawn as such; background is outside the field. */
enum { NSR_BIN_BACKGROUND = -1, NSR_BIN_INACTIVE = -2 };
typedef struct nsr_stroke { int32_t bin, n; } nsr_stroke; /* the next n cells of a row; of touching up: cell n */
typedef struct nsr_bin_map {
    int w, h;
    int32_t *bin;
    nsr_stroke *stroke; /* the same row by row, for painting; NULL: not worth it */
    int32_t *row;       /* how many each row has; below 0: -1 - changes against the row above */
} nsr_bin_map;

typedef struct nsr_picture {
    nsr_bin_map map;
    int sx, sy;       /* pixels a map cell */
    int x, y;         /* of the map's upper left corner in the picture */
    int w, h;         /* of the picture; both even */
    double affine[6]; /* column = a0*x + a1*y + a2, row = a3*x + a4*y + a5; x, y are data units; of ring sectors the
                         plane around their middle, of strips the position and what is across */
    bool unrolled;    /* a track or a polar grid that --unroll made straight */
    bool rings;       /* a polar grid that --rings drew as ring sectors */
} nsr_picture;

/* --- layout/layout.c: registry; local. Takes --size, --view, --rotate, --flip, --unroll, --rings and --track-width
   from the configuration. Size 0x0 = auto: of grids the largest multiple of 8, 2, 1 pixels a cell within 800, else 800
   pixels along the longer side. NSR_EUSAGE when the map does not fit the size (names the size needed); NSR_EDATA for a
   shape that has no layout, and for geometry that cannot be drawn. --- */
bool nsr_layout_map(nsr_picture *picture, const nsr_environment *env, const nsr_config *config, nsr_err *err);
/* The map alone for stacks of codes: --zarr-scale pixels a cell of an even grid (--size is not asked), --zarr-size of
   other layouts; sx = sy = 1, no margins, the affine for it. */
bool nsr_layout_raster(nsr_picture *raster, const nsr_environment *env, const nsr_config *config, nsr_err *err);
void nsr_picture_free(nsr_picture *picture);
/* `orientation: x right, y up, from coordinates x_position, y_position of /scratch/...` */
void nsr_layout_orientation(const nsr_environment *env, const nsr_picture *picture, char *text, size_t size);

/* --- layout/centers.c, local: x, y of each bin in data units (n_bins x 2, malloc'ed; NULL on failure): of a polar grid
   distance and angle, of a strip y is NaN; NaN where nothing is known. --- */
double *nsr_layout_centers(const nsr_environment *env, nsr_err *err);

/* --- raster/paint.c, local --- */
/* Finds strokes where they make painting faster; nsr_picture_free frees them. */
void nsr_bin_map_index(nsr_bin_map *map);
/* Levels of bins to levels on the map (map.w*map.h), marks to background and no data. */
void nsr_bin_map_paint(uint16_t *image, const nsr_bin_map *map, const uint16_t *bin_levels);

/* --- raster/numbered.c, local: the picture of the layout alone as a PNG. Neighbouring bins differ in colour; bins that
   are big enough show their number. `run` marks the temporary file. --- */
bool nsr_bin_map_draw(const nsr_picture *picture, const nsr_palette *palette, const char *path, const char *run,
                      nsr_err *err);

/* --- raster/histogram.c, local: a histogram as a PNG, with the limits and their colours. --- */
bool nsr_histogram_draw(const nsr_histogram *spread, const char *norm, const char *path, const char *run, nsr_err *err);
/* --- raster/chart.c, local: curves over frames as a PNG, in panels; a strip of frames without data --- */
enum { NSR_CHART_PANELS = 4 };
typedef struct nsr_chart_column { /* a run of frames; columns follow each other */
    double from, to;              /* on the axis below */
    double missing;               /* share of its frames that have no data */
    double low[NSR_CHART_PANELS], high[NSR_CHART_PANELS], middle[NSR_CHART_PANELS]; /* NaN: nothing there */
} nsr_chart_column;
typedef struct nsr_chart {
    const char *title, *axis; /* what the axis below counts */
    const char *panel[NSR_CHART_PANELS];
    int n_panels;
    double reach;             /* columns farther apart are not connected */
    int64_t n;
    const nsr_chart_column *column;
} nsr_chart;
bool nsr_chart_draw(const nsr_chart *chart, const char *path, const char *run, nsr_err *err);

#ifdef __cplusplus
}
#endif
#endif
