/* SPDX-License-Identifier: MIT */
/* Grids to bin maps: which bin each pixel shows, against the affine, for every numbering, scale and size. */
#include "check.h"
#include <nsrender/picture.h>
#include <stdlib.h>

static nsr_err err;
static nsr_picture picture;

static nsr_environment bare(int nx, int ny) {
    nsr_environment env = {
        .layout = "grid", .shape = NSR_SHAPE_GRID, .nx = nx, .ny = ny, .n_bins = (int64_t)nx * ny,
        .n_active = (int64_t)nx * ny};
    snprintf(env.origin, sizeof env.origin, "--grid %dx%d", nx, ny);
    return env;
}

static bool map(const nsr_environment *env, int w, int h) {
    nsr_config config = {.show = {.size = {w, h}, .track_width = NAN}};
    nsr_picture_free(&picture);
    err = (nsr_err){0};
    return nsr_layout_map(&picture, env, &config, &err);
}

/* What the picture shows at a pixel: a bin or a mark. */
static int32_t pixel(int column, int row) {
    int c = (column - picture.x) / picture.sx, r = (row - picture.y) / picture.sy;
    bool outside = column < picture.x || row < picture.y || c >= picture.map.w || r >= picture.map.h;
    return outside ? NSR_BIN_BACKGROUND : picture.map.bin[(size_t)r * (size_t)picture.map.w + (size_t)c];
}

static int32_t at_data(double x, double y) {
    const double *a = picture.affine;
    double column = a[0] * x + a[1] * y + a[2], row = a[3] * x + a[4] * y + a[5];
    if (column < 0 || row < 0 || column >= picture.w || row >= picture.h) return -99;
    return pixel((int)floor(column), (int)floor(row));
}

static double center(const double *edges, int i) { return edges ? (edges[i] + edges[i + 1]) / 2 : i; }

/* Every cell's centre shows its bin, numbered here in another way than in the program. */
static void check_cells(const nsr_environment *env) {
    int32_t used = 0;
    int64_t wrong = 0, n = (int64_t)env->nx * env->ny;
    for (int flat = 0; flat < n; flat++) {
        int ix = env->x_slow ? flat / env->ny : flat % env->nx, iy = env->x_slow ? flat % env->ny : flat / env->nx;
        bool active = !env->active || env->active[flat];
        int32_t want = !active ? NSR_BIN_INACTIVE : env->packed ? used : flat;
        used += active;
        wrong += at_data(center(env->x_edges, ix), center(env->y_edges, iy)) != want;
    }
    CHECK_EQ(wrong, 0);
    CHECK_EQ(picture.w % 2 + picture.h % 2 + picture.x % 2 + picture.y % 2, 0);
}

static void check_shape(int w, int h, int sx, int sy) {
    CHECK_EQ(picture.w, w);
    CHECK_EQ(picture.h, h);
    CHECK_EQ(picture.sx, sx);
    CHECK_EQ(picture.sy, sy);
}

static void test_auto(void) {
    static const struct {
        int nx, ny, s;
    } cases[] = {
        {40, 40, 16}, {15, 11, 48}, {100, 100, 8},  {101, 50, 6}, {133, 7, 6}, {134, 7, 4},
        {400, 10, 2}, {401, 3, 1},  {1000, 999, 1}, {1, 1, 800},  {3, 1, 264},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nsr_environment env = bare(cases[i].nx, cases[i].ny);
        if (!CHECK(map(&env, 0, 0))) continue;
        int s = cases[i].s, w = cases[i].nx * s, h = cases[i].ny * s;
        check_shape(w + w % 2, h + h % 2, s, s);
        check_cells(&env);
    }
}

static void test_given_size(void) {
    nsr_environment env = bare(40, 30);
    CHECK(map(&env, 800, 600));
    check_shape(800, 600, 20, 20);
    CHECK(map(&env, 1000, 610));
    check_shape(1000, 610, 20, 20);
    CHECK_EQ(picture.x, 100);
    CHECK_EQ(picture.y, 4);
    check_cells(&env);
    CHECK_EQ(pixel(99, 300), NSR_BIN_BACKGROUND);
    CHECK(map(&env, 130, 100));
    check_shape(130, 100, 2, 2);
    CHECK(map(&env, 78, 90));
    CHECK_EQ(picture.sx, 1);
    CHECK(map(&env, 40, 30));
    check_shape(40, 30, 1, 1);
    CHECK(!map(&env, 38, 600));
    CHECK_EQ(err.code, NSR_EUSAGE);
    CHECK_HAS(err.msg, "40x30");
    CHECK(!map(&env, 801, 600));
    CHECK_EQ(err.code, NSR_EUSAGE);
    CHECK(!map(&env, 100000, 600));
    CHECK_EQ(err.code, NSR_EUSAGE);
}

/* All ways to number the cells. */
static void test_numbering(void) {
    uint8_t active[7 * 5];
    double x[8], y[6];
    for (int i = 0; i < 8; i++) x[i] = -3 + 2.5 * i;
    for (int i = 0; i < 6; i++) y[i] = 10 + 2.5 * i;
    for (int mask = 0; mask < 16; mask++) {
        nsr_environment env = bare(7, 5);
        strcpy(env.layout, "MaskedGrid");
        env.x_slow = mask & 1, env.y_up = mask & 2, env.packed = mask & 4;
        if (mask & 8) env.x_edges = x, env.y_edges = y;
        env.active = active;
        env.n_active = 0;
        for (int i = 0; i < 35; i++) env.n_active += active[i] = (i * 7 + 3) % 5 != 0;
        if (env.packed) env.n_bins = env.n_active;
        if (CHECK(map(&env, 0, 0))) check_cells(&env);
        if (CHECK(map(&env, 200, 150))) check_cells(&env);
    }
}

/* Row 0 of a bare array is on top; y up turns it over. */
static void test_up(void) {
    nsr_environment env = bare(4, 3);
    CHECK(map(&env, 0, 0));
    CHECK_EQ(picture.map.bin[0], 0);
    CHECK_EQ(picture.map.bin[1], 1);
    env.y_up = true;
    CHECK(map(&env, 0, 0));
    CHECK_EQ(picture.map.bin[0], 8);
    env.x_slow = true;
    CHECK(map(&env, 0, 0));
    CHECK_EQ(picture.map.bin[0], 2);
    CHECK_EQ(picture.map.bin[1], 5);
}

static void test_oblong(void) {
    double x[11], y[21];
    static const double ratios[] = {1.016, 0.984, 1.5, 2, 0.5, 3, 25.5, 1 / 7.0, 1.0000001};
    for (size_t k = 0; k < sizeof ratios / sizeof *ratios; k++) {
        for (int i = 0; i < 11; i++) x[i] = ratios[k] * i;
        for (int i = 0; i < 21; i++) y[i] = i;
        nsr_environment env = bare(10, 20);
        env.x_edges = x, env.y_edges = y, env.y_up = true;
        static const int sizes[][2] = {{0, 0}, {900, 700}, {800, 600}};
        for (int s = 0; s < 3; s++) {
            if (!CHECK(map(&env, sizes[s][0], sizes[s][1]))) continue;
            check_cells(&env);
            CHECK_CLOSE((double)picture.sx / picture.sy, ratios[k], 0.05 * ratios[k] + 1e-9);
            CHECK(s || (picture.w <= 800 && picture.h <= 800));
        }
    }
    for (int i = 0; i < 11; i++) x[i] = 1e7 * i;
    nsr_environment thin = bare(10, 20);
    thin.x_edges = x, thin.y_edges = y;
    if (CHECK(map(&thin, 0, 0))) check_cells(&thin);
    if (CHECK(map(&thin, 800, 600))) check_cells(&thin);
    CHECK(!map(&thin, 800, 10));
}

static void test_uneven(void) {
    double x[21], y[11];
    for (int i = 0; i < 21; i++) x[i] = i * i + 3.0;
    for (int i = 0; i < 11; i++) y[i] = 100.0 * sqrt(i);
    nsr_environment env = bare(20, 10);
    env.x_edges = x, env.y_edges = y, env.x_slow = true;
    for (int up = 0; up < 2; up++) {
        env.y_up = up;
        if (CHECK(map(&env, 0, 0))) check_cells(&env);
        CHECK_EQ(picture.w, 800);
        if (CHECK(map(&env, 1200, 1200))) check_cells(&env);
    }
    CHECK(!map(&env, 300, 300));
    CHECK_HAS(err.msg, "402x318");
    CHECK(map(&env, 400, 318));
    check_cells(&env);
    x[1] = x[0] + 1e-3; /* auto grows until the narrow cell has a pixel, within reason */
    CHECK(!map(&env, 0, 0));
    CHECK_EQ(err.code, NSR_EDATA);
    x[1] = x[0] + 0.1;
    CHECK(map(&env, 0, 0));
    check_cells(&env);
    CHECK(picture.w >= 4000);
}

static void test_refused(void) {
    nsr_environment env = bare(4, 3);
    strcpy(env.layout, "Voronoi");
    env.shape = NSR_SHAPE_NONE;
    CHECK(!map(&env, 0, 0));
    CHECK_EQ(err.code, NSR_EDATA);
    CHECK_HAS(err.msg, "Voronoi");
    CHECK(picture.map.bin == NULL);
    env = bare(4, 3);
    env.n_bins = 11;
    CHECK(!map(&env, 0, 0));
    env = bare(4, 3);
    env.n_active = 5;
    CHECK(!map(&env, 0, 0));
    CHECK_EQ(err.code, NSR_EDATA);
    env = bare(2000000000, 2000000000);
    CHECK(!map(&env, 0, 0));
    env = bare(0, 3);
    CHECK(!map(&env, 0, 0));
    double edges[5] = {0, 1, 1, 2, 3};
    env = bare(4, 3);
    env.x_edges = edges;
    CHECK(!map(&env, 0, 0));
    edges[2] = NAN;
    CHECK(!map(&env, 0, 0));
    CHECK_EQ(err.code, NSR_EDATA);
}

static void test_orientation(void) {
    char text[5000];
    double edges[5] = {0, 1, 2, 3, 4};
    nsr_environment env = bare(4, 4);
    CHECK(map(&env, 0, 0));
    nsr_layout_orientation(&env, &picture, text, sizeof text);
    CHECK_HAS(text, "orientation: x right, y down, no coordinates");
    env.x_edges = env.y_edges = edges;
    env.y_up = true;
    CHECK(map(&env, 0, 0));
    strcpy(env.x_name, "x_position");
    strcpy(env.y_name, "y_position");
    nsr_layout_orientation(&env, &picture, text, sizeof text);
    CHECK_HAS(text, "orientation: x right, y up, from coordinates x_position, y_position");
}

static void test_paint(void) {
    int32_t bin[6] = {0, 2, NSR_BIN_BACKGROUND, 1, NSR_BIN_INACTIVE, 0};
    uint16_t levels[3] = {7, 8, 256}, image[6];
    const uint16_t want[6] = {7, 256, NSR_LEVEL_BACKGROUND, 8, NSR_LEVEL_NODATA, 7};
    nsr_bin_map_paint(image, &(nsr_bin_map){.w = 3, .h = 2, .bin = bin}, levels);
    for (int i = 0; i < 6; i++) CHECK_EQ(image[i], want[i]);
}

int main(void) {
    test_auto();
    test_given_size();
    test_numbering();
    test_up();
    test_oblong();
    test_uneven();
    test_refused();
    test_orientation();
    test_paint();
    nsr_picture_free(&picture);
    return check_done();
}
