/* SPDX-License-Identifier: MIT */
/* The range against a value-by-value loop on arrays made to break it, and the ancestor's rules for limits. */
#include "check.h"
#include <float.h>
#include <nsrender/field.h>
#include <stdlib.h>

static uint64_t state = 42;
static uint64_t next_random(void) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
}

static double value_at(nsr_type type, const void *values, size_t i) {
    return type == NSR_F32 ? (double)((const float *)values)[i] : ((const double *)values)[i];
}

static nsr_range plain(nsr_type type, const void *values, size_t n) {
    nsr_range r;
    nsr_range_init(&r);
    for (size_t i = 0; i < n; i++) {
        double v = value_at(type, values, i);
        r.n_values++;
        if (isnan(v)) r.n_nan++;
        else if (isinf(v)) v > 0 ? r.n_posinf++ : r.n_neginf++;
        else {
            r.n_finite++;
            r.min = v < r.min ? v : r.min;
            r.max = v > r.max ? v : r.max;
        }
    }
    return r;
}

static bool same(const nsr_range *a, const nsr_range *b) {
    return a->n_values == b->n_values && a->n_finite == b->n_finite && a->n_nan == b->n_nan &&
           a->n_posinf == b->n_posinf && a->n_neginf == b->n_neginf && a->min == b->min && a->max == b->max;
}

static void check_scan(nsr_type type, const void *values, size_t n) {
    nsr_range is, want = plain(type, values, n);
    nsr_range_init(&is);
    nsr_range_scan(&is, type, values, n);
    if (!CHECK(same(&is, &want)))
        fprintf(stderr, "  type %d n %zu: min %g want %g, max %g want %g, nan %lld want %lld\n", (int)type, n, is.min,
                want.min, is.max, want.max, (long long)is.n_nan, (long long)want.n_nan);
    CHECK(!(is.min == 0 && signbit(is.min)) && !(is.max == 0 && signbit(is.max)));
}

/* A random one of the values that go wrong, or any bit pattern. */
static double nasty(int kind) {
    static const double odd[] = {0.0,          -0.0,          1,    -1,   FLT_MAX, -FLT_MAX, FLT_MIN,
                                 FLT_TRUE_MIN, -FLT_TRUE_MIN, 1e30, -1e30};
    if (kind == 0) return (double)(next_random() % 1000) / 7;
    if (kind == 1) return odd[next_random() % (sizeof odd / sizeof *odd)];
    switch (next_random() % 8) {
    case 0: return NAN;
    case 1: return INFINITY;
    case 2: return -INFINITY;
    default: return odd[next_random() % (sizeof odd / sizeof *odd)];
    }
}

static float any_float(void) {
    uint32_t bits = (uint32_t)next_random();
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static double any_double(void) {
    uint64_t bits = next_random();
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

enum { MOST = 13000 };
static float floats[MOST];
static double doubles[MOST];

static void fill(int kind) {
    for (int i = 0; i < MOST; i++) {
        doubles[i] = kind == 3 ? any_double() : nasty(kind);
        floats[i] = kind == 3 ? any_float() : (float)doubles[i];
    }
}

static void test_sizes(void) {
    static const size_t large[] = {4095, 4096, 4097, 4160, 8191, 8192, 8193, 12345};
    for (int kind = 0; kind < 4; kind++) {
        fill(kind);
        for (size_t n = 0; n <= 300; n++)
            for (size_t from = 0; from < 4; from++) {
                check_scan(NSR_F32, floats + from, n);
                check_scan(NSR_F64, doubles + from, n);
            }
        for (size_t k = 0; k < sizeof large / sizeof *large; k++) {
            check_scan(NSR_F32, floats + k, large[k]);
            check_scan(NSR_F64, doubles + k, large[k]);
        }
    }
}

/* One odd value at every place of a clean array. */
static void test_places(void) {
    static const double odd[] = {NAN, INFINITY, -INFINITY, -1e9, 1e9, -0.0};
    for (size_t k = 0; k < sizeof odd / sizeof *odd; k++)
        for (int at = 0; at < 4300; at += at < 140 ? 1 : 61) {
            for (int i = 0; i < 4300; i++) floats[i] = 1 + (float)(i % 10), doubles[i] = floats[i];
            floats[at] = (float)odd[k], doubles[at] = odd[k];
            check_scan(NSR_F32, floats, 4300);
            check_scan(NSR_F64, doubles, 4300);
        }
}

static void test_extremes(void) {
    for (int i = 0; i < 256; i++) floats[i] = i % 2 ? FLT_MAX : -FLT_MAX, doubles[i] = i % 2 ? DBL_MAX : DBL_MAX / 2;
    check_scan(NSR_F32, floats, 256);
    check_scan(NSR_F64, doubles, 256);
    for (int i = 0; i < 256; i++) floats[i] = NAN, doubles[i] = -INFINITY;
    check_scan(NSR_F32, floats, 256);
    check_scan(NSR_F64, doubles, 256);
    for (int i = 0; i < 256; i++) floats[i] = -0.0f, doubles[i] = -0.0;
    check_scan(NSR_F32, floats, 256);
    check_scan(NSR_F64, doubles, 256);
}

/* Any split, in any order, gives the same bytes. */
static void test_merge(void) {
    fill(2);
    nsr_range whole, left, right;
    nsr_range_init(&whole);
    nsr_range_scan(&whole, NSR_F32, floats, MOST);
    for (size_t cut = 0; cut <= MOST; cut += 997) {
        nsr_range_init(&left), nsr_range_init(&right);
        nsr_range_scan(&left, NSR_F32, floats, cut);
        nsr_range_scan(&right, NSR_F32, floats + cut, MOST - cut);
        nsr_range_merge(&right, &left);
        CHECK(memcmp(&right, &whole, sizeof whole) == 0);
    }
    nsr_comm *alone = nsr_comm_open_alone();
    nsr_range_reduce(&right, alone);
    CHECK(memcmp(&right, &whole, sizeof whole) == 0);
    nsr_comm_close(alone);
}

static nsr_range of(double min, double max) {
    return (nsr_range){.n_values = 2, .n_finite = 2, .min = min, .max = max};
}

static void check_limits(nsr_range range, double vmin, double vmax, double want_min, double want_max) {
    nsr_color_limits limits = {0};
    nsr_err err = {0};
    if (CHECK(nsr_color_limits_choose(&limits, &range, vmin, vmax, &err))) {
        CHECK_CLOSE(limits.vmin, want_min, 0);
        CHECK_CLOSE(limits.vmax, want_max, 0);
        CHECK(limits.vmin < limits.vmax);
    }
}

static void check_refused(nsr_range range, double vmin, double vmax) {
    nsr_color_limits limits;
    nsr_err err = {0};
    CHECK(!nsr_color_limits_choose(&limits, &range, vmin, vmax, &err));
    CHECK_EQ(err.code, NSR_EUSAGE);
}

static void test_limits(void) {
    nsr_range empty;
    nsr_range_init(&empty);
    check_limits(of(-2, 3), NAN, NAN, -2, 3);
    check_limits(of(-2, 3), 0, NAN, 0, 3);
    check_limits(of(-2, 3), NAN, 7, -2, 7);
    check_limits(of(-2, 3), 10, 20, 10, 20);
    check_limits(of(5, 5), NAN, NAN, 4.5, 5.5);
    check_limits(of(5, 9), 9, NAN, 8.5, 9.5);
    check_limits(of(1e300, 1e300), NAN, NAN, nextafter(1e300, 0), nextafter(1e300, INFINITY));
    check_limits(of(DBL_MAX, DBL_MAX), NAN, NAN, nextafter(DBL_MAX, 0), DBL_MAX);
    check_limits(of(-DBL_MAX, -DBL_MAX), NAN, NAN, -DBL_MAX, nextafter(-DBL_MAX, 0));
    check_limits(empty, NAN, NAN, 0, 1);
    check_limits(empty, 5, NAN, 0, 1);
    check_limits(empty, 5, 6, 5, 6);
    check_refused(of(-2, 3), 4, NAN);
    check_refused(of(-2, 3), NAN, -3);
    check_refused(of(-2, 3), 2, 2);
    check_refused(of(-2, 3), 2, 1);
    check_refused(of(-2, 3), -INFINITY, NAN);
    check_refused(empty, 2, 1);
}

static void check_log(nsr_range range, double vmin, double vmax, double want_min, double want_max) {
    nsr_color_limits limits = {0};
    nsr_err err = {0};
    if (CHECK(nsr_color_limits_choose_log(&limits, &range, vmin, vmax, &err))) {
        CHECK_CLOSE(limits.vmin, want_min, 0);
        CHECK_CLOSE(limits.vmax, want_max, 0);
        CHECK(0 < limits.vmin && limits.vmin < limits.vmax);
    }
}

static void test_log_limits(void) {
    nsr_range empty, positive = of(2, 8), zeros = of(0, 8), none = of(-3, 0);
    nsr_color_limits limits;
    nsr_err err = {0};
    nsr_range_init(&empty);
    positive.least = 2, zeros.least = 0.25, none.least = INFINITY;
    check_log(positive, NAN, NAN, 2, 8);
    check_log(zeros, NAN, NAN, 0.25, 8);
    check_log(zeros, 1, NAN, 1, 8);
    check_log(zeros, NAN, 2, 0.25, 2);
    check_log(zeros, 8, NAN, 4, 16);
    check_log(none, NAN, NAN, 0.1, 1);
    check_log(none, 5, NAN, 0.1, 1);
    check_log(none, 5, 6, 5, 6);
    check_log(empty, NAN, NAN, 0.1, 1);
    CHECK(!nsr_color_limits_choose_log(&limits, &zeros, 0, NAN, &err));
    CHECK_EQ(err.code, NSR_EUSAGE);
}

/* The least value above 0, wherever it lies. */
static void test_least(void) {
    for (size_t n = 1; n < 200; n++)
        for (size_t at = 0; at < n; at += 1 + n / 9) {
            nsr_range a, b;
            nsr_range_init(&a), nsr_range_init(&b);
            for (size_t i = 0; i < n; i++) doubles[i] = i % 3 ? -1.0 - (double)i : i % 2 ? NAN : 0.0;
            doubles[at] = 0.5;
            for (size_t i = 0; i < n; i++) floats[i] = (float)doubles[i];
            nsr_range_least(&a, NSR_F64, doubles, n);
            nsr_range_least(&b, NSR_F32, floats, n);
            CHECK(a.least == 0.5 && b.least == 0.5);
        }
}

int main(void) {
    test_log_limits();
    test_least();
    test_sizes();
    test_places();
    test_extremes();
    test_merge();
    test_limits();
    return check_done();
}
