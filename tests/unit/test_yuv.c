/* SPDX-License-Identifier: MIT */
/* Colours against published BT.709 values, planes against a picture made pixel by pixel. */
#include "sink/yuv.h"
#include "check.h"

#include <stdlib.h>

static void check_color(nsr_rgb rgb, int y, int u, int v) {
    nsr_palette palette = {.level[7] = rgb};
    nsr_yuv yuv;
    nsr_yuv_make(&yuv, &palette);
    CHECK_EQ(yuv.y[7], y);
    CHECK_EQ(yuv.uv[7] & 0xffff, u);
    CHECK_EQ(yuv.uv[7] >> 16, v);
}

/* 75 % and 100 % bars of ITU-R BT.709, limited range. */
static void test_colors(void) {
    check_color((nsr_rgb){0, 0, 0}, 16, 128, 128);
    check_color((nsr_rgb){255, 255, 255}, 235, 128, 128);
    check_color((nsr_rgb){211, 211, 211}, 197, 128, 128);
    check_color((nsr_rgb){255, 0, 0}, 63, 102, 240);
    check_color((nsr_rgb){0, 255, 0}, 173, 42, 26);
    check_color((nsr_rgb){0, 0, 255}, 32, 240, 118);
    check_color((nsr_rgb){255, 255, 0}, 219, 16, 138);
    check_color((nsr_rgb){0, 255, 255}, 188, 154, 16);
    check_color((nsr_rgb){255, 0, 255}, 78, 214, 230);
    check_color((nsr_rgb){191, 191, 0}, 168, 44, 136);
    check_color((nsr_rgb){191, 0, 0}, 51, 109, 212);
}

static nsr_yuv made_up_table(void) {
    nsr_palette palette;
    nsr_yuv yuv;
    for (int i = 0; i < NSR_N_LEVELS; i++)
        palette.level[i] = (nsr_rgb){(uint8_t)(i * 37), (uint8_t)(i * 101 + 5), (uint8_t)(255 - i)};
    nsr_yuv_make(&yuv, &palette);
    return yuv;
}

static int level_at(const nsr_picture *p, const uint16_t *levels, int x, int y) {
    int mx = x - p->x, my = y - p->y;
    if (mx < 0 || my < 0 || mx >= p->map.w * p->sx || my >= p->map.h * p->sy) return NSR_LEVEL_BACKGROUND;
    return levels[my / p->sy * p->map.w + mx / p->sx];
}

/* The rounded mean of u (shift 0) or v (shift 16) over a 2x2 block. */
static int mean_at(const nsr_picture *p, const nsr_yuv *yuv, const uint16_t *levels, int x, int y, int shift) {
    unsigned sum = 2;
    for (int i = 0; i < 4; i++)
        sum += yuv->uv[level_at(p, levels, 2 * x + i % 2, 2 * y + i / 2)] >> shift & 0xff;
    return (int)(sum / 4);
}

enum { MARGIN = 16, FREE = 0xee };

static nsr_planes make_planes(const nsr_picture *p) {
    nsr_planes planes;
    for (int i = 0; i < 3; i++) {
        planes.stride[i] = (i ? p->w / 2 : p->w) + MARGIN;
        size_t bytes = (size_t)planes.stride[i] * (size_t)(i ? p->h / 2 : p->h);
        planes.plane[i] = malloc(bytes);
        memset(planes.plane[i], FREE, bytes);
    }
    return planes;
}

static int64_t wrong_pixels(const nsr_picture *p, const nsr_yuv *yuv, const uint16_t *levels, const nsr_planes *is) {
    int64_t wrong = 0;
    for (int y = 0; y < p->h; y++)
        for (int x = 0; x < p->w; x++)
            wrong += is->plane[0][y * is->stride[0] + x] != yuv->y[level_at(p, levels, x, y)];
    for (int y = 0; y < p->h / 2; y++)
        for (int x = 0; x < p->w / 2; x++)
            wrong += (is->plane[1][y * is->stride[1] + x] != mean_at(p, yuv, levels, x, y, 0)) +
                     (is->plane[2][y * is->stride[2] + x] != mean_at(p, yuv, levels, x, y, 16));
    return wrong;
}

/* Bytes behind each row belong to somebody else. */
static int64_t touched_margins(const nsr_picture *p, const nsr_planes *is) {
    int64_t touched = 0;
    for (int i = 0; i < 3; i++)
        for (int y = 0; y < (i ? p->h / 2 : p->h); y++)
            for (int x = 0; x < MARGIN; x++)
                touched += is->plane[i][(y + 1) * is->stride[i] - MARGIN + x] != FREE;
    return touched;
}

static void check_picture(nsr_picture p) {
    nsr_yuv yuv = made_up_table();
    nsr_planes planes = make_planes(&p);
    size_t cells = (size_t)p.map.w * (size_t)p.map.h;
    uint16_t *levels = malloc(cells * sizeof *levels);
    nsr_painter painter;
    nsr_err err = {0};
    CHECK(nsr_painter_open(&painter, &yuv, &p, &err));
    nsr_paint_background(&painter, &planes);
    for (unsigned round = 1; round <= 2; round++) { /* the second must not show the first */
        for (size_t i = 0; i < cells; i++)
            levels[i] = (uint16_t)(i * 7919 * round % NSR_N_LEVELS);
        nsr_paint_levels(&painter, &planes, levels);
        CHECK_EQ(wrong_pixels(&p, &yuv, levels, &planes), 0);
        CHECK_EQ(touched_margins(&p, &planes), 0);
    }
    for (int i = 0; i < 3; i++)
        free(planes.plane[i]);
    nsr_painter_close(&painter);
    free(levels);
}

static void test_planes(void) {
    static const int scales[][2] = {{1, 1}, {2, 2}, {8, 8}, {16, 6}, {3, 5}, {2, 3}, {7, 4}};
    for (size_t s = 0; s < sizeof scales / sizeof *scales; s++)
        for (int place = 0; place < 9; place++)
            for (int size = 1; size <= 13; size += 4) {
                nsr_picture p = {.map = {.w = size, .h = size + 2}, .sx = scales[s][0], .sy = scales[s][1]};
                p.x = place % 3;
                p.y = place / 3 * 3;
                p.w = (p.x + p.map.w * p.sx + 1) / 2 * 2 + place % 2 * 4;
                p.h = (p.y + p.map.h * p.sy + 1) / 2 * 2 + place % 2 * 2;
                check_picture(p);
            }
}

int main(void) {
    test_colors();
    test_planes();
    return check_done();
}
