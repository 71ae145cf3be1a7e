/* SPDX-License-Identifier: MIT */
/* Levels to 4:2:0 planes. There are 258 colours, so the conversion is a table made once and never touches RGB pixels.
   Where scale and place are even no 2x2 block mixes cells: one row of cells is spread, then copied. Else the blocks
   that mix cells get the rounded mean of their chroma: first down the rows, which are the same for many pairs, then
   along. */
#include "yuv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double KR = 0.2126, KG = 0.7152, KB = 0.0722; /* BT.709 */

static uint8_t rounded(double x) { return (uint8_t)lround(x); }

void nsr_yuv_make(nsr_yuv *yuv, const nsr_palette *palette) {
    for (int i = 0; i < NSR_N_LEVELS; i++) {
        nsr_rgb color = palette->level[i];
        double r = color.r / 255.0, g = color.g / 255.0, b = color.b / 255.0;
        double y = KR * r + KG * g + KB * b;
        double u = (b - y) / (2 * (1 - KB)), v = (r - y) / (2 * (1 - KR));
        yuv->y[i] = rounded(16 + 219 * y);
        yuv->uv[i] = (uint32_t)rounded(128 + 224 * u) | (uint32_t)rounded(128 + 224 * v) << 16;
    }
}

static uint8_t *at(const nsr_planes *planes, int plane, int x, int y) {
    return planes->plane[plane] + (ptrdiff_t)y * planes->stride[plane] + x;
}

static void fill(const nsr_planes *planes, int plane, uint8_t value, int w, int h) {
    for (int y = 0; y < h; y++)
        memset(at(planes, plane, 0, y), value, (size_t)w);
}

void nsr_paint_background(const nsr_painter *painter, const nsr_planes *planes) {
    const nsr_picture *p = painter->picture;
    uint32_t uv = painter->yuv->uv[NSR_LEVEL_BACKGROUND];
    fill(planes, 0, painter->yuv->y[NSR_LEVEL_BACKGROUND], p->w, p->h);
    fill(planes, 1, (uint8_t)uv, p->w / 2, p->h / 2);
    fill(planes, 2, (uint8_t)(uv >> 16), p->w / 2, p->h / 2);
}

static void repeat(uint8_t *to, uint8_t value, int n) {
    for (int i = 0; i < n; i++)
        to[i] = value;
}

/* `n` equal rows from (x, y) on. */
static void put_rows(const nsr_planes *planes, int plane, int x, int y, int n, const uint8_t *row, int w) {
    for (int i = 0; i < n; i++)
        memcpy(at(planes, plane, x, y + i), row, (size_t)w);
}

static void paint_luma(const nsr_painter *painter, const nsr_planes *planes, const uint16_t *levels) {
    const nsr_picture *p = painter->picture;
    uint8_t *row = painter->row;
    for (int my = 0; my < p->map.h; my++, levels += p->map.w) {
        for (int mx = 0; mx < p->map.w; mx++)
            repeat(row + mx * p->sx, painter->yuv->y[levels[mx]], p->sx);
        put_rows(planes, 0, p->x, p->y + my * p->sy, p->sy, row, p->map.w * p->sx);
    }
}

static bool even(const nsr_picture *p) { return (p->sx | p->sy | p->x | p->y) % 2 == 0; }

static void paint_even_chroma(const nsr_painter *painter, const nsr_planes *planes, const uint16_t *levels) {
    const nsr_picture *p = painter->picture;
    int sx = p->sx / 2, sy = p->sy / 2, w = p->map.w * sx;
    uint8_t *u = painter->row, *v = u + w; /* two half rows */
    for (int my = 0; my < p->map.h; my++, levels += p->map.w) {
        for (int mx = 0; mx < p->map.w; mx++) {
            uint32_t uv = painter->yuv->uv[levels[mx]];
            repeat(u + mx * sx, (uint8_t)uv, sx);
            repeat(v + mx * sx, (uint8_t)(uv >> 16), sx);
        }
        put_rows(planes, 1, p->x / 2, p->y / 2 + my * sy, sy, u, w);
        put_rows(planes, 2, p->x / 2, p->y / 2 + my * sy, sy, v, w);
    }
}

/* The map's row or column of a pixel, n outside. */
static int cell(int pixel, int origin, int scale, int n) {
    int i = pixel - origin;
    return i < 0 || i >= n * scale ? n : i / scale;
}

static void add_row(const nsr_painter *painter, const uint16_t *levels, int row) {
    const nsr_picture *p = painter->picture;
    const uint32_t *uv = painter->yuv->uv;
    uint32_t *sum = painter->sum, outside = uv[NSR_LEVEL_BACKGROUND];
    levels += (ptrdiff_t)row * p->map.w;
    for (int mx = 0; mx < p->map.w; mx++)
        sum[mx] += row < p->map.h ? uv[levels[mx]] : outside;
    sum[p->map.w] += outside;
}

static void mix_columns(const nsr_painter *painter, const nsr_planes *planes, int y, int x, int end) {
    const int32_t *column = painter->column;
    const uint32_t *sum = painter->sum;
    uint8_t *u = at(planes, 1, 0, y), *v = at(planes, 2, 0, y);
    for (; x < end; x++) {
        uint32_t four = sum[column[2 * x]] + sum[column[2 * x + 1]] + (2u | 2u << 16);
        u[x] = (uint8_t)(four >> 2);
        v[x] = (uint8_t)(four >> 18);
    }
}

static void paint_mixed_chroma(const nsr_painter *painter, const nsr_planes *planes, const uint16_t *levels) {
    const nsr_picture *p = painter->picture;
    int x = p->x / 2, end = (p->x + p->map.w * p->sx + 1) / 2, y_end = (p->y + p->map.h * p->sy + 1) / 2;
    for (int y = p->y / 2, upper = -1, lower = -1; y < y_end; y++) {
        int above = upper, below = lower;
        upper = cell(2 * y, p->y, p->sy, p->map.h);
        lower = cell(2 * y + 1, p->y, p->sy, p->map.h);
        if (upper == above && lower == below) {
            put_rows(planes, 1, x, y, 1, at(planes, 1, x, y - 1), end - x);
            put_rows(planes, 2, x, y, 1, at(planes, 2, x, y - 1), end - x);
            continue;
        }
        memset(painter->sum, 0, (size_t)(p->map.w + 1) * sizeof *painter->sum);
        add_row(painter, levels, upper);
        add_row(painter, levels, lower);
        mix_columns(painter, planes, y, x, end);
    }
}

void nsr_paint_levels(const nsr_painter *painter, const nsr_planes *planes, const uint16_t *levels) {
    paint_luma(painter, planes, levels);
    if (even(painter->picture))
        paint_even_chroma(painter, planes, levels);
    else
        paint_mixed_chroma(painter, planes, levels);
}

bool nsr_painter_open(nsr_painter *painter, const nsr_yuv *yuv, const nsr_picture *picture, nsr_err *err) {
    size_t w = (size_t)picture->w;
    *painter = (nsr_painter){yuv, picture, malloc(w), malloc(w * sizeof(int32_t)),
                             malloc(((size_t)picture->map.w + 1) * sizeof(uint32_t))};
    if (!painter->row || !painter->column || !painter->sum)
        return nsr_fail(err, NSR_EINTERNAL, "out of memory for painting a %dx%d video", picture->w, picture->h);
    for (int x = 0; x < picture->w; x++)
        painter->column[x] = cell(x, picture->x, picture->sx, picture->map.w);
    return true;
}

void nsr_painter_close(nsr_painter *painter) {
    free(painter->row);
    free(painter->column);
    free(painter->sum);
    *painter = (nsr_painter){0};
}
