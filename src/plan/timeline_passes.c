/* SPDX-License-Identifier: MIT */
/* Two streamed passes over the times. The first checks them and finds the median step. The second needs the median: it
   finds the gaps, the output frames of each segment, and the data frames behind a segment that fall into its last
   output frame (its lead). A segment can then be rendered without the times of others. */
#include "timeline_passes.h"
#include <math.h>
#include <stdlib.h>

enum { BATCH = 65536, MAX_STEPS = 65536, GAP_STEPS = 10, NONE = -1 };

/* Far beyond any output, and far below the first whole number that a double cannot hold. */
static const double LAST_TICK = 4e15;
/* A moment counts as reached a ten-thousandth of a tick early, so rounding causes no jitter where sampling rate and fps
   divide each other. */
static const double SLACK = 1e-4;

typedef struct times_pass {
    nsr_timeline *timeline;
    const nsr_plan *plan;
    const nsr_field *field;
    nsr_reader *reader;
    double *batch;
    double last;     /* time of the frame before */
    int64_t segment; /* the next segment to begin */
    nsr_hash *hash;
    double *steps; /* sample of steps */
    int64_t n_steps, max_steps;
    double cut;           /* seconds cut so far */
    int64_t room;         /* of gaps */
    int64_t tick;         /* output frame of the frame before, or NONE */
    int64_t lead_segment; /* the segment whose lead is being counted, or NONE */
} times_pass;

typedef bool time_visitor(times_pass *p, int64_t position, double time, nsr_err *err);

/* Casting a double that no int64_t holds is undefined, and times come from files. */
static int64_t whole_ticks(double ticks) {
    if (!(ticks < LAST_TICK)) return (int64_t)LAST_TICK;
    return ticks > 0 ? (int64_t)ticks : 0;
}

int64_t nsr_timeline_tick(const nsr_timeline *timeline, double shown) {
    return whole_ticks(floor(shown / timeline->tick + SLACK));
}

/* The first output frame whose moment is not before `shown`. */
static int64_t tick_from(const nsr_timeline *timeline, double shown) {
    return whole_ticks(ceil(shown / timeline->tick - SLACK));
}

/* Calls `visit` for every position of the selection. */
static bool stream_times(times_pass *p, time_visitor *visit, nsr_err *err) {
    const nsr_plan *plan = p->plan;
    p->segment = 0;
    for (int64_t first = 0; first < plan->n; first += BATCH) {
        int64_t n = plan->n - first < BATCH ? plan->n - first : BATCH;
        if (!nsr_read_times(p->reader, nsr_plan_frame(plan, first), plan->step, n, p->batch, err))
            return nsr_fail(err, NSR_EDATA, "%s: the times of %s cannot be read", p->field->file, p->field->path);
        for (int64_t i = 0; i < n; i++) {
            if (!visit(p, first + i, p->batch[i], err)) return false;
            p->last = p->batch[i];
        }
        if (p->hash) nsr_hash_add(p->hash, p->batch, (size_t)n * sizeof *p->batch);
    }
    return true;
}

static bool begins_segment(times_pass *p, int64_t position) {
    if (p->segment == p->plan->n_segments || position != p->segment * p->plan->segment_frames) return false;
    p->segment++;
    return true;
}

/* --- first pass: checks every time, notes those of the segments, samples the steps --- */

/* The position whose step to the next one is the j-th of the sample. */
static int64_t sampled_position(const times_pass *p, int64_t j) {
    int64_t n = p->plan->n - 1, whole = n / p->max_steps, rest = n % p->max_steps;
    return whole * j + rest * j / p->max_steps;
}

static bool refuse_time(const times_pass *p, int64_t position, double time, nsr_err *err) {
    long long frame = (long long)nsr_plan_frame(p->plan, position);
    const char *path = p->field->times.path;
    if (!isfinite(time))
        return nsr_fail(err, NSR_EDATA,
                        "%s: %s: the time of frame %lld is missing (%g, or a mark as _FillValue); repair it or give "
                        "--sampling-rate HZ",
                        p->field->file, path, frame, time);
    if (time == p->last)
        return nsr_fail(err, NSR_EDATA,
                        "%s: %s: times must increase, but frame %lld has the same time as the frame before, %.17g s; "
                        "repair them or give --sampling-rate HZ",
                        p->field->file, path, frame, time);
    return nsr_fail(err, NSR_EDATA,
                    "%s: %s: times must increase, but frame %lld is at %.17g s behind %.17g s; repair them or give "
                    "--sampling-rate HZ",
                    p->field->file, path, frame, time, p->last);
}

static bool check_time(times_pass *p, int64_t position, double time, nsr_err *err) {
    if (!isfinite(time) || (position > 0 && !(time > p->last))) return refuse_time(p, position, time, err);
    if (p->n_steps < p->max_steps && position == sampled_position(p, p->n_steps) + 1)
        p->steps[p->n_steps++] = time - p->last;
    if (begins_segment(p, position)) p->timeline->segment_time[p->segment - 1] = time;
    if (position == 0) p->timeline->t0 = time;
    p->timeline->t_last = time;
    return true;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of(double *values, int64_t n) {
    if (n == 0) return 0;
    qsort(values, (size_t)n, sizeof *values, ascending);
    return n % 2 ? values[n / 2] : values[n / 2 - 1] / 2 + values[n / 2] / 2;
}

/* --- second pass: gaps, output frames, leads --- */

static bool add_gap(times_pass *p, int64_t position, nsr_err *err) {
    nsr_timeline *timeline = p->timeline;
    if (timeline->n_gaps == p->room) {
        int64_t room = p->room ? 2 * p->room : 64;
        nsr_gap *gaps = realloc(timeline->gaps, (size_t)room * sizeof *gaps);
        if (!gaps) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the gaps of the times");
        timeline->gaps = gaps;
        p->room = room;
    }
    timeline->gaps[timeline->n_gaps++] = (nsr_gap){position, p->cut};
    return true;
}

/* The segment holds the output frames from its first data frame on. An output frame that an earlier data frame has
   reached stays with the segment of that frame. */
static void begin_ticks(times_pass *p, int64_t segment, double shown) {
    int64_t *first = p->timeline->segment_tick;
    int64_t from = segment > 0 ? tick_from(p->timeline, shown) : 0;
    first[segment] = from > p->tick ? from : p->tick + 1;
    bool previous_has_ticks = segment > 0 && first[segment] > first[segment - 1];
    if (previous_has_ticks) p->lead_segment = segment - 1;
}

/* A data frame counts for the lead while it falls into the last output frame of an earlier segment. At most one segment
   counts at a time: the next segment with output frames begins before its own first moment, and the lead of the earlier
   one ends there. */
static void count_lead(times_pass *p, int64_t tick) {
    const nsr_timeline *timeline = p->timeline;
    if (p->lead_segment == NONE) return;
    if (tick < timeline->segment_tick[p->lead_segment + 1])
        timeline->segment_lead[p->lead_segment]++;
    else
        p->lead_segment = NONE;
}

/* Where gaps are cut, rounding near the last digit of the times could let a tick fall back. */
static void place_frame(times_pass *p, int64_t position, double shown) {
    int64_t tick = nsr_timeline_tick(p->timeline, shown);
    if (tick < p->tick) tick = p->tick;
    if (begins_segment(p, position)) begin_ticks(p, p->segment - 1, shown);
    count_lead(p, tick);
    p->tick = tick;
    p->timeline->segment_tick[p->segment] = tick + 1; /* the end of all, unless another segment begins */
}

static bool lay_out_time(times_pass *p, int64_t position, double time, nsr_err *err) {
    nsr_timeline *timeline = p->timeline;
    double step = time - p->last;
    if (position > 0 && step > GAP_STEPS * timeline->median_step) {
        p->cut += step - timeline->median_step;
        if (!add_gap(p, position, err)) return false;
    }
    if (timeline->tick > 0) place_frame(p, position, time - timeline->t0 - p->cut);
    return true;
}

/* --- both --- */

static bool run_passes(times_pass *p, nsr_err *err) {
    nsr_timeline *timeline = p->timeline;
    if (!stream_times(p, check_time, err)) return false;
    nsr_hash_text(p->hash, timeline->hash);
    nsr_hash_close(p->hash);
    p->hash = NULL;
    timeline->median_step = median_of(p->steps, p->n_steps);
    if (!stream_times(p, lay_out_time, err)) return false;
    timeline->known = true;
    return true;
}

static bool open_passes(times_pass *p, nsr_source *source, nsr_err *err) {
    p->max_steps = p->plan->n - 1 < MAX_STEPS ? p->plan->n - 1 : MAX_STEPS;
    p->lead_segment = p->tick = NONE;
    p->batch = malloc(BATCH * sizeof *p->batch);
    p->steps = malloc(MAX_STEPS * sizeof *p->steps);
    p->hash = nsr_hash_open();
    if (!p->batch || !p->steps || !p->hash) return nsr_fail(err, NSR_EINTERNAL, "out of memory for reading times");
    p->reader = nsr_reader_open(source, err);
    return p->reader != NULL;
}

static void close_passes(times_pass *p) {
    if (p->reader) nsr_reader_close(p->reader);
    if (p->hash) nsr_hash_close(p->hash);
    free(p->steps);
    free(p->batch);
}

static bool check_number(const nsr_field *field, nsr_err *err) {
    if (field->times.rate > 0 || field->times.n == field->n_frames) return true;
    return nsr_fail(err, NSR_EDATA,
                    "%s: %s holds %lld times, but %s has %lld frames; name others with --times-from or "
                    "give --sampling-rate HZ",
                    field->file, field->times.path, (long long)field->times.n, field->path, (long long)field->n_frames);
}

bool nsr_timeline_read(nsr_timeline *timeline, nsr_source *source, const nsr_plan *plan, nsr_err *err) {
    times_pass p = {.timeline = timeline, .plan = plan, .field = nsr_source_field(source)};
    bool good = check_number(p.field, err) && open_passes(&p, source, err) && run_passes(&p, err);
    close_passes(&p);
    return good;
}
