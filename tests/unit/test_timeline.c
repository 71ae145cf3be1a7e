/* SPDX-License-Identifier: MIT */
/* The clock: gaps, output frames and leads against what a search over all frames finds, and times that cannot be used.
   The source is a fake: nothing but an array of times. */
#include "check.h"

#include <nsrender/log.h>
#include <nsrender/plan.h>
#include <stdlib.h>

enum { N = 150000 };
static double times[N];

struct nsr_source {
    nsr_field field;
};
struct nsr_reader {
    nsr_source *source;
};
static nsr_source source;
static nsr_reader reader = {&source};

const nsr_field *nsr_source_field(const nsr_source *s) { return &s->field; }
void nsr_reader_close(nsr_reader *r) { (void)r; }
nsr_reader *nsr_reader_open(nsr_source *s, nsr_err *err) {
    (void)s;
    (void)err;
    return &reader;
}
bool nsr_read_times(nsr_reader *r, int64_t first, int64_t step, int64_t n, double *to, nsr_err *err) {
    (void)err;
    for (int64_t i = 0; i < n; i++)
        to[i] = times[first + i * step];
    return r == &reader;
}

typedef struct scene {
    nsr_comm *comm;
    nsr_config config;
    nsr_plan plan;
    nsr_timeline timeline;
    nsr_err err;
    double *shown; /* of each position, computed here */
} scene;

/* `n` positions of the times as they stand now. */
static scene setup(int64_t n, int64_t step, int64_t segment_frames, double speed) {
    scene s = {.comm = nsr_comm_open_alone()};
    s.config.video.fps = 30;
    s.config.video.speed = speed;
    s.plan = (nsr_plan){.first = 0, .step = step, .n = n, .segment_frames = segment_frames};
    s.plan.n_segments = (n + segment_frames - 1) / segment_frames;
    memset(&source, 0, sizeof source);
    strcpy(source.field.file, "session.h5");
    strcpy(source.field.path, "/posterior");
    strcpy(source.field.times.path, "/times");
    source.field.n_frames = source.field.times.n = N;
    return s;
}

static bool build(scene *s) {
    return nsr_timeline_build(&s->timeline, s->comm, &source, &s->config, &s->plan, &s->err);
}

static void teardown(scene *s) {
    free(s->shown);
    nsr_timeline_free(&s->timeline);
    nsr_comm_close(s->comm);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Cuts one gap after another. Returns their number. */
static int64_t show_all(scene *s) {
    int64_t n = s->plan.n, gaps = 0;
    double *steps = malloc((size_t)n * sizeof *steps);
    s->shown = calloc((size_t)n, sizeof *s->shown);
    for (int64_t i = 1; i < n; i++)
        steps[i - 1] = times[i * s->plan.step] - times[(i - 1) * s->plan.step];
    qsort(steps, (size_t)n - 1, sizeof *steps, ascending);
    double median = s->timeline.median_step, exact = (steps[(n - 1) / 2] + steps[(n - 2) / 2]) / 2, cut = 0;
    CHECK_CLOSE(median, exact, n > 65536 ? exact / 100 : 1e-15); /* that of a sample where there are more steps */
    for (int64_t i = 1; i < n; i++) {
        double step = times[i * s->plan.step] - times[(i - 1) * s->plan.step];
        gaps += step > 10 * median;
        cut += step > 10 * median ? step - median : 0;
        s->shown[i] = times[i * s->plan.step] - times[0] - cut;
    }
    free(steps);
    return gaps;
}

static int64_t tick(const scene *s, int64_t position) {
    return (int64_t)floor(s->shown[position] / s->timeline.tick + 1e-4);
}

/* Everything that a segment's output frames are made of lies in the segment or its lead, and the lead is not longer. */
static void check_segment(const scene *s, int64_t segment) {
    nsr_span ticks = nsr_timeline_ticks(&s->timeline, &s->plan, segment), span = nsr_plan_segment(&s->plan, segment);
    int64_t lead = s->timeline.segment_lead[segment], n = s->plan.n, end = span.end;
    CHECK(ticks.first <= ticks.end && lead >= 0);
    while (end < n && ticks.end > ticks.first && tick(s, end) < ticks.end)
        end++;
    CHECK_EQ(lead, end - span.end);
    if (segment + 1 < s->plan.n_segments) CHECK(tick(s, span.end - 1) < ticks.end);
    if (ticks.end > ticks.first) {
        CHECK(s->shown[span.first] <= ((double)ticks.first + 1.1e-4) * s->timeline.tick);
        CHECK(tick(s, span.first) <= ticks.first);
        CHECK(span.end == n || s->shown[span.end] > ((double)ticks.end - 1 - 2.1e-4) * s->timeline.tick);
    }
}

static void check_segments(scene *s, int64_t gaps_wanted) {
    int64_t last = 0;
    if (!CHECK(build(s)) || !CHECK(s->timeline.known)) return;
    int64_t gaps = show_all(s);
    CHECK_EQ(gaps, gaps_wanted);
    CHECK_EQ(s->timeline.n_gaps, gaps);
    for (int64_t i = 0; i < s->plan.n; i++)
        if (fabs(nsr_timeline_shown(&s->timeline, i, times[i * s->plan.step]) - s->shown[i]) > 1e-6)
            CHECK_CLOSE(nsr_timeline_shown(&s->timeline, i, times[i * s->plan.step]), s->shown[i], 1e-6);
    for (int64_t u = 0; u < s->plan.n_segments; u++) {
        CHECK_EQ(nsr_timeline_ticks(&s->timeline, &s->plan, u).first, last);
        check_segment(s, u);
        last = nsr_timeline_ticks(&s->timeline, &s->plan, u).end;
        CHECK(s->timeline.segment_time[u] == times[nsr_plan_frame(&s->plan, u * s->plan.segment_frames)]);
    }
    CHECK_EQ(last, tick(s, s->plan.n - 1) + 1);
    CHECK(strlen(s->timeline.hash) == 32);
}

static void regular(double rate) {
    for (int i = 0; i < N; i++)
        times[i] = 1.7e9 + i / rate;
}

static void irregular(double rate) {
    uint64_t state = 1;
    times[0] = -5;
    for (int i = 1; i < N; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        times[i] = times[i - 1] + (0.2 + 1.6 * (double)(state >> 40) / (1 << 24)) / rate;
    }
}

static void add_gap(int before, double seconds) {
    for (int i = before; i < N; i++)
        times[i] += seconds;
}

static void test_segments(void) {
    static const double rates[] = {7, 30, 50, 500, 1000, 200000}, speeds[] = {1, 0.37, 20};
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++)
        for (size_t p = 0; p < sizeof speeds / sizeof *speeds; p++)
            for (int jitter = 0; jitter < 2; jitter++) {
                jitter ? irregular(rates[r]) : regular(rates[r]);
                scene s = setup(5000, 1 + 2 * jitter, jitter ? 64 : 128, speeds[p]);
                check_segments(&s, 0);
                teardown(&s);
            }
}

static void test_gaps(void) {
    irregular(50);
    add_gap(64, 100);
    add_gap(65, 3);
    add_gap(1000, 1e6);
    add_gap(65536, 77); /* the first of the second part that is read */
    scene s = setup(70000, 1, 1024, 1);
    check_segments(&s, 4);
    CHECK_EQ(s.timeline.gaps[0].position, 64);
    CHECK_EQ(s.timeline.gaps[3].position, 65536);
    CHECK(s.timeline.gaps[3].cut > 1000180 - 1 && s.timeline.gaps[3].cut < 1000180 + 1);
    teardown(&s);
}

static void test_every_frame(void) {
    regular(50);
    scene s = setup(1000, 1, 64, 1);
    s.config.video.every_frame = true;
    CHECK(build(&s) && s.timeline.known && s.timeline.tick == 0);
    CHECK_EQ(nsr_timeline_ticks(&s.timeline, &s.plan, 2).first, 128);
    CHECK_EQ(nsr_timeline_ticks(&s.timeline, &s.plan, 15).end, 1000);
    teardown(&s);
}

static void test_no_times(void) {
    scene s = setup(1000, 1, 64, 1);
    source.field.times.path[0] = 0;
    CHECK(build(&s) && !s.timeline.known && s.timeline.tick == 0);
    CHECK_EQ(nsr_timeline_ticks(&s.timeline, &s.plan, 15).first, 960);
    teardown(&s);
}

static void test_one_frame(void) {
    regular(50);
    scene s = setup(1, 1, 64, 1);
    CHECK(build(&s) && s.timeline.known && s.timeline.n_gaps == 0 && s.timeline.median_step == 0);
    CHECK_EQ(nsr_timeline_ticks(&s.timeline, &s.plan, 0).end, 1);
    teardown(&s);
}

/* Unusable times: left out when the file offers them, an error that names `what` when the user does. */
static void refused(const char *what, int64_t n_times) {
    scene s = setup(1000, 1, 64, 1);
    source.field.times.n = n_times;
    CHECK(build(&s) && !s.timeline.known && s.timeline.tick == 0 && nsr_good(&s.err));
    CHECK_TEXT(s.timeline.hash, "");
    nsr_timeline_free(&s.timeline);
    s.config.input_as.times_from = "/times";
    CHECK(!build(&s));
    CHECK_EQ(s.err.code, NSR_EDATA);
    CHECK_HAS(s.err.msg, what);
    CHECK_HAS(s.err.msg, "session.h5");
    teardown(&s);
}

static void test_unusable(void) {
    regular(50);
    refused("holds 999 times, but /posterior has 150000 frames", 999);
    times[500] = NAN;
    refused("frame 500", N);
    times[500] = INFINITY;
    refused("frame 500", N);
    times[500] = times[499];
    refused("frame 500", N);
    times[500] = times[498];
    refused("frame 500", N);
}

/* Neither huge spans nor the smallest steps may overflow. */
static void test_extremes(void) {
    for (int i = 0; i < N; i++)
        times[i] = -1e308 + 2e305 * i;
    scene s = setup(1000, 1, 64, 1);
    CHECK(build(&s));
    for (int64_t u = 0; u < s.plan.n_segments; u++) {
        nsr_span ticks = nsr_timeline_ticks(&s.timeline, &s.plan, u);
        CHECK(ticks.first >= 0 && ticks.first <= ticks.end);
    }
    teardown(&s);
    for (int i = 0; i < N; i++)
        times[i] = i ? nextafter(times[i - 1], INFINITY) : 1;
    s = setup(1000, 1, 64, 1e-18);
    CHECK(build(&s));
    for (int64_t u = 0; u < s.plan.n_segments; u++) {
        nsr_span ticks = nsr_timeline_ticks(&s.timeline, &s.plan, u);
        CHECK(ticks.first >= 0 && ticks.first <= ticks.end);
    }
    teardown(&s);
}

static void test_hash(void) {
    regular(50);
    scene a = setup(1000, 1, 64, 1), b = setup(1000, 1, 32, 2);
    CHECK(build(&a) && build(&b));
    CHECK_TEXT(a.timeline.hash, b.timeline.hash);
    nsr_timeline_free(&b.timeline);
    times[999] += 1e-3;
    CHECK(build(&b) && strcmp(a.timeline.hash, b.timeline.hash) != 0);
    teardown(&a);
    teardown(&b);
}

int main(void) {
    nsr_log_open(NSR_LOG_ERROR, true);
    test_segments();
    test_gaps();
    test_every_frame();
    test_no_times();
    test_one_frame();
    test_unusable();
    test_extremes();
    test_hash();
    return check_done();
}
