/* SPDX-License-Identifier: MIT */
/* The clock of the pick. The root streams the times twice in blocks: the first pass checks them and learns the median
   step, the second, which needs the median, finds the gaps, the output frames of each segment and how far the last of
   them reaches into the next segments: here all times pass by anyway, and a segment can then be rendered without those
   of others.
 */
#include <math.h>
#include <nsrender/log.h>
#include <nsrender/plan.h>
#include <stdlib.h>

enum { BLOCK = 65536, MAX_STEPS = 65536, GAP_STEPS = 10 };

/* Far beyond any output, far below where a double loses whole numbers. */
static const double LAST_TICK = 4e15;
/* A moment within a ten-thousandth of a tick counts as met, so that rates that divide each other do not jitter. */
static const double SLACK = 1e-4;

typedef struct pass {
    nsr_timeline *timeline;
    const nsr_plan *plan;
    const nsr_field *field;
    nsr_reader *reader;
    double *block;
    double last;     /* time of the frame before */
    int64_t segment; /* the next segment to begin */
    nsr_hash *hash;
    double *steps; /* sample of steps */
    int64_t n_steps, max_steps;
    double cut;           /* seconds cut so far */
    int64_t room;         /* of gaps */
    int64_t tick;         /* of the frame before, or -1 */
    int64_t lead_segment; /* whose lead is being counted, or -1 */
} pass;

typedef bool visitor(pass *p, int64_t position, double time, nsr_err *err);

/* Casting a double that no int64_t holds is undefined, and times come from files. */
static int64_t whole(double ticks) {
    if (!(ticks < LAST_TICK)) return (int64_t)LAST_TICK;
    return ticks > 0 ? (int64_t)ticks : 0;
}

int64_t nsr_timeline_tick(const nsr_timeline *timeline, double shown) {
    return whole(floor(shown / timeline->tick + SLACK));
}

/* The first output frame whose moment is not before `shown`. */
static int64_t tick_from(const nsr_timeline *timeline, double shown) {
    return whole(ceil(shown / timeline->tick - SLACK));
}

double nsr_timeline_shown(const nsr_timeline *timeline, int64_t position, double time) {
    int64_t low = 0, high = timeline->n_gaps; /* gaps[low - 1].position <= position < gaps[high].position */
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (timeline->gaps[middle].position <= position)
            low = middle + 1;
        else
            high = middle;
    }
    return time - timeline->t0 - (low > 0 ? timeline->gaps[low - 1].cut : 0);
}

nsr_span nsr_timeline_ticks(const nsr_timeline *timeline, const nsr_plan *plan, int64_t segment) {
    if (timeline->tick == 0) return nsr_plan_segment(plan, segment);
    return (nsr_span){timeline->segment_tick[segment], timeline->segment_tick[segment + 1]};
}

void nsr_timeline_free(nsr_timeline *timeline) {
    free(timeline->gaps);
    free(timeline->segment_time);
    free(timeline->segment_tick);
    free(timeline->segment_lead);
    *timeline = (nsr_timeline){0};
}

/* Calls `visit` for every position of the pick. */
static bool stream(pass *p, visitor *visit, nsr_err *err) {
    const nsr_plan *plan = p->plan;
    p->segment = 0;
    for (int64_t first = 0; first < plan->n; first += BLOCK) {
        int64_t n = plan->n - first < BLOCK ? plan->n - first : BLOCK;
        if (!nsr_read_times(p->reader, nsr_plan_frame(plan, first), plan->step, n, p->block, err))
            return nsr_fail(err, NSR_EDATA, "%s: the times of %s cannot be read", p->field->file, p->field->path);
        for (int64_t i = 0; i < n; i++) {
            if (!visit(p, first + i, p->block[i], err)) return false;
            p->last = p->block[i];
        }
        if (p->hash) nsr_hash_add(p->hash, p->block, (size_t)n * sizeof *p->block);
    }
    return true;
}

static bool begins_segment(pass *p, int64_t position) {
    if (p->segment == p->plan->n_segments || position != p->segment * p->plan->segment_frames) return false;
    p->segment++;
    return true;
}

/* The position whose step to the next one is the j-th of the sample. */
static int64_t sampled(const pass *p, int64_t j) {
    int64_t n = p->plan->n - 1, whole = n / p->max_steps, rest = n % p->max_steps;
    return whole * j + rest * j / p->max_steps;
}

static bool refuse(const pass *p, int64_t position, double time, nsr_err *err) {
    long long frame = (long long)nsr_plan_frame(p->plan, position);
    const char *path = p->field->times.path;
    if (!isfinite(time))
        return nsr_fail(err, NSR_EDATA, "%s: %s: the time of frame %lld is %g; repair it or give --sampling-rate HZ",
                        p->field->file, path, frame, time);
    return nsr_fail(err, NSR_EDATA,
                    "%s: %s: times must increase, but frame %lld is at %.17g s behind %.17g s; repair them or give "
                    "--sampling-rate HZ",
                    p->field->file, path, frame, time, p->last);
}

/* First pass: every time is checked, segments and a sample of steps are noted. */
static bool survey(pass *p, int64_t position, double time, nsr_err *err) {
    if (!isfinite(time) || (position > 0 && !(time > p->last))) return refuse(p, position, time, err);
    if (p->n_steps < p->max_steps && position == sampled(p, p->n_steps) + 1) p->steps[p->n_steps++] = time - p->last;
    if (begins_segment(p, position)) p->timeline->segment_time[p->segment - 1] = time;
    if (position == 0) p->timeline->t0 = time;
    p->timeline->t_last = time;
    return true;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int64_t n) {
    if (n == 0) return 0;
    qsort(values, (size_t)n, sizeof *values, ascending);
    return n % 2 ? values[n / 2] : values[n / 2 - 1] / 2 + values[n / 2] / 2;
}

static bool add_gap(pass *p, int64_t position, nsr_err *err) {
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

/* The segment holds the moments from its first frame on; a moment that the frame before already met stays with that. */
static void begin_segment(pass *p, int64_t segment, double shown) {
    int64_t *tick = p->timeline->segment_tick, from = segment > 0 ? tick_from(p->timeline, shown) : 0;
    tick[segment] = from > p->tick ? from : p->tick + 1;
    if (segment > 0 && tick[segment] > tick[segment - 1]) p->lead_segment = segment - 1;
}

/* A segment that holds output frames needs the frames behind it that fall into the last of them. No two segments count
   at the same time: the next one that holds an output frame begins before its moment, and is left behind after it. */
static void lay_ticks(pass *p, int64_t position, double shown) {
    nsr_timeline *timeline = p->timeline;
    int64_t tick = nsr_timeline_tick(timeline, shown);
    tick = tick > p->tick ? tick : p->tick; /* rounding at a gap between steps near the last digit of the times */
    if (begins_segment(p, position)) begin_segment(p, p->segment - 1, shown);
    if (p->lead_segment >= 0 && tick < timeline->segment_tick[p->lead_segment + 1])
        timeline->segment_lead[p->lead_segment]++;
    else
        p->lead_segment = -1;
    p->tick = tick;
    timeline->segment_tick[p->segment] = tick + 1; /* until the next segment begins: the end of all */
}

/* Second pass: gaps and leads. */
static bool measure(pass *p, int64_t position, double time, nsr_err *err) {
    nsr_timeline *timeline = p->timeline;
    double step = time - p->last;
    if (position > 0 && step > GAP_STEPS * timeline->median_step) {
        p->cut += step - timeline->median_step;
        if (!add_gap(p, position, err)) return false;
    }
    if (timeline->tick > 0) lay_ticks(p, position, time - timeline->t0 - p->cut);
    return true;
}

static bool read_clock(pass *p, nsr_err *err) {
    nsr_timeline *timeline = p->timeline;
    if (!stream(p, survey, err)) return false;
    nsr_hash_text(p->hash, timeline->hash);
    nsr_hash_close(p->hash);
    p->hash = NULL;
    timeline->median_step = median(p->steps, p->n_steps);
    if (!stream(p, measure, err)) return false;
    timeline->known = true;
    return true;
}

static bool open_pass(pass *p, nsr_source *source, nsr_err *err) {
    p->max_steps = p->plan->n - 1 < MAX_STEPS ? p->plan->n - 1 : MAX_STEPS;
    p->lead_segment = p->tick = -1;
    p->block = malloc(BLOCK * sizeof *p->block);
    p->steps = malloc(MAX_STEPS * sizeof *p->steps);
    p->hash = nsr_hash_open();
    if (!p->block || !p->steps || !p->hash) return nsr_fail(err, NSR_EINTERNAL, "out of memory for reading times");
    p->reader = nsr_reader_open(source, err);
    return p->reader != NULL;
}

static void close_pass(pass *p) {
    if (p->reader) nsr_reader_close(p->reader);
    if (p->hash) nsr_hash_close(p->hash);
    free(p->steps);
    free(p->block);
}

static bool right_number(const nsr_field *field, nsr_err *err) {
    if (field->times.rate > 0 || field->times.n == field->n_frames) return true;
    return nsr_fail(err, NSR_EDATA,
                    "%s: %s holds %lld times, but %s has %lld frames; name others with --times-from or "
                    "give --sampling-rate HZ",
                    field->file, field->times.path, (long long)field->times.n, field->path, (long long)field->n_frames);
}

/* Times that the file offers by itself and that cannot be used are said and left out; those that the user named are an
   error. */
static bool forgive(nsr_timeline *timeline, const nsr_config *config, nsr_err *err) {
    if (config->input_as.times_from || err->code != NSR_EDATA) return false;
    nsr_warn("%s; going on without times", err->msg);
    *err = (nsr_err){0};
    timeline->known = false;
    timeline->n_gaps = 0;
    timeline->tick = 0;
    timeline->hash[0] = 0;
    return true;
}

static bool read_root(nsr_timeline *timeline, nsr_source *source, const nsr_config *config, const nsr_plan *plan,
                      nsr_err *err) {
    pass p = {.timeline = timeline, .plan = plan, .field = nsr_source_field(source)};
    bool ok = right_number(p.field, err) && open_pass(&p, source, err) && read_clock(&p, err);
    close_pass(&p);
    return ok || forgive(timeline, config, err);
}

static bool make_segments(nsr_timeline *timeline, const nsr_plan *plan, nsr_err *err) {
    size_t n = (size_t)plan->n_segments;
    timeline->segment_time = calloc(n, sizeof *timeline->segment_time);
    timeline->segment_tick = calloc(n + 1, sizeof *timeline->segment_tick);
    timeline->segment_lead = calloc(n, sizeof *timeline->segment_lead);
    if (!timeline->segment_time || !timeline->segment_tick || !timeline->segment_lead)
        return nsr_fail(err, NSR_EINTERNAL, "out of memory for the times of %lld segments",
                        (long long)plan->n_segments);
    return true;
}

/* The root's timeline for everybody. */
static bool share(nsr_timeline *timeline, const nsr_comm *comm, const nsr_plan *plan, nsr_err *err) {
    nsr_timeline mine = *timeline;
    nsr_bcast(comm, timeline, sizeof *timeline);
    timeline->gaps = mine.gaps;
    timeline->segment_time = mine.segment_time;
    timeline->segment_tick = mine.segment_tick;
    timeline->segment_lead = mine.segment_lead;
    if (!nsr_is_root(comm) && timeline->n_gaps > 0) {
        timeline->gaps = calloc((size_t)timeline->n_gaps, sizeof *timeline->gaps);
        if (!timeline->gaps)
            nsr_fail(err, NSR_EINTERNAL, "out of memory for %lld gaps of the times", (long long)timeline->n_gaps);
    }
    if (!nsr_agree(comm, err)) return false;
    nsr_bcast(comm, timeline->segment_time, (size_t)plan->n_segments * sizeof *timeline->segment_time);
    nsr_bcast(comm, timeline->segment_tick, (size_t)(plan->n_segments + 1) * sizeof *timeline->segment_tick);
    nsr_bcast(comm, timeline->segment_lead, (size_t)plan->n_segments * sizeof *timeline->segment_lead);
    nsr_bcast(comm, timeline->gaps, (size_t)timeline->n_gaps * sizeof *timeline->gaps);
    return true;
}

bool nsr_timeline_build(nsr_timeline *timeline, const nsr_comm *comm, nsr_source *source, const nsr_config *config,
                        const nsr_plan *plan, nsr_err *err) {
    const nsr_field *field = nsr_source_field(source);
    *timeline = (nsr_timeline){0};
    if (!field->times.path[0] && !(field->times.rate > 0)) return true;
    if (!config->video.every_frame) timeline->tick = config->video.speed / (double)config->video.fps;
    if (make_segments(timeline, plan, err) && nsr_is_root(comm)) read_root(timeline, source, config, plan, err);
    bool ok = nsr_agree(comm, err) && share(timeline, comm, plan, err);
    if (!ok) nsr_timeline_free(timeline);
    return ok;
}
