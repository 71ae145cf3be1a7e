/* SPDX-License-Identifier: MIT */
/* From levels to the planes of a 4:2:0 picture, by table. All calls are local. Private to src/sink. */
#ifndef NSR_SINK_YUV_H
#define NSR_SINK_YUV_H

#include <nsrender/picture.h>

/* The colour of each level in BT.709, limited range; `uv` is u | v << 16, so that one sum averages both. */
typedef struct nsr_yuv {
    uint8_t y[NSR_N_LEVELS], u[NSR_N_LEVELS], v[NSR_N_LEVELS];
    uint32_t uv[NSR_N_LEVELS];
} nsr_yuv;
/* Fills the table from the RGB colours of a palette. */
void nsr_yuv_make(nsr_yuv *yuv, const nsr_palette *palette);

/* Pixels that the encoder owns: planes Y, U, V; U and V have half the width and height. */
typedef struct nsr_planes {
    uint8_t *plane[3];
    int stride[3]; /* bytes from row to row */
} nsr_planes;

/* The tables and scratch memory of one worker. */
typedef struct nsr_painter {
    const nsr_yuv *yuv;
    const nsr_picture *picture;
    uint8_t *row;     /* a row of pixels */
    int32_t *column;  /* where a pixel of chroma covers several cells: the map's column of each pixel, map.w outside */
    uint32_t *sum;    /* likewise: chroma summed over two rows of pixels, per column of the map; background last */
} nsr_painter;
/* `yuv` and `picture` must outlive the painter. False when memory runs out. Close is allowed after a failed open and on
   zeroed memory. */
bool nsr_painter_open(nsr_painter *painter, const nsr_yuv *yuv, const nsr_picture *picture, nsr_err *err);
void nsr_painter_close(nsr_painter *painter);
/* Paints the whole picture in the colour of the background. */
void nsr_paint_background(const nsr_painter *painter, const nsr_planes *planes);
/* Paints a frame, map.h x map.w levels, where the map lies in the picture; pixels outside it keep their colour. */
void nsr_paint_levels(const nsr_painter *painter, const nsr_planes *planes, const uint16_t *levels);

#endif
