/* SPDX-License-Identifier: MIT */
/* Layouts other than grids: every pixel against a slow and plain answer, and what cannot be drawn. */
#include "check.h"
#include <nsrender/field.h>
#include <nsrender/picture.h>
#include <stdlib.h>

static nsr_err err;
static nsr_picture picture;
static nsr_config config;
static const double PI = 3.14159265358979323846;

static void ask(int w, int h) {
    config = (nsr_config){.show = {.size = {w, h}, .track_width = NAN}};
}

static bool map(const nsr_environment *env) {
    nsr_picture_free(&picture);
    err = (nsr_err){0};
    return nsr_layout_map(&picture, env, &config, &err);
}

static void to_pixel(double x, double y, double *column, double *row) {
    const double *a = picture.affine;
    *column = a[0] * x + a[1] * y + a[2], *row = a[3] * x + a[4] * y + a[5];
}

/* Of the centre of a pixel of the map: its data coordinates. */
static void to_data(int column, int row, double *x, double *y) {
    const double *a = picture.affine, det = a[0] * a[4] - a[1] * a[3];
    double c = picture.x + column + 0.5 - a[2], r = picture.y + row + 0.5 - a[5];
    *x = (a[4] * c - a[1] * r) / det, *y = (a[0] * r - a[3] * c) / det;
}

static int32_t at_data(double x, double y) {
    double column, row;
    to_pixel(x, y, &column, &row);
    int c = (int)floor((column - picture.x) / picture.sx), r = (int)floor((row - picture.y) / picture.sy);
    if (c < 0 || r < 0 || c >= picture.map.w || r >= picture.map.h) return -99;
    return picture.map.bin[(size_t)r * (size_t)picture.map.w + (size_t)c];
}

typedef int32_t plain(const nsr_environment *env, double x, double y);

/* Pixels that the plain answer contradicts; pixels too near to a border are left out by the answer -77. */
static int64_t wrong_pixels(const nsr_environment *env, plain *answer) {
    int64_t wrong = 0, judged = 0;
    for (int r = 0; r < picture.map.h; r++)
        for (int c = 0; c < picture.map.w; c++) {
            double x, y;
            to_data(c, r, &x, &y);
            int32_t want = answer(env, x, y);
            if (want == -77) continue;
            judged++;
            wrong += picture.map.bin[(size_t)r * (size_t)picture.map.w + (size_t)c] != want;
        }
    CHECK(judged > (int64_t)picture.map.w * picture.map.h * 9 / 10);
    return wrong;
}

static bool has_all(int64_t n) {
    bool *there = calloc((size_t)n, sizeof *there), all = there != NULL;
    for (int i = 0; i < picture.map.w * picture.map.h && there; i++)
        if (picture.map.bin[i] >= 0) there[picture.map.bin[i]] = true;
    for (int64_t k = 0; k < n && all; k++) all = there[k];
    free(there);
    return all;
}

static void check_places(const nsr_environment *env, plain *answer) {
    static const nsr_size sizes[] = {{0, 0}, {320, 240}, {130, 200}};
    for (int i = 0; i < 3; i++)
        for (int turn = 0; turn < 12; turn++) {
            ask(sizes[i].w, sizes[i].h);
            config.show.rings = env->shape == NSR_SHAPE_POLAR;
            config.show.rotate = (const char *const[]){"0", "90", "180", "270"}[turn % 4];
            config.show.flip = (const char *const[]){NULL, "x", "y"}[turn / 4];
            if (i == 0 && turn) continue;
            if (!CHECK(map(env))) continue;
            CHECK_EQ(wrong_pixels(env, answer), 0);
            CHECK(has_all(env->n_active));
            CHECK_EQ(picture.w % 2 + picture.h % 2 + picture.x % 2 + picture.y % 2, 0);
            if (i) CHECK_EQ(picture.w, sizes[i].w), CHECK_EQ(picture.h, sizes[i].h);
            else CHECK_EQ(picture.w > picture.h ? picture.w : picture.h, 800);
        }
}

/* --- points --- */

enum { POINTS = 300 };
static double centers[2 * POINTS];

static nsr_environment points(void) {
    nsr_environment env = {.layout = "points", .origin = "test", .shape = NSR_SHAPE_POINTS, .n_bins = POINTS,
                           .n_active = POINTS, .centers = centers, .radius = 6};
    unsigned seed = 7;
    for (int i = 0; i < 2 * POINTS; i++) {
        seed = seed * 1103515245 + 12345;
        centers[i] = (seed >> 8) % 10000 / (i % 2 ? 100.0 : 70.0);
    }
    return env;
}

static int32_t plain_point(const nsr_environment *env, double x, double y) {
    double best = INFINITY, second = INFINITY;
    int32_t bin = -1;
    for (int32_t k = 0; k < env->n_bins; k++) {
        double d = hypot(x - env->centers[2 * k], y - env->centers[2 * k + 1]);
        if (d < best) second = best, best = d, bin = k;
        else if (d < second) second = d;
    }
    if (second - best < 1e-3 || fabs(best - env->radius) < 1e-3) return -77;
    return best <= env->radius ? bin : NSR_BIN_BACKGROUND;
}

static void test_points(void) {
    nsr_environment env = points();
    check_places(&env, plain_point);
    env.radius = 200; /* everything is near something */
    ask(0, 0);
    if (CHECK(map(&env))) CHECK_EQ(wrong_pixels(&env, plain_point), 0);
    env.radius = 1e-3; /* less than a pixel: each keeps one */
    ask(4000, 3000);
    if (CHECK(map(&env))) CHECK(has_all(POINTS));
}

static void test_bad_points(void) {
    nsr_environment env = points();
    ask(0, 0);
    centers[11] = NAN;
    CHECK(!map(&env));
    CHECK_EQ(err.code, NSR_EDATA);
    CHECK_HAS(err.msg, "bin 5");
    env = points();
    env.radius = 0;
    CHECK(!map(&env));
    env.radius = INFINITY;
    CHECK(!map(&env));
    env.centers = NULL;
    CHECK(!map(&env));
    env = points();
    for (int i = 0; i < 2 * POINTS; i++) centers[i] = 3; /* a heap: one place for all */
    CHECK(map(&env));
    CHECK_EQ(at_data(3, 3), 1); /* bin 0 can spare this one */
    CHECK_EQ(at_data(4, 3), 0);
}

/* --- cells --- */

/* Pointy hexagons in rows, drawn from their centres, so that neighbours' corners differ in the last bits. */
enum { ROWS = 7, COLUMNS = 9, HEXAGONS = ROWS * COLUMNS };
static int64_t first_corner[HEXAGONS + 1];
static double corners[HEXAGONS * 12], hexagon_centers[HEXAGONS * 2];
static const double RADIUS = 5.7735;

static nsr_environment hexagons(void) {
    for (int k = 0; k < HEXAGONS; k++) {
        double x = (k % COLUMNS + k / COLUMNS % 2 * 0.5) * RADIUS * sqrt(3) + 0.1, y = k / COLUMNS * RADIUS * 1.5 + 0.3;
        hexagon_centers[2 * k] = x, hexagon_centers[2 * k + 1] = y;
        for (int i = 0; i < 6; i++) {
            corners[12 * k + 2 * i] = x + RADIUS * sin(i * PI / 3);
            corners[12 * k + 2 * i + 1] = y + RADIUS * cos(i * PI / 3);
        }
        first_corner[k + 1] = 6 * (k + 1);
    }
    return (nsr_environment){.layout = "Hexagonal", .origin = "test", .shape = NSR_SHAPE_CELLS, .n_bins = HEXAGONS,
                             .n_active = HEXAGONS, .cell_first = first_corner, .cell_xy = corners};
}

/* Inside all six sides; undecided on the outline. */
static int32_t plain_hexagon(const nsr_environment *env, double x, double y) {
    (void)env;
    for (int32_t k = 0; k < HEXAGONS; k++) {
        double out = -INFINITY;
        for (int i = 0; i < 6; i++) {
            double angle = (i + 0.5) * PI / 3;
            double d = (x - hexagon_centers[2 * k]) * sin(angle) + (y - hexagon_centers[2 * k + 1]) * cos(angle);
            out = fmax(out, d - RADIUS * sqrt(0.75));
        }
        if (fabs(out) < 1e-3) return -77;
        if (out < 0) return k;
    }
    return NSR_BIN_BACKGROUND;
}

/* Between the outer hexagons no background: no gaps. */
static int64_t holes(void) {
    int64_t n = 0;
    for (int r = 0; r < picture.map.h; r++)
        for (int c = 0; c < picture.map.w; c++) {
            double x, y;
            to_data(c, r, &x, &y);
            bool middle = x > 10 && x < 75 && y > 1 && y < 50;
            n += middle && picture.map.bin[(size_t)r * (size_t)picture.map.w + (size_t)c] < 0;
        }
    return n;
}

static void test_hexagons(void) {
    nsr_environment env = hexagons();
    check_places(&env, plain_hexagon);
    for (int w = 60; w < 1000; w += 94) {
        ask(w, w);
        if (CHECK(map(&env))) CHECK_EQ(holes(), 0);
    }
}

/* A square in two triangles, a bow tie, a triangle without area on top of the square. */
static void test_polygons(void) {
    double xy[] = {0, 0, 8, 0, 8, 8, 0, 0, 8, 8, 0, 8, 10, 0, 18, 8, 18, 0, 10, 8, 2, 1, 4, 1, 6, 1};
    int64_t first[] = {0, 3, 6, 10, 13};
    nsr_environment env = {.layout = "polygons", .origin = "test", .shape = NSR_SHAPE_CELLS, .n_bins = 4, .n_active = 4,
                           .cell_first = first, .cell_xy = xy};
    ask(360, 160);
    if (!CHECK(map(&env))) return;
    CHECK_EQ(at_data(6, 2), 0);
    CHECK_EQ(at_data(2, 6), 1);
    CHECK_EQ(at_data(11, 4), 2);
    CHECK_EQ(at_data(14, 1), -1); /* crossed twice: not inside */
    CHECK_EQ(at_data(4, 1), 3);   /* no area, yet a pixel */
    CHECK_EQ(at_data(9, 4), -1);
    int64_t background = 0;
    for (int y = 0; y < 160; y++)
        for (int x = 0; x < 160; x++) background += picture.map.bin[(size_t)y * (size_t)picture.map.w + (size_t)x] < 0;
    CHECK_EQ(background, 0);
    first[1] = 2; /* bin 0 has two corners */
    CHECK(!map(&env));
    CHECK_EQ(err.code, NSR_EDATA);
    CHECK_HAS(err.msg, "bin 0 has 2 corners");
    first[1] = 3;
    xy[9] = INFINITY;
    CHECK(!map(&env));
    CHECK_HAS(err.msg, "bin 1");
    for (size_t i = 0; i < sizeof xy / sizeof *xy; i++) xy[i] = 4; /* all in one point */
    CHECK(!map(&env));
    CHECK_EQ(err.code, NSR_EDATA);
}

/* Two equal squares: the later one is on top, the earlier one keeps nothing or a pixel, but both are accounted for. */
static void test_overlap(void) {
    double xy[] = {0, 0, 4, 0, 4, 4, 0, 4, 2, 0, 6, 0, 6, 4, 2, 4};
    int64_t first[] = {0, 4, 8};
    nsr_environment env = {.origin = "test", .shape = NSR_SHAPE_CELLS, .n_bins = 2, .n_active = 2, .cell_first = first,
                           .cell_xy = xy};
    ask(0, 0);
    if (!CHECK(map(&env))) return;
    CHECK_EQ(at_data(1, 2), 0);
    CHECK_EQ(at_data(3, 2), 1);
    CHECK_EQ(at_data(5, 2), 1);
}

/* --- polar --- */

enum { RINGS = 6, SECTORS = 16 };
static double radii[RINGS + 1], angles[SECTORS + 1];

static nsr_environment polar(void) {
    for (int i = 0; i <= RINGS; i++) radii[i] = 5.0 * i;
    for (int i = 0; i <= SECTORS; i++) angles[i] = -PI + 2 * PI * i / SECTORS;
    return (nsr_environment){.layout = "polar", .origin = "test", .shape = NSR_SHAPE_POLAR, .nx = RINGS, .ny = SECTORS,
                             .x_edges = radii, .y_edges = angles, .x_slow = true, .packed = true, .y_up = true,
                             .n_bins = RINGS * SECTORS, .n_active = RINGS * SECTORS};
}

static int32_t plain_sector(const nsr_environment *env, double x, double y) {
    double r = hypot(x, y) / 5, a = (atan2(y, x) + PI) / (2 * PI) * SECTORS;
    (void)env;
    if (fabs(r - round(r)) < 1e-4 || fabs(a - round(a)) < 1e-4) return -77;
    return r < RINGS ? (int)r * SECTORS + (int)a % SECTORS : NSR_BIN_BACKGROUND;
}

static void test_polar(void) {
    nsr_environment env = polar();
    check_places(&env, plain_sector);
    ask(0, 0);
    config.show.rings = true;
    CHECK(map(&env));
    char text[500];
    nsr_layout_orientation(&env, &picture, text, sizeof text);
    CHECK_HAS(text, "angle 0 right, growing counter-clockwise");
    config.show.flip = "x";
    CHECK(map(&env));
    nsr_layout_orientation(&env, &picture, text, sizeof text);
    CHECK_HAS(text, "angle 0 left, growing clockwise");
    ask(0, 0);
    if (!CHECK(map(&env))) return;
    nsr_layout_orientation(&env, &picture, text, sizeof text);
    CHECK_HAS(text, "distance right, angle up");
    CHECK_EQ(picture.sx, picture.sy);
    for (int k = 0; k < RINGS * SECTORS; k++)
        CHECK_EQ(at_data(2.5 + 5 * (k / SECTORS), -PI + 2 * PI * (k % SECTORS + 0.5) / SECTORS), k);
    config.show.view = "5,15,0,3.1416";
    if (CHECK(map(&env))) CHECK_EQ(picture.map.w * 100 + picture.map.h, 208);
}

static void test_bad_polar(void) {
    nsr_environment env = polar();
    ask(0, 0);
    config.show.rings = true;
    radii[0] = -1;
    CHECK(!map(&env));
    CHECK_EQ(err.code, NSR_EDATA);
    env = polar();
    for (int i = 0; i <= SECTORS; i++) angles[i] = i;
    CHECK(!map(&env));
    CHECK_HAS(err.msg, "--rings");
    env.y_edges = NULL;
    CHECK(!map(&env));
}

/* A fan of a quarter, with a ring that starts outside the middle. */
static void test_fan(void) {
    double r[] = {2, 4}, a[] = {0, PI / 4, PI / 2};
    nsr_environment env = {.origin = "test", .shape = NSR_SHAPE_POLAR, .nx = 1, .ny = 2, .x_edges = r, .y_edges = a,
                           .y_up = true, .n_bins = 2, .n_active = 2};
    ask(0, 0);
    config.show.rings = true;
    if (!CHECK(map(&env))) return;
    CHECK_EQ(picture.w, 800);
    CHECK_EQ(at_data(3, 0.1), 0);
    CHECK_EQ(at_data(0.1, 3), 1);
    CHECK_EQ(at_data(1, 1), NSR_BIN_BACKGROUND);
}

/* --- track --- */

/* An L: three pieces along x, two up. */
static double bin_line[] = {0, 0, 10, 0, 10, 0, 20, 0, 20, 0, 30, 0, 30, 0, 30, 10, 30, 10, 30, 20};
static double linear[] = {0, 10, 10, 20, 20, 30, 35, 45, 45, 55};

static int32_t plain_piece(const nsr_environment *env, double x, double y) {
    double best = INFINITY, second = INFINITY;
    int32_t bin = -1;
    for (int32_t k = 0; k < env->n_bins; k++) {
        const double *s = env->bin_line + 4 * k;
        double dx = s[2] - s[0], dy = s[3] - s[1], t = ((x - s[0]) * dx + (y - s[1]) * dy) / (dx * dx + dy * dy);
        t = fmax(0, fmin(1, t));
        double d = hypot(x - s[0] - t * dx, y - s[1] - t * dy);
        if (d < best) second = best, best = d, bin = k;
        else if (d < second) second = d;
    }
    if (second - best < 1e-3 || fabs(best - 5) < 1e-3) return -77;
    return best <= 5 ? bin : NSR_BIN_BACKGROUND;
}

static void test_track(void) {
    nsr_environment env = {.layout = "Graph",
                           .origin = "test",
                           .shape = NSR_SHAPE_TRACK,
                           .n_bins = 5,
                           .n_active = 5,
                           .bin_line = bin_line,
                           .linear = linear};
    check_places(&env, plain_piece);
    ask(0, 0);
    config.show.track_width = 1e-3;
    if (CHECK(map(&env))) CHECK(has_all(5));
    ask(0, 0);
    config.show.unroll = true;
    if (!CHECK(map(&env))) return;
    CHECK_EQ(picture.w * 1000 + picture.h, 800100);
    for (int k = 0; k < 5; k++) CHECK_EQ(at_data(linear[2 * k] + 5, 3), k);
    CHECK_EQ(at_data(32, 3), NSR_BIN_BACKGROUND); /* the gap between two edges */
    char text[500];
    nsr_layout_orientation(&env, &picture, text, sizeof text);
    CHECK_HAS(text, "position right");
    env.linear = NULL;
    CHECK(!map(&env));
    CHECK_EQ(err.code, NSR_EDATA);
    ask(0, 0);
    double nowhere[20] = {0};
    env.bin_line = nowhere;
    CHECK(!map(&env));
    CHECK_HAS(err.msg, "--track-width");
}

/* --- lines --- */

static void test_line(void) {
    double even[16], uneven[16];
    for (int i = 0; i < 16; i++) even[i] = 10 + 2.0 * i, uneven[i] = i * (i + 10.0);
    for (int k = 0; k < 2; k++) {
        double *edges = k ? uneven : even;
        nsr_environment env = {.origin = "test", .shape = NSR_SHAPE_LINE, .nx = 15, .n_bins = 15, .n_active = 15,
                               .x_edges = edges};
        ask(0, 0);
        if (!CHECK(map(&env))) continue;
        CHECK(picture.w <= 800 && picture.h >= 80 && picture.h <= 120);
        double middle = (edges[15] - edges[0]) / 16;
        for (int i = 0; i < 15; i++) CHECK_EQ(at_data((edges[i] + edges[i + 1]) / 2, middle), i);
        ask(640, 480);
        CHECK(map(&env));
        CHECK_EQ(picture.w * 1000 + picture.h, 640480);
        config.show.rotate = "90";
        CHECK(map(&env));
        CHECK(picture.map.h * picture.sy > picture.map.w * picture.sx);
        for (int i = 0; i < 15; i++) CHECK_EQ(at_data((edges[i] + edges[i + 1]) / 2, middle), i);
    }
}

/* --- views --- */

static void test_views(void) {
    nsr_environment env = {.layout = "grid", .origin = "test", .shape = NSR_SHAPE_GRID, .nx = 40, .ny = 30,
                           .n_bins = 1200, .n_active = 1200};
    ask(0, 0);
    config.show.view = "9.5,19.5,4.5,9.5"; /* edges of cells: ten by five */
    if (CHECK(map(&env))) {
        CHECK_EQ(picture.w * 1000 + picture.h, 800400);
        CHECK_EQ(picture.map.bin[0], 5 * 40 + 10);
        CHECK_EQ(at_data(12, 7), 7 * 40 + 12);
    }
    config.show.view = "10,19,5,9"; /* within cells: widened to the same ones */
    if (CHECK(map(&env))) CHECK_EQ(picture.map.w * 100 + picture.map.h, 1005);
    config.show.rotate = "90";
    if (CHECK(map(&env))) {
        CHECK_EQ(picture.map.w * 100 + picture.map.h, 510);
        CHECK_EQ(at_data(12, 7), 7 * 40 + 12);
    }
    config.show.rotate = "0";
    static const char *const bad[] = {"1,2,3", "1,2,3,4,5", "2,1,0,1", "0,1,1,1", "a,b,c,d", "0,inf,0,1", "", "0,1,,2"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        config.show.view = bad[i];
        CHECK(!map(&env));
        CHECK_EQ(err.code, NSR_EUSAGE);
    }
    config.show.view = "100,200,0,10";
    CHECK(!map(&env));
    CHECK_HAS(err.msg, "no bins between 100 and 200");
    nsr_environment cells = hexagons();
    config.show.view = "0,40,0,20";
    if (CHECK(map(&cells))) {
        CHECK_EQ(picture.w * 1000 + picture.h, 800400);
        CHECK_EQ(wrong_pixels(&cells, plain_hexagon), 0);
    }
}

/* Painting by strokes and by cells is the same. */
static void test_paint(void) {
    nsr_environment env = hexagons();
    uint16_t levels[HEXAGONS], *one, *other;
    for (int k = 0; k < HEXAGONS; k++) levels[k] = (uint16_t)(k * 4);
    for (int w = 20; w < 900; w += 220) {
        ask(w, w);
        if (!CHECK(map(&env))) continue;
        size_t n = (size_t)picture.map.w * (size_t)picture.map.h;
        one = malloc(n * sizeof *one), other = malloc(n * sizeof *other);
        nsr_bin_map cells = {.w = picture.map.w, .h = picture.map.h, .bin = picture.map.bin};
        nsr_bin_map_paint(one, &picture.map, levels);
        nsr_bin_map_paint(other, &cells, levels);
        CHECK(memcmp(one, other, n * sizeof *one) == 0);
        free(one);
        free(other);
    }
    CHECK(picture.map.stroke != NULL);
}

int main(void) {
    test_points();
    test_bad_points();
    test_hexagons();
    test_polygons();
    test_overlap();
    test_polar();
    test_bad_polar();
    test_fan();
    test_track();
    test_line();
    test_views();
    test_paint();
    nsr_picture_free(&picture);
    return check_done();
}
