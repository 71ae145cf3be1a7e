/* SPDX-License-Identifier: MIT */
/* Levels to 4:2:0 planes. There are 258 colours, so the conversion is a table made once and never touches RGB pixels.
   Where scale and place are even no 2x2 block mixes cells: one row of cells is spread, then copied. Else the blocks that
   mix cells get the rounded mean of their chroma. */
#include "yuv.h"

#include <math.h>
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

void nsr_yuv_clear(const nsr_planes *planes, const nsr_yuv *yuv, const nsr_picture *picture) {
    uint32_t uv = yuv->uv[NSR_LEVEL_BACKGROUND];
    fill(planes, 0, yuv->y[NSR_LEVEL_BACKGROUND], picture->w, picture->h);
    fill(planes, 1, (uint8_t)uv, picture->w / 2, picture->h / 2);
    fill(planes, 2, (uint8_t)(uv >> 16), picture->w / 2, picture->h / 2);
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

static void paint_luma(const nsr_planes *planes, const nsr_yuv *yuv, const nsr_picture *p, const uint16_t *levels,
                       uint8_t *row) {
    for (int my = 0; my < p->map.h; my++, levels += p->map.w) {
        for (int mx = 0; mx < p->map.w; mx++)
            repeat(row + mx * p->sx, yuv->y[levels[mx]], p->sx);
        put_rows(planes, 0, p->x, p->y + my * p->sy, p->sy, row, p->map.w * p->sx);
    }
}

static void paint_even_chroma(const nsr_planes *planes, const nsr_yuv *yuv, const nsr_picture *p,
                              const uint16_t *levels, uint8_t *row) {
    int sx = p->sx / 2, sy = p->sy / 2, w = p->map.w * sx;
    uint8_t *u = row, *v = row + w; /* two half rows fit the scratch */
    for (int my = 0; my < p->map.h; my++, levels += p->map.w) {
        for (int mx = 0; mx < p->map.w; mx++) {
            uint32_t uv = yuv->uv[levels[mx]];
            repeat(u + mx * sx, (uint8_t)uv, sx);
            repeat(v + mx * sx, (uint8_t)(uv >> 16), sx);
        }
        put_rows(planes, 1, p->x / 2, p->y / 2 + my * sy, sy, u, w);
        put_rows(planes, 2, p->x / 2, p->y / 2 + my * sy, sy, v, w);
    }
}

/* The map's row or column of a pixel, -1 outside. */
static int cell(int pixel, int origin, int scale, int n) {
    int i = pixel - origin;
    return i < 0 || i >= n * scale ? -1 : i / scale;
}

/* Chroma of one pixel; `row` is the map's row there or NULL. */
static uint32_t chroma(const nsr_yuv *yuv, const uint16_t *row, int column) {
    return yuv->uv[row && column >= 0 ? row[column] : NSR_LEVEL_BACKGROUND];
}

static const uint16_t *map_row(const nsr_picture *p, const uint16_t *levels, int pixel) {
    int row = cell(pixel, p->y, p->sy, p->map.h);
    return row < 0 ? NULL : levels + (ptrdiff_t)row * p->map.w;
}

static void paint_mixed_chroma(const nsr_planes *planes, const nsr_yuv *yuv, const nsr_picture *p,
                               const uint16_t *levels) {
    int x_end = (p->x + p->map.w * p->sx + 1) / 2, y_end = (p->y + p->map.h * p->sy + 1) / 2;
    for (int y = p->y / 2; y < y_end; y++) {
        const uint16_t *upper = map_row(p, levels, 2 * y), *lower = map_row(p, levels, 2 * y + 1);
        uint8_t *u = at(planes, 1, 0, y), *v = at(planes, 2, 0, y);
        for (int x = p->x / 2; x < x_end; x++) {
            int left = cell(2 * x, p->x, p->sx, p->map.w), right = cell(2 * x + 1, p->x, p->sx, p->map.w);
            uint32_t sum = chroma(yuv, upper, left) + chroma(yuv, upper, right) + chroma(yuv, lower, left) +
                           chroma(yuv, lower, right) + (2u | 2u << 16);
            u[x] = (uint8_t)(sum >> 2);
            v[x] = (uint8_t)(sum >> 18);
        }
    }
}

void nsr_yuv_paint(const nsr_planes *planes, const nsr_yuv *yuv, const nsr_picture *picture, const uint16_t *levels,
                   uint8_t *row) {
    paint_luma(planes, yuv, picture, levels, row);
    if ((picture->sx | picture->sy | picture->x | picture->y) % 2 == 0)
        paint_even_chroma(planes, yuv, picture, levels, row);
    else
        paint_mixed_chroma(planes, yuv, picture, levels);
}
