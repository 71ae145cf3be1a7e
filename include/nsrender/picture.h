/* SPDX-License-Identifier: MIT */
/* From bins to pixels: a bin map, computed once from the geometry, holds the bin number of every pixel or cell. */
#ifndef NSRENDER_PICTURE_H
#define NSRENDER_PICTURE_H

#include <nsrender/environment.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Marks of map cells that show no bin: outside the field, and cells of the field that are never bins (drawn as no
   data). */
enum { NSR_BIN_BACKGROUND = -1, NSR_BIN_INACTIVE = -2 };
typedef struct nsr_stroke {
    int32_t bin, n;
} nsr_stroke; /* the next n cells of a row show `bin`; in a list of changes: cell n of the row does */
typedef struct nsr_bin_map {
    int w, h;
    int32_t *bin;       /* w x h bin numbers or marks; row 0 is the top of the picture */
    nsr_stroke *stroke; /* the same as strokes, row by row, for painting; NULL: painting by strokes is not faster */
    int32_t *row;       /* strokes of each row; -1 - n: a copy of the row above with n changes */
} nsr_bin_map;

typedef struct nsr_picture {
    nsr_bin_map map;
    int sx, sy;       /* pixels per map cell */
    int x, y;         /* pixel of the map's upper left corner */
    int w, h;         /* of the picture; both even */
    double affine[6]; /* column = a0*x + a1*y + a2, row = a3*x + a4*y + a5; x, y in data units: of ring sectors in the
                         plane around their centre, of strips the position and the coordinate across */
    bool unrolled;    /* a track or a polar grid that --unroll straightens */
    bool rings;       /* a polar grid that --rings draws as ring sectors */
} nsr_picture;

/* --- layout/layouts.c, local --- */
/* Lays out the bins: fills `picture` as --size, --view, --rotate, --flip, --unroll, --rings and --track-width specify.
   With --size auto a cell of a grid gets the largest multiple of 8, 2 or 1 pixels that fits 800 x 800; other layouts
   get 800 pixels along the longer side. NSR_EUSAGE when the map does not fit the size (the message names the size
   needed), NSR_EDATA for a shape without a layout and for geometry that cannot be drawn. */
bool nsr_layout_map(nsr_picture *picture, const nsr_environment *env, const nsr_config *config, nsr_err *err);
/* Lays out the bins for OME-Zarr: --zarr-scale pixels per cell of a uniform grid, --zarr-size for other layouts (--size
   is ignored). sx = sy = 1 and no margins. */
bool nsr_layout_raster(nsr_picture *raster, const nsr_environment *env, const nsr_config *config, nsr_err *err);
/* Frees the map. */
void nsr_picture_free(nsr_picture *picture);
/* Describes the axes: `orientation: x right, y up, from coordinates x_position, y_position of /scratch/...` */
void nsr_layout_orientation(const nsr_environment *env, const nsr_picture *picture, char *text, size_t size);

/* --- layout/centers.c, local --- */
/* The centre of each bin in data units: n_bins x 2, malloc'ed; NULL on failure. For a polar grid distance and angle;
   NaN where unknown, and as the y of a strip. */
double *nsr_layout_centers(const nsr_environment *env, nsr_err *err);

/* --- raster/paint.c, local --- */
/* Adds strokes to the map where they make painting faster; nsr_picture_free frees them. */
void nsr_bin_map_index(nsr_bin_map *map);
/* Fills `image` (map->w x map->h) with the levels of the bins; marks become background and no data. */
void nsr_bin_map_paint(uint16_t *image, const nsr_bin_map *map, const uint16_t *bin_levels);

/* --- raster/numbered.c, local --- */
/* Writes the layout without data as a PNG. Neighbouring bins differ in colour; bins that are large enough show their
   number. `run` marks the temporary file. */
bool nsr_bin_map_draw(const nsr_picture *picture, const nsr_palette *palette, const char *path, const char *run,
                      nsr_err *err);

/* --- raster/histogram_picture.c, local --- */
/* Writes a histogram as a PNG, with the colour limits and their colours. `norm`: name of the norm of its steps; `run`
   marks the temporary file. */
bool nsr_histogram_draw(const nsr_histogram *histogram, const char *norm, const char *path, const char *run,
                        nsr_err *err);
/* --- raster/chart.c, local: curves over frames, in panels, and a strip that shows frames without data --- */
enum { NSR_CHART_PANELS = 4 };
typedef struct nsr_chart_column { /* consecutive frames; columns follow each other */
    double from, to;              /* on the horizontal axis */
    double missing;               /* share of its frames without data */
    double low[NSR_CHART_PANELS], high[NSR_CHART_PANELS], middle[NSR_CHART_PANELS]; /* per panel; NaN: no value */
} nsr_chart_column;
typedef struct nsr_chart {
    const char *title, *axis; /* axis: label of the horizontal axis */
    const char *panel[NSR_CHART_PANELS];
    int n_panels;
    double reach; /* columns farther apart than this are not connected */
    int64_t n;
    const nsr_chart_column *column;
} nsr_chart;
/* Writes the chart as a PNG. `run` marks the temporary file. */
bool nsr_chart_draw(const nsr_chart *chart, const char *path, const char *run, nsr_err *err);

#ifdef __cplusplus
}
#endif
#endif
