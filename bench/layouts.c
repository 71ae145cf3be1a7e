/* SPDX-License-Identifier: MIT */
/* Layouts: how long a bin map takes, and how fast frames are painted with it, compared with memcpy of the painted
   frame. cmake --build BUILD --target bench-layouts && BUILD/bench-layouts A painted frame is the part of a picture
   that the bin map covers, as levels of 16 bits; frames go one behind the other into a batch that no cache holds, as in
   a run. Uniform grids paint one level per cell, which the outputs repeat, so their frame costs next to nothing. Exit
   status 1 when painting is slower than 0.4 of memcpy (median of the rounds), or when a bin map of a million bins at
   3840x2160 takes a second of CPU. */
#include <math.h>
#include <nsrender/picture.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FRAMES = 64, ROUNDS = 15 };
static const double PI = 3.14159265358979323846;

static double cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double *numbers(size_t n) {
    double *array = calloc(n ? n : 1, sizeof *array);
    if (!array) abort();
    return array;
}

static nsr_environment open(nsr_shape shape, int side) {
    int n = side * side;
    return (nsr_environment){.origin = "bench", .shape = shape, .n_bins = n, .n_active = n, .nx = side, .ny = side,
                             .y_up = true};
}

static nsr_environment grid(int side) { return open(NSR_SHAPE_GRID, side); }

static nsr_environment uneven(int side) {
    nsr_environment env = open(NSR_SHAPE_GRID, side);
    env.x_edges = numbers((size_t)side + 1), env.y_edges = numbers((size_t)side + 1);
    for (int i = 0; i <= side; i++) env.x_edges[i] = i + 0.2 * sin(i), env.y_edges[i] = 0.75 * (i + 0.2 * cos(i));
    return env;
}

static nsr_environment line(int side) {
    nsr_environment env = open(NSR_SHAPE_LINE, side);
    env.n_bins = env.n_active = env.nx = side;
    env.ny = 1;
    return env;
}

static nsr_environment polar(int side) {
    nsr_environment env = open(NSR_SHAPE_POLAR, side);
    env.x_edges = numbers((size_t)side + 1), env.y_edges = numbers((size_t)side + 1);
    for (int i = 0; i <= side; i++) env.x_edges[i] = i, env.y_edges[i] = 2 * PI * i / side - PI;
    return env;
}

static nsr_environment hexagons(int side) {
    nsr_environment env = open(NSR_SHAPE_CELLS, side);
    env.cell_first = calloc((size_t)env.n_bins + 1, sizeof *env.cell_first);
    env.cell_xy = numbers((size_t)env.n_bins * 12);
    if (!env.cell_first) abort();
    for (int64_t k = 0; k < env.n_bins; k++) {
        double x = ((double)(k % side) + (k / side % 2 ? 0.5 : 0)) * sqrt(3), y = (double)(k / side) * 1.5;
        for (int i = 0; i < 6; i++) {
            env.cell_xy[12 * k + 2 * i] = x + sin(i * PI / 3);
            env.cell_xy[12 * k + 2 * i + 1] = y + cos(i * PI / 3);
        }
        env.cell_first[k + 1] = 6 * (k + 1);
    }
    return env;
}

static nsr_environment points(int side) {
    nsr_environment env = open(NSR_SHAPE_POINTS, side);
    env.centers = numbers((size_t)env.n_bins * 2);
    env.radius = 1;
    unsigned seed = 1;
    for (int64_t i = 0; i < 2 * env.n_bins; i++) {
        seed = seed * 1664525 + 1013904223;
        env.centers[i] = (double)(seed >> 8) / (1 << 24) * side * (i % 2 ? 0.75 : 1);
    }
    return env;
}

static nsr_environment track(int side) {
    nsr_environment env = open(NSR_SHAPE_TRACK, side);
    env.bin_line = numbers((size_t)env.n_bins * 4), env.linear = numbers((size_t)env.n_bins * 2);
    for (int64_t k = 0; k < env.n_bins; k++)
        for (int end = 0; end < 2; end++) {
            double turn = sqrt((double)(k + end)) * 0.5;
            env.bin_line[4 * k + 2 * end] = turn * cos(turn), env.bin_line[4 * k + 2 * end + 1] = turn * sin(turn);
            env.linear[2 * k + end] = (double)(k + end);
        }
    return env;
}

static void close(nsr_environment *env) {
    free(env->x_edges), free(env->y_edges), free(env->centers), free(env->cell_first), free(env->cell_xy);
    free(env->bin_line), free(env->linear);
}

static double map_seconds(nsr_picture *picture, const nsr_environment *env, nsr_size size, bool unroll) {
    nsr_config config = {.show = {.size = size, .track_width = NAN, .unroll = unroll}};
    nsr_err err = {0};
    double start = cpu();
    if (nsr_layout_map(picture, env, &config, &err)) return cpu() - start;
    fprintf(stderr, "%s\n", err.msg);
    exit(1);
}

typedef struct speed { double paint, ratio; } speed; /* best seconds a frame; median of copying over painting */

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static speed measure(const nsr_picture *picture, int64_t n_bins) {
    const size_t cells = (size_t)picture->map.w * (size_t)picture->map.h;
    const size_t pixels = cells * (size_t)picture->sx * (size_t)picture->sy;
    uint16_t *levels = calloc((size_t)n_bins, sizeof *levels), *batch = malloc(FRAMES * pixels * sizeof *batch),
             *frame = calloc(pixels, sizeof *frame);
    if (!levels || !batch || !frame) abort();
    for (int64_t k = 0; k < n_bins; k++) levels[k] = (uint16_t)(k * 37 % 256);
    memset(batch, 1, FRAMES * pixels * sizeof *batch);
    double paint = INFINITY, ratio[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu();
        for (size_t i = 0; i < FRAMES; i++)
            nsr_bin_map_paint(batch + i * cells, &picture->map, levels);
        double middle = cpu();
        for (size_t i = 0; i < FRAMES; i++) memcpy(batch + i * pixels, frame, pixels * sizeof *frame);
        double end = cpu();
        paint = fmin(paint, (middle - start) / FRAMES);
        ratio[round] = (end - middle) / (middle - start);
    }
    free(levels), free(batch), free(frame);
    qsort(ratio, ROUNDS, sizeof *ratio, compare);
    return (speed){paint, ratio[ROUNDS / 2]};
}

static const struct { const char *name; nsr_environment (*make)(int side); bool unroll; } layouts[] = {
    {"grid", grid, false},         {"grid, uneven", uneven, false}, {"line", line, false},
    {"polar", polar, false},       {"polar, unrolled", polar, true}, {"cells (hexagons)", hexagons, false},
    {"points", points, false},     {"track", track, false},         {"track, unrolled", track, true},
};

int main(void) {
    bool good = true;
    printf("%-18s %12s %14s %10s %16s\n", "100x100 bins", "map 800x600", "Mpixel/s", "of memcpy", "10^6 bins at 4K");
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        nsr_environment small = layouts[i].make(100), large = layouts[i].make(1000);
        nsr_picture picture, huge;
        double map = map_seconds(&picture, &small, (nsr_size){800, 600}, layouts[i].unroll);
        speed s = measure(&picture, small.n_bins);
        double pixels = (double)picture.map.w * picture.map.h * picture.sx * picture.sy;
        double long_map = map_seconds(&huge, &large, (nsr_size){3840, 2160}, layouts[i].unroll);
        printf("%-18s %9.2f ms %14.0f %10.2f %14.0f ms\n", layouts[i].name, map * 1e3, pixels / s.paint / 1e6,
               s.ratio, long_map * 1e3);
        good = good && s.ratio >= 0.4 && long_map < 1;
        nsr_picture_free(&picture);
        nsr_picture_free(&huge);
        close(&small);
        close(&large);
    }
    return !good;
}
