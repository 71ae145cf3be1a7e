/* SPDX-License-Identifier: MIT */
/* Windows of frames. A worker has two, because the last window of a segment also holds the first frames of the next
   one, and because a lead (frames behind a segment that a sink needs) reaches one window ahead. */
#include "window.h"
#include "base/whole.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t window_row_bytes(const nsr_cache *cache) { return nsr_field_row_bytes(nsr_source_field(cache->source)); }

bool nsr_frame_window_open(nsr_frame_window *window, nsr_cache *cache, nsr_err *err) {
    *window = (nsr_frame_window){.cache = cache};
    window->reader = nsr_reader_open(cache->source, err);
    return window->reader != NULL;
}

void nsr_frame_window_close(nsr_frame_window *window) {
    nsr_reader_close(window->reader);
    for (int i = 0; i < 2; i++)
        free(window->window[i].values);
    *window = (nsr_frame_window){0};
}

static void fill_nan(unsigned char *row, const nsr_field *field) {
    for (int64_t i = 0; i < field->n_bins; i++) {
        if (field->type == NSR_F32)
            ((float *)(void *)row)[i] = NAN;
        else
            ((double *)(void *)row)[i] = NAN;
    }
}

/* Where the rows of positions go: of base, and of those behind it. */
typedef struct frame_rows {
    nsr_frame_window *window;
    int64_t base;
    unsigned char *values, *bad;
} frame_rows;

static unsigned char *row_at(const frame_rows *rows, int64_t position) {
    return rows->values + (size_t)(position - rows->base) * window_row_bytes(rows->window->cache);
}

static bool read_frames(const frame_rows *rows, nsr_span p, nsr_err *failure) {
    const nsr_plan *plan = rows->window->cache->plan;
    return nsr_read(rows->window->reader, nsr_plan_frame(plan, p.first), plan->step, p.end - p.first,
                    row_at(rows, p.first), failure);
}

static int64_t mark_bad(const frame_rows *rows, nsr_span p, const nsr_err *failure) {
    nsr_cache_remember(rows->window->cache, failure);
    for (int64_t at = p.first; at < p.end; at++) {
        fill_nan(row_at(rows, at), nsr_source_field(rows->window->cache->source));
        rows->bad[at - rows->base] = 1;
    }
    return p.end - p.first;
}

/* The positions that share the failure of the last read; empty when it is not known, or when one of them can be read
   now. */
static nsr_span failed_positions(const frame_rows *rows, nsr_span p) {
    const nsr_plan *plan = rows->window->cache->plan;
    nsr_span frames = nsr_read_failed(rows->window->reader), hit = {p.end, p.end};
    nsr_err again = {0};
    if (frames.first >= frames.end) return hit;
    hit = (nsr_span){nsr_divide_up(frames.first - plan->first, plan->step),
                     nsr_divide_up(frames.end - plan->first, plan->step)};
    bool sure = hit.first >= p.first && hit.first < hit.end && hit.end <= p.end &&
                !read_frames(rows, (nsr_span){hit.first, hit.first + 1}, &again) && again.code == NSR_EDATA;
    return sure ? hit : (nsr_span){p.end, p.end};
}

static int64_t load_run(const frame_rows *rows, nsr_span p, nsr_err *err);

/* Loads two parts one after the other. */
static int64_t load_both(const frame_rows *rows, nsr_span a, nsr_span b, nsr_err *err) {
    int64_t n = load_run(rows, a, err), more = n < 0 ? -1 : load_run(rows, b, err);
    return more < 0 ? -1 : n + more;
}

/* All frames of a damaged chunk are marked at once. Where a failure does not tell which frames it covers, the run is
   halved until only the unreadable frames are left. */
static int64_t load_run(const frame_rows *rows, nsr_span p, nsr_err *err) {
    int64_t n = 0;
    while (p.first < p.end) {
        nsr_err failure = {0};
        if (read_frames(rows, p, &failure)) return n;
        if (failure.code != NSR_EDATA) return *err = failure, -1;
        if (p.end - p.first == 1) return n + mark_bad(rows, p, &failure);
        nsr_span hit = failed_positions(rows, p);
        int64_t middle = p.first + (p.end - p.first) / 2;
        int64_t more = hit.first < hit.end
                           ? load_run(rows, (nsr_span){p.first, hit.first}, err)
                           : load_both(rows, (nsr_span){p.first, middle}, (nsr_span){middle, p.end}, err);
        if (more < 0) return -1;
        n += more + (hit.first < hit.end ? mark_bad(rows, hit, &failure) : 0);
        p.first = hit.end;
    }
    return n;
}

int64_t nsr_frame_window_load(nsr_frame_window *window, nsr_span p, unsigned char *values, unsigned char *bad,
                              nsr_err *err) {
    const frame_rows rows = {window, p.first, values, bad};
    memset(bad, 0, (size_t)(p.end - p.first));
    return load_run(&rows, p, err);
}

/* The first positions of a work item may lie in rows that are cached with the item before. */
static bool from_cache(const nsr_frame_window *window, int64_t position, int64_t end, nsr_piece *piece) {
    const nsr_cache *cache = window->cache;
    int64_t item = position / cache->plan->segment_frames / cache->reading->segments_per_item;
    nsr_span p = nsr_work_item_rows(cache->reading, cache->plan, item);
    while (position < p.first)
        p = nsr_work_item_rows(cache->reading, cache->plan, --item);
    if (!cache->item[item].values) return false;
    *piece = (nsr_piece){cache->item[item].values + (size_t)(position - p.first) * window_row_bytes(cache),
                         cache->item[item].bad + (position - p.first), (end < p.end ? end : p.end) - position};
    return true;
}

static bool from_window(nsr_frame_window *window, int64_t position, int64_t end, nsr_piece *piece) {
    for (int i = 0; i < 2; i++) {
        nsr_span held = window->window[i].held;
        if (position < held.first || position >= held.end) continue;
        window->latest = i;
        int64_t at = position - held.first;
        *piece = (nsr_piece){window->window[i].values + (size_t)at * window_row_bytes(window->cache),
                             window->window[i].any_bad ? window->window[i].bad + at : NULL,
                             (end < held.end ? end : held.end) - position};
        return true;
    }
    return false;
}

static bool make_window(nsr_frame_window *window, int i, nsr_err *err) {
    size_t n = (size_t)window->cache->reading->window;
    if (!window->window[i].values && !(window->window[i].values = malloc(n * (window_row_bytes(window->cache) + 1))))
        return nsr_fail(err, NSR_EINTERNAL, "out of memory for %zu frames of %zu bytes; try fewer --threads", n,
                        window_row_bytes(window->cache));
    window->window[i].bad = window->window[i].values + n * window_row_bytes(window->cache);
    return true;
}

bool nsr_frame_window_get(nsr_frame_window *window, int64_t position, int64_t end, int64_t limit, nsr_piece *piece,
                          nsr_err *err) {
    if (from_cache(window, position, end, piece) || from_window(window, position, end, piece)) return true;
    int i = window->latest ^= 1; /* the one used longer ago */
    if (!make_window(window, i, err)) return false;
    window->window[i].held = (nsr_span){0, 0};
    nsr_span p = {position, nsr_window_end(window->cache->reading, window->cache->plan, position, limit)};
    int64_t bad = nsr_frame_window_load(window, p, window->window[i].values, window->window[i].bad, err);
    if (bad < 0) return false;
    window->window[i].held = p;
    window->window[i].any_bad = bad > 0;
    return from_window(window, position, end, piece);
}

int64_t nsr_piece_bad(const nsr_piece *piece) {
    int64_t n = 0;
    for (int64_t i = 0; piece->bad && i < piece->n; i++)
        n += piece->bad[i];
    return n;
}

int64_t nsr_piece_first_bad(const nsr_piece *piece) {
    int64_t i = 0;
    while (i < piece->n && !(piece->bad && piece->bad[i]))
        i++;
    return i;
}

void nsr_frame_window_why(nsr_frame_window *window, int64_t position, nsr_err *why) {
    const nsr_plan *plan = window->cache->plan;
    void *values = malloc(window_row_bytes(window->cache));
    if (!values)
        nsr_fail(why, NSR_EINTERNAL, "out of memory for a frame");
    else if (nsr_read(window->reader, nsr_plan_frame(plan, position), plan->step, 1, values, why))
        nsr_fail(why, NSR_EDATA, "frame %lld could not be read, and can be now; run again",
                 (long long)nsr_plan_frame(plan, position));
    free(values);
}

int64_t nsr_frame_window_bad(nsr_frame_window *window, nsr_span p, nsr_err *err) {
    int64_t n = 0;
    for (nsr_piece piece; p.first < p.end; p.first += piece.n) {
        if (!nsr_frame_window_get(window, p.first, p.end, p.end, &piece, err)) return -1;
        n += nsr_piece_bad(&piece);
    }
    return n;
}
