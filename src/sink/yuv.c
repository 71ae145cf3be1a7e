/* SPDX-License-Identifier: MIT */
/* From levels to 4:2:0 planes. There are 258 colours, so a table made once replaces the conversion of RGB pixels. A
   pixel of chroma covers 2 x 2 pixels. Where scale and place of the map are even, these always lie in one cell: one row
   of cells is written and then copied. Otherwise those that cover several cells get the rounded mean of the chroma,
   summed first over two rows, which are the same for many pairs, then over two columns. */
#include "yuv.h"
#include "repeat_cells.h"

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
        yuv->u[i] = rounded(128 + 224 * u);
        yuv->v[i] = rounded(128 + 224 * v);
        yuv->uv[i] = (uint32_t)yuv->u[i] | (uint32_t)yuv->v[i] << 16;
    }
}

static uint8_t *at(const nsr_planes *planes, int plane, int x, int y) {
    return planes->plane[plane] + (ptrdiff_t)y * planes->stride[plane] + x;
}

static void fill_plane(const nsr_planes *planes, int plane, uint8_t value, int w, int h) {
    for (int y = 0; y < h; y++)
        memset(at(planes, plane, 0, y), value, (size_t)w);
}

void nsr_paint_background(const nsr_painter *painter, const nsr_planes *planes) {
    const nsr_picture *p = painter->picture;
    fill_plane(planes, 0, painter->yuv->y[NSR_LEVEL_BACKGROUND], p->w, p->h);
    fill_plane(planes, 1, painter->yuv->u[NSR_LEVEL_BACKGROUND], p->w / 2, p->h / 2);
    fill_plane(planes, 2, painter->yuv->v[NSR_LEVEL_BACKGROUND], p->w / 2, p->h / 2);
}

/* Writes n equal rows, from (x, y) down. */
static void put_rows(const nsr_planes *planes, int plane, int x, int y, int n, const uint8_t *row, int w) {
    for (int i = 0; i < n; i++)
        memcpy(at(planes, plane, x, y + i), row, (size_t)w);
}

static bool even(const nsr_picture *p) { return (p->sx | p->sy | p->x | p->y) % 2 == 0; }

/* Paints the map on a plane that has one pixel for `part` x `part` of the picture. */
static void paint_plane(const nsr_painter *painter, const nsr_planes *planes, int plane, int part,
                        const uint8_t *table, const uint16_t *levels) {
    const nsr_picture *p = painter->picture;
    const int x = p->x / part, y = p->y / part, sx = p->sx / part, sy = p->sy / part;
    for (int my = 0; my < p->map.h; my++, levels += p->map.w) {
        nsr_repeat_cells(painter->row, levels, p->map.w, sx, table);
        put_rows(planes, plane, x, y + my * sy, sy, painter->row, p->map.w * sx);
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
    const nsr_yuv *yuv = painter->yuv;
    paint_plane(painter, planes, 0, 1, yuv->y, levels);
    if (!even(painter->picture)) {
        paint_mixed_chroma(painter, planes, levels);
        return;
    }
    paint_plane(painter, planes, 1, 2, yuv->u, levels);
    paint_plane(painter, planes, 2, 2, yuv->v, levels);
}

bool nsr_painter_open(nsr_painter *painter, const nsr_yuv *yuv, const nsr_picture *picture, nsr_err *err) {
    size_t w = (size_t)picture->w;
    *painter = (nsr_painter){yuv, picture, malloc(w + NSR_REPEAT_BEYOND), malloc(w * sizeof(int32_t)),
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
