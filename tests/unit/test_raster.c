/* SPDX-License-Identifier: MIT */
/* What the pixels of stacks are: every bin where the affine places it, one pixel per cell of a uniform grid, enough for
   others. */
#include "check.h"
#include <nsrender/picture.h>
#include <stdlib.h>

static nsr_err err;
static nsr_picture raster;
static nsr_config config;

static void ask(void) { config = (nsr_config){.show = {.size = {320, 320}, .track_width = NAN}, .zarr = {.scale = 1}}; }

static bool make(const nsr_environment *env) {
    nsr_picture_free(&raster);
    err = (nsr_err){0};
    bool good = nsr_layout_raster(&raster, env, &config, &err);
    CHECK(!good || (raster.sx == 1 && raster.sy == 1 && raster.x == 0 && raster.y == 0));
    CHECK(!good || (raster.w == raster.map.w && raster.h == raster.map.h));
    return good;
}

static int32_t bin_at(double x, double y) {
    const double *a = raster.affine;
    int c = (int)floor(a[0] * x + a[1] * y + a[2]), r = (int)floor(a[3] * x + a[4] * y + a[5]);
    if (c < 0 || r < 0 || c >= raster.map.w || r >= raster.map.h) return -99;
    return raster.map.bin[(size_t)r * (size_t)raster.map.w + (size_t)c];
}

/* --- an even grid of 4 x 3 cells of 10 x 20, x slow, one cell no bin --- */

static double x_edges[] = {0, 10, 20, 30, 40}, y_edges[] = {100, 120, 140, 160};
static uint8_t active[] = {1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1};

static nsr_environment grid(void) {
    return (nsr_environment){.shape = NSR_SHAPE_GRID,
                             .nx = 4,
                             .ny = 3,
                             .x_edges = x_edges,
                             .y_edges = y_edges,
                             .active = active,
                             .x_slow = true,
                             .packed = true,
                             .y_up = true,
                             .n_bins = 11,
                             .n_active = 11};
}

static void check_grid(void) {
    int32_t bin = 0;
    for (int ix = 0, flat = 0; ix < 4; ix++)
        for (int iy = 0; iy < 3; iy++, flat++) {
            int32_t want = active[flat] ? bin++ : NSR_BIN_INACTIVE;
            CHECK_EQ(bin_at(5 + 10 * ix, 110 + 20 * iy), want);
        }
}

static void test_grid(void) {
    const nsr_environment env = grid();
    ask();
    CHECK(make(&env));
    CHECK_EQ(raster.w, 4), CHECK_EQ(raster.h, 3);
    CHECK_EQ(raster.map.bin[0], 2); /* upper left: the highest y */
    check_grid();
    config.zarr.scale = 5;
    CHECK(make(&env));
    CHECK_EQ(raster.w, 20), CHECK_EQ(raster.h, 15);
    check_grid();
    config.show.rotate = "90", config.show.flip = "y";
    CHECK(make(&env));
    CHECK_EQ(raster.w, 15), CHECK_EQ(raster.h, 20);
    check_grid();
    config.zarr.scale = 10000;
    CHECK(!make(&env));
    CHECK_EQ(err.code, NSR_EUSAGE);
    CHECK_HAS(err.msg, "--zarr-scale 10000");
}

static void test_crop(void) {
    const nsr_environment env = grid();
    ask();
    config.show.view = "10,30,100,140";
    CHECK(make(&env));
    CHECK_EQ(raster.w, 2), CHECK_EQ(raster.h, 2);
    CHECK_EQ(bin_at(15, 110), 3);
    CHECK_EQ(bin_at(5, 110), -99);
}

/* --- strips --- */

static void test_line(void) {
    const nsr_environment env = {
        .shape = NSR_SHAPE_LINE, .nx = 4, .ny = 1, .x_edges = x_edges, .n_bins = 4, .n_active = 4, .x_slow = true};
    ask();
    CHECK(make(&env));
    CHECK_EQ(raster.w, 4), CHECK_EQ(raster.h, 1);
    for (int k = 0; k < 4; k++)
        CHECK_EQ(bin_at(5 + 10 * k, 1), k);
    config.show.rotate = "270";
    CHECK(make(&env));
    CHECK_EQ(raster.w, 1), CHECK_EQ(raster.h, 4);
    for (int k = 0; k < 4; k++)
        CHECK_EQ(bin_at(5 + 10 * k, 1), k);
}

static double bin_line[] = {0, 0, 10, 0, 10, 0, 20, 0, 20, 0, 30, 0}, linear[] = {0, 10, 10, 20, 25, 35};

static void test_track(void) {
    const nsr_environment env = {
        .shape = NSR_SHAPE_TRACK, .bin_line = bin_line, .linear = linear, .n_bins = 3, .n_active = 3};
    ask();
    CHECK(make(&env));
    CHECK_EQ(raster.w, 256);
    for (int k = 0; k < 3; k++)
        CHECK_EQ(bin_at(5 + 10 * k, 0), k);
    config.show.unroll = true;
    CHECK(make(&env));
    CHECK_EQ(raster.w, 256), CHECK_EQ(raster.h, 1);
    CHECK_EQ(bin_at(5, 0.1), 0), CHECK_EQ(bin_at(22, 0.1), NSR_BIN_BACKGROUND), CHECK_EQ(bin_at(30, 0.1), 2);
}

/* --- points side by side: n x n of them, 1 apart --- */

static nsr_environment points(int n) {
    nsr_environment env = {
        .shape = NSR_SHAPE_POINTS, .radius = 0.7, .n_bins = (int64_t)n * n, .n_active = (int64_t)n * n};
    env.centers = malloc((size_t)env.n_bins * 2 * sizeof *env.centers);
    for (int64_t k = 0; k < env.n_bins && env.centers; k++)
        env.centers[2 * k] = (double)(k / n), env.centers[2 * k + 1] = (double)(k % n);
    return env;
}

static void check_points(int n, int least, int most) {
    nsr_environment env = points(n);
    CHECK(make(&env));
    CHECK(raster.w >= least && raster.w <= most && raster.h >= least && raster.h <= most);
    for (int64_t k = 0; k < env.n_bins; k++)
        CHECK_EQ(bin_at(env.centers[2 * k], env.centers[2 * k + 1]), k);
    free(env.centers);
}

static void test_points(void) {
    ask();
    check_points(2, 256, 256);
    check_points(30, 256, 256);
    check_points(100, 590, 640); /* about 6 pixels a bin */
    check_points(300, 1024, 1024);
    config.zarr.size = (nsr_size){301, 555};
    check_points(30, 300, 302); /* to an even number */
    config.zarr.size = (nsr_size){20000, 555};
    nsr_environment env = points(2);
    CHECK(!make(&env));
    CHECK_HAS(err.msg, "--zarr-size 20000x555");
    free(env.centers);
}

/* --- a grid of cells of different width --- */

static void test_uneven(void) {
    static double wide[] = {0, 1, 3, 10, 11};
    nsr_environment env = grid();
    env.x_edges = wide;
    ask();
    CHECK(make(&env));
    CHECK(raster.h >= 256);
    CHECK_EQ(bin_at(0.5, 110), 0), CHECK_EQ(bin_at(6, 150), 7), CHECK_EQ(bin_at(10.5, 150), 10);
}

int main(void) {
    test_grid();
    test_crop();
    test_line();
    test_track();
    test_points();
    test_uneven();
    nsr_picture_free(&raster);
    return check_done();
}
