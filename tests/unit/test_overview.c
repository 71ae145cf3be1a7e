/* SPDX-License-Identifier: MIT */
/* Windows of the overview against a value-by-value loop: added frame by frame, in any batches, and merged from pieces;
   and how the levels of a pyramid follow from the number of frames. */
#include "check.h"
#include "sink/overview.h"
#include <float.h>
#include <stdlib.h>

enum { BINS = 1100, FRAMES = 64 };
static float floats[FRAMES * BINS];
static double doubles[FRAMES * BINS];

static uint64_t state = 11;
static uint64_t next_random(void) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
}

static void fill(void) {
    static const double odd[] = {NAN, INFINITY, -INFINITY, 0, -0.0, -FLT_MAX, FLT_MAX, FLT_TRUE_MIN};
    for (int i = 0; i < FRAMES * BINS; i++) {
        uint64_t r = next_random();
        doubles[i] = r % 5 ? (double)(r % 10007) / 13 - 300 : odd[r / 5 % 8];
        if (i % BINS == 17) doubles[i] = NAN;
        floats[i] = (float)doubles[i];
    }
}

static const void *frame(nsr_type type, int i) {
    return type == NSR_F32 ? (const void *)(floats + i * BINS) : (const void *)(doubles + i * BINS);
}
static double value(nsr_type type, int i, int bin) {
    return type == NSR_F32 ? (double)floats[i * BINS + bin] : doubles[i * BINS + bin];
}
static double largest(const nsr_window_sums *b, int bin) {
    return b->type == NSR_F32 ? (double)((float *)b->max)[bin] : ((double *)b->max)[bin];
}

static void check_window(const nsr_window_sums *window, int first, int end, double tolerance) {
    double *means = malloc(window->n * sizeof *means);
    nsr_window_sums_means(window, means);
    for (int bin = 0; bin < (int)window->n; bin++) {
        double sum = 0, max = -INFINITY, size = 0;
        uint32_t count = 0;
        for (int i = first; i < end; i++) {
            double v = value(window->type, i, bin);
            if (!isfinite(v)) continue;
            sum += v, size += fabs(v), count++;
            max = v > max ? v : max;
        }
        CHECK_CLOSE(window->sum[bin], sum, tolerance * size);
        CHECK_EQ(window->count[bin], count);
        CHECK(largest(window, bin) == max);
        CHECK(count ? isfinite(means[bin]) : isnan(means[bin]));
    }
    free(means);
}

static void test_batches(nsr_type type) {
    nsr_window_sums window;
    nsr_err err = {0};
    if (!CHECK(nsr_window_sums_open(&window, type, BINS, &err))) return;
    for (int step = 1; step <= FRAMES; step += step < 4 ? 1 : 15) {
        nsr_window_sums_clear(&window);
        for (int i = 0; i < FRAMES; i += step)
            nsr_window_sums_add(&window, frame(type, i), FRAMES - i < step ? FRAMES - i : step);
        check_window(&window, 0, FRAMES, 0); /* one order, whatever the batches */
    }
    nsr_window_sums_close(&window);
}

static void test_merge(nsr_type type) {
    nsr_window_sums whole, piece;
    nsr_err err = {0};
    if (!CHECK(nsr_window_sums_open(&whole, type, BINS, &err)) ||
        !CHECK(nsr_window_sums_open(&piece, type, BINS, &err)))
        return;
    for (int cut = 0; cut <= FRAMES; cut += 16) {
        nsr_window_sums_clear(&whole), nsr_window_sums_clear(&piece);
        nsr_window_sums_add(&whole, frame(type, 0), cut);
        nsr_window_sums_add(&piece, frame(type, cut % FRAMES), FRAMES - cut);
        nsr_window_sums_merge(&whole, &piece);
        check_window(&whole, 0, FRAMES, 1e-14);
    }
    nsr_window_sums_close(&whole);
    nsr_window_sums_close(&piece);
}

static void check_pyramid(int64_t n, int levels, int64_t top) {
    nsr_config config;
    nsr_config_defaults(&config, &nsr_all_options);
    const nsr_plan plan = {.n = n};
    const nsr_picture raster = {.map = {.w = 10, .h = 10}};
    const nsr_job job = {.config = &config, .plan = &plan, .raster = &raster};
    const nsr_pyramid p = nsr_pyramid_of(&job);
    CHECK_EQ(p.n, levels);
    CHECK_EQ(p.array[p.n - 1].length, top);
    for (int i = 0; i < p.n; i++) {
        CHECK_EQ(p.array[i].shard % NSR_WINDOW_FRAMES, 0);
        CHECK_EQ(p.array[i].shard % p.array[i].chunk, 0);
        CHECK_EQ(p.array[i].channels, 2);
    }
}

static void test_pyramids(void) {
    check_pyramid(1, 1, 1);
    check_pyramid(64, 1, 1);
    check_pyramid(65, 1, 2);
    check_pyramid(4096, 1, 64);
    check_pyramid(4097, 2, 2);
    check_pyramid(1000000, 3, 4);
    check_pyramid(INT64_MAX, 10, 8);
}

int main(void) {
    fill();
    test_batches(NSR_F32);
    test_batches(NSR_F64);
    test_merge(NSR_F32);
    test_merge(NSR_F64);
    test_pyramids();
    return check_done();
}
