/* SPDX-License-Identifier: MIT */
/* Levels against the plain formula, at every border of every level and its neighbours. */
#include "check.h"
#include <float.h>
#include <nsrender/field.h>
#include <stdlib.h>

/* volatile keeps the compiler from doing here what it does in the kernels. */
static int formula(double v, double vmin, double vmax) {
    if (!isfinite(v)) return NSR_LEVEL_NODATA;
    volatile double above = v - vmin, width = vmax - vmin, norm = above / width, scaled = norm * 256;
    if (!(scaled > 0)) return 0;
    return scaled >= 255 ? 255 : (int)scaled;
}

enum { MOST = 1 << 14 };
static double doubles[MOST];
static float floats[MOST];
static uint16_t levels[MOST];

/* Compares n values of one type, and the counts. */
static void check_values(nsr_type type, size_t n, nsr_color_limits limits) {
    nsr_clip clip = {0}, want = {0};
    nsr_levels(levels, type, type == NSR_F32 ? (void *)floats : (void *)doubles, n, &limits, NULL, &clip);
    int64_t wrong = 0;
    for (size_t i = 0; i < n; i++) {
        double v = type == NSR_F32 ? (double)floats[i] : doubles[i];
        wrong += levels[i] != formula(v, limits.vmin, limits.vmax);
        want.nodata += !isfinite(v);
        want.below += isfinite(v) && v < limits.vmin;
        want.above += isfinite(v) && v > limits.vmax;
    }
    CHECK_EQ(wrong, 0);
    CHECK_EQ(clip.below, want.below);
    CHECK_EQ(clip.above, want.above);
    CHECK_EQ(clip.nodata, want.nodata);
}

/* The borders of levels as reals, and some neighbours to each side, in both types. */
static void check_borders(nsr_color_limits limits) {
    enum { AROUND = 4 };
    size_t n = 0;
    for (int level = -2; level <= 258; level++) {
        double border = limits.vmin + (limits.vmax - limits.vmin) * level / 256;
        double down = border, up = border;
        float fdown = (float)border, fup = (float)border;
        for (int k = 0; k < AROUND; k++) {
            doubles[n] = down, floats[n++] = fdown;
            doubles[n] = up, floats[n++] = fup;
            down = nextafter(down, -INFINITY), up = nextafter(up, INFINITY);
            fdown = nextafterf(fdown, -INFINITY), fup = nextafterf(fup, INFINITY);
        }
    }
    check_values(NSR_F64, n, limits);
    check_values(NSR_F32, n, limits);
}

static void test_borders(void) {
    static const nsr_color_limits limits[] = {
        {0, 1},           {0, 0.15156883001327515}, {-1, 1},         {-3.7, 11.9}, {0, 255},   {0, 256},
        {1e-300, 3e-300}, {1e6, 1e6 + 0.125},       {-1e300, 1e300}, {0, 5e-324},  {4.5, 5.5}, {FLT_TRUE_MIN, FLT_MIN},
        {-0.1f, 0.3f},    {7.24798e15, 2.30809e16},
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) check_borders(limits[i]);
}

static void test_special(void) {
    static const double special[] = {NAN, -NAN, INFINITY, -INFINITY, 0.0, -0.0, DBL_MAX, -DBL_MAX, DBL_TRUE_MIN};
    for (size_t n = 0; n < 100; n++) {
        for (size_t i = 0; i < n; i++) doubles[i] = special[(i + n) % 9], floats[i] = (float)doubles[i];
        check_values(NSR_F32, n, (nsr_color_limits){-1, 1});
        check_values(NSR_F64, n, (nsr_color_limits){-1, 1});
    }
}

static void test_known(void) {
    const double in[] = {-1, 0, 0.5 / 256, 1.0 / 256, 0.5, 255.0 / 256, 1, 2, NAN, INFINITY, -INFINITY};
    const uint16_t want[] = {0, 0, 0, 1, 128, 255, 255, 255, 256, 256, 256};
    nsr_clip clip = {.below = 10};
    nsr_levels(levels, NSR_F64, in, 11, &(nsr_color_limits){0, 1}, NULL, &clip);
    for (int i = 0; i < 11; i++) CHECK_EQ(levels[i], want[i]);
    CHECK_EQ(clip.below, 11);
    CHECK_EQ(clip.above, 1);
    CHECK_EQ(clip.nodata, 3);
}

/* A width that no double holds. */
static void test_wide(void) {
    const double in[] = {-DBL_MAX, 0, DBL_MAX, NAN, INFINITY, DBL_MAX / 2};
    const uint16_t want[] = {0, 128, 255, 256, 256, 192};
    nsr_clip clip = {0};
    nsr_levels(levels, NSR_F64, in, 6, &(nsr_color_limits){-DBL_MAX, DBL_MAX}, NULL, &clip);
    for (int i = 0; i < 6; i++) CHECK_EQ(levels[i], want[i]);
    CHECK_EQ(clip.nodata, 2);
    CHECK_EQ(clip.below + clip.above, 0);
}

static void test_random(void) {
    uint64_t state = 7;
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < MOST; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            doubles[i] = (double)(state >> 11) * 0x1p-53 * (round + 1) - round / 2.0;
            floats[i] = (float)doubles[i];
        }
        nsr_color_limits limits = {-round / 3.0, round * 0.7 + 0.1};
        check_values(NSR_F32, MOST, limits);
        check_values(NSR_F64, MOST, limits);
    }
}

/* Borders of the linear norm give the levels of the formula; values outside the limits have levels of their own if
   wanted. */
static void test_found_borders(void) {
    static const nsr_color_limits limits[] = {
        {0, 1}, {-3.7, 11.9}, {1e6, 1e6 + 0.125}, {-1e300, 1e300}, {FLT_TRUE_MIN, FLT_MIN}};
    static nsr_borders borders;
    static uint16_t want[MOST];
    nsr_norm norm = {.kind = NSR_NORM_LINEAR};
    for (size_t k = 0; k < sizeof limits / sizeof *limits; k++) {
        nsr_clip clip = {0}, same = {0};
        double low = limits[k].vmin, width = limits[k].vmax - low;
        for (int i = 0; i < MOST; i++) doubles[i] = low + width * (1.2 * i / MOST - 0.1);
        doubles[0] = NAN, doubles[1] = INFINITY, doubles[2] = -INFINITY, doubles[3] = low, doubles[4] = limits[k].vmax;
        nsr_levels(want, NSR_F64, doubles, MOST, &limits[k], NULL, &clip);
        nsr_borders_make(&borders, &norm, &limits[k], false, false);
        nsr_levels(levels, NSR_F64, doubles, MOST, &limits[k], &borders, &same);
        CHECK(memcmp(levels, want, sizeof want) == 0 && memcmp(&clip, &same, sizeof clip) == 0);
        nsr_borders_make(&borders, &norm, &limits[k], true, true);
        nsr_levels(levels, NSR_F64, doubles, MOST, &limits[k], &borders, &same);
        for (int i = 3; i < MOST; i++)
            CHECK_EQ(levels[i], doubles[i] < low              ? NSR_LEVEL_UNDER
                                : doubles[i] > limits[k].vmax ? NSR_LEVEL_OVER
                                                              : want[i]);
    }
}

int main(void) {
    test_found_borders();
    test_known();
    test_borders();
    test_special();
    test_wide();
    test_random();
    return check_done();
}
