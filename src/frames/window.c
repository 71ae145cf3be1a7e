/* SPDX-License-Identifier: MIT */
/* Windows of frames. A worker has two, because the last window of a segment also holds the first frames of the next
   one, and because a lead (frames behind a segment that a sink needs) reaches one window ahead. */
#include "window.h"
#include <stdlib.h>

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

int64_t nsr_frame_window_load(nsr_frame_window *window, nsr_span p, unsigned char *values, unsigned char *bad,
                              nsr_err *err) {
    const nsr_plan *plan = window->cache->plan;
    nsr_err why = {0};
    int64_t n = nsr_read_around(window->reader, nsr_plan_frame(plan, p.first), plan->step, p.end - p.first, values, bad,
                                &why, err);
    if (n > 0) nsr_cache_remember(window->cache, &why);
    return n;
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

int64_t nsr_frame_window_bad(nsr_frame_window *window, nsr_span p, nsr_hash *values, nsr_err *err) {
    int64_t n = 0;
    for (nsr_piece piece; p.first < p.end; p.first += piece.n) {
        if (!nsr_frame_window_get(window, p.first, p.end, p.end, &piece, err)) return -1;
        if (values) nsr_hash_add(values, piece.values, (size_t)piece.n * window_row_bytes(window->cache));
        n += nsr_piece_bad(&piece);
    }
    return n;
}
