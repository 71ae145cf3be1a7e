/* SPDX-License-Identifier: MIT */
/* The summary of a frame, against long double and the C library; the lines of summary.csv, which must read back as the
   same numbers. */
#include "check.h"
#include "sink/summary.h"
#include <float.h>
#include <stdlib.h>

static uint64_t state = 7;
static uint64_t next_random(void) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
}
static double uniform(void) { return (double)(next_random() >> 11) * 0x1p-53; }

static double value_at(nsr_type type, const void *values, size_t i) {
    return type == NSR_F32 ? (double)((const float *)values)[i] : ((const double *)values)[i];
}

static double plain_entropy(nsr_type type, const void *values, size_t n, double sum) {
    long double entropy = 0;
    for (size_t i = 0; i < n; i++) {
        long double p = (long double)value_at(type, values, i) / (long double)sum;
        if (isfinite(value_at(type, values, i)) && p > 0) entropy -= p * logl(p);
    }
    return (double)entropy;
}

static void check_frame(nsr_type type, const void *values, size_t n) {
    nsr_frame_summary is;
    long double sum = 0, size = 0;
    double min = INFINITY, max = -INFINITY;
    int64_t argmax = -1, count = 0;
    for (size_t i = 0; i < n; i++) {
        double v = value_at(type, values, i);
        if (!isfinite(v)) continue;
        if (v > max) max = v, argmax = (int64_t)i;
        min = v < min ? v : min;
        sum += (long double)v, size += fabsl((long double)v), count++;
    }
    nsr_frame_summarise(&is, type, values, n);
    CHECK_EQ(is.n_finite, count);
    CHECK_EQ(is.argmax, argmax);
    if (!count) {
        CHECK(isnan(is.min) && isnan(is.max) && isnan(is.mean) && isnan(is.entropy));
        return;
    }
    CHECK(is.min == min && is.max == max);
    CHECK_CLOSE(is.mean, (double)(sum / count), 1e-14 * (double)size / (double)count);
    if (min < 0 || !isnormal((double)sum)) CHECK(isnan(is.entropy));
    else CHECK_CLOSE(is.entropy, plain_entropy(type, values, n, (double)sum), 1e-13 * (1 + is.entropy));
}

enum { MOST = 1300 };
static float floats[MOST];
static double doubles[MOST];

static void check_both(size_t n) {
    check_frame(NSR_F32, floats, n);
    check_frame(NSR_F64, doubles, n);
}

static double value(int kind) {
    static const double odd[] = {0, -0.0, NAN, INFINITY, -INFINITY, 1, FLT_TRUE_MIN, FLT_MIN};
    if (kind == 0) return uniform();
    if (kind == 1) return exp(-80 * uniform()); /* far below what can be seen beside 1 */
    if (kind == 2) return uniform() - 0.2;
    if (kind == 3) return odd[next_random() % NSR_COUNTOF(odd)];
    return uniform() < 0.01 ? uniform() : 0;
}

static void test_frames(void) {
    for (int kind = 0; kind < 5; kind++)
        for (size_t n = 1; n <= MOST; n += n < 300 ? 1 : 97) {
            for (size_t i = 0; i < n; i++) doubles[i] = value(kind), floats[i] = (float)doubles[i];
            check_both(n);
        }
}

static void test_alike(void) {
    static const double fill[] = {0, -0.0, 1, 0.1, -3, FLT_MAX, FLT_TRUE_MIN, NAN, INFINITY};
    for (size_t k = 0; k < NSR_COUNTOF(fill); k++) {
        for (int i = 0; i < MOST; i++) doubles[i] = fill[k], floats[i] = (float)fill[k];
        check_both(1);
        check_both(257);
        check_both(MOST);
    }
    for (int i = 0; i < MOST; i++) doubles[i] = DBL_MAX; /* no finite sum */
    nsr_frame_summary is;
    nsr_frame_summarise(&is, NSR_F64, doubles, MOST);
    CHECK(is.min == DBL_MAX && is.max == DBL_MAX && is.argmax == 0 && isinf(is.mean) && isnan(is.entropy));
}

/* The largest value at every place; of several the first counts. */
static void test_places(void) {
    for (int at = 0; at < MOST; at += 1 + at / 300) {
        for (int i = 0; i < MOST; i++) doubles[i] = 1 + uniform() / 2, floats[i] = (float)doubles[i];
        for (int i = at; i < MOST; i += 300) doubles[i] = 2, floats[i] = 2;
        nsr_frame_summary is;
        nsr_frame_summarise(&is, NSR_F32, floats, MOST);
        CHECK_EQ(is.argmax, at);
        nsr_frame_summarise(&is, NSR_F64, doubles, MOST);
        CHECK_EQ(is.argmax, at);
    }
}

/* A single bin in two with shares p and 1 - p shows the logarithm alone. */
static void test_logarithm(void) {
    for (int e = 1; e < 90; e++)
        for (int k = 0; k < 50; k++) {
            double p = ldexp(0.5 + uniform() / 2, -e), two[2] = {p, 1 - p};
            nsr_frame_summary is;
            nsr_frame_summarise(&is, NSR_F64, two, 2);
            CHECK_CLOSE(is.entropy, plain_entropy(NSR_F64, two, 2, two[0] + two[1]), 2e-13 * p * (1 + e));
        }
}

static double any_double(void) {
    uint64_t bits = next_random();
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static void check_line(double v, const nsr_job *job) {
    char text[NSR_SUMMARY_LINE + 1];
    nsr_cell row[NSR_SUMMARY_COLUMNS] = {0};
    row[NSR_COLUMN_FRAME].whole = INT64_MIN;
    row[NSR_COLUMN_MIN].real = row[NSR_COLUMN_ENTROPY].real = v;
    row[NSR_COLUMN_FINITE].whole = INT64_MAX;
    size_t n = nsr_summary_line(text, row, job);
    CHECK(n <= NSR_SUMMARY_LINE && text[n - 1] == '\n');
    text[n] = 0;
    char *at = strchr(text, ',') + 1;
    CHECK(!memcmp(text, "-9223372036854775808,", 21) && strstr(text, ",9223372036854775807\n"));
    if (job->timeline->known) at = strchr(at, ',') + 1;
    double back = strtod(at, &at);
    CHECK(back == v || (isnan(v) && isnan(back)));
    CHECK(*at == ',');
}

static void test_lines(void) {
    static const double odd[] = {0,    -0.0, 1,   -1,          0.1,     0.5,      1e6,     123.456, 1e15, 0x1p53,
                                 1e22, 1e-7, 2.5, 1.7e9 + 0.1, DBL_MAX, -DBL_MAX, DBL_MIN, NAN,     1e40, INFINITY,
                                 1e41, 1e-6, 123456.789012,    0.30000000000000004,        DBL_TRUE_MIN};
    nsr_timeline timeline = {0};
    const nsr_job job = {.timeline = &timeline};
    for (int known = 0; known < 2; known++) {
        timeline.known = known;
        for (size_t i = 0; i < NSR_COUNTOF(odd); i++) check_line(odd[i], &job);
        for (int i = 0; i < 20000; i++) check_line(any_double(), &job);
        for (int e = -70; e < 50; e++)
            for (int side = 0; side < 3; side++)
                check_line(side ? nextafter(pow(10, e), side == 1 ? 0 : INFINITY) : pow(10, e), &job);
        for (int i = 0; i < 20000; i++) check_line((double)(next_random() % 2000000000) / 1e6 - 1000, &job);
    }
    char text[NSR_SUMMARY_LINE + 1];
    text[nsr_summary_head(text, &job)] = 0;
    CHECK_TEXT(text, "frame,time,min,max,mean,argmax,x,y,entropy,n_finite\n");
    nsr_cell row[NSR_SUMMARY_COLUMNS] = {{.whole = 7}, {.real = 0.25}, {.real = -2}, {.real = 0.1}, {.real = 1e-9},
                                         {.whole = -1}, {.real = NAN}, {.real = 12.5}, {.real = 0}, {.whole = 100}};
    text[nsr_summary_line(text, row, &job)] = 0;
    CHECK_TEXT(text, "7,0.25,-2,0.1,1.0000000000000001e-9,-1,nan,12.5,0,100\n");
}

int main(void) {
    test_frames();
    test_alike();
    test_places();
    test_logarithm();
    test_lines();
    return check_done();
}
