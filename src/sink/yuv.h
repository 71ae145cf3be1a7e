/* SPDX-License-Identifier: MIT */
/* Levels to 4:2:0 planes by table (private to the sinks). */
#ifndef NSR_SINK_YUV_H
#define NSR_SINK_YUV_H

#include <nsrender/picture.h>

/* BT.709, limited range. Chroma also packed as u | v << 16, so that one sum averages both. */
typedef struct nsr_yuv {
    uint8_t y[NSR_N_LEVELS], u[NSR_N_LEVELS], v[NSR_N_LEVELS];
    uint32_t uv[NSR_N_LEVELS];
} nsr_yuv;
void nsr_yuv_make(nsr_yuv *yuv, const nsr_palette *palette);

/* Somebody else's planes: Y, then U and V of half the width and height. */
typedef struct nsr_planes {
    uint8_t *plane[3];
    int stride[3];
} nsr_planes;

/* What one worker needs to paint. */
typedef struct nsr_painter {
    const nsr_yuv *yuv;
    const nsr_picture *picture;
    uint8_t *row;     /* a row of pixels */
    int32_t *column;  /* where chroma mixes cells: the map's column of each pixel, map.w outside */
    uint32_t *sum;    /* and what two rows of the map add to, background last */
} nsr_painter;
bool nsr_painter_open(nsr_painter *painter, const nsr_yuv *yuv, const nsr_picture *picture, nsr_err *err);
void nsr_painter_close(nsr_painter *painter); /* also after a failed open */
/* The whole picture in the background's colour: once. */
void nsr_paint_background(const nsr_painter *painter, const nsr_planes *planes);
/* The map's levels where the map lies; the rest is left as it is. */
void nsr_paint_levels(const nsr_painter *painter, const nsr_planes *planes, const uint16_t *levels);

#endif
