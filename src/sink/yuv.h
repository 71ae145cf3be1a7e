/* SPDX-License-Identifier: MIT */
/* Levels to 4:2:0 planes by table (private to the sinks). */
#ifndef NSR_SINK_YUV_H
#define NSR_SINK_YUV_H

#include <nsrender/picture.h>

/* BT.709, limited range. Chroma packed as u | v << 16, so that one sum averages both. */
typedef struct nsr_yuv {
    uint8_t y[NSR_N_LEVELS];
    uint32_t uv[NSR_N_LEVELS];
} nsr_yuv;
void nsr_yuv_make(nsr_yuv *yuv, const nsr_palette *palette);

/* Somebody else's planes: Y, then U and V of half the width and height. */
typedef struct nsr_planes {
    uint8_t *plane[3];
    int stride[3];
} nsr_planes;
/* The whole picture in the background's colour: once. */
void nsr_yuv_clear(const nsr_planes *planes, const nsr_yuv *yuv, const nsr_picture *picture);
/* The map's levels where the map lies; the rest is left as it is. `row` is scratch of picture->w bytes. */
void nsr_yuv_paint(const nsr_planes *planes, const nsr_yuv *yuv, const nsr_picture *picture, const uint16_t *levels,
                   uint8_t *row);

#endif
