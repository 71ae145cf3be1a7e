/* SPDX-License-Identifier: MIT */
/* Frames in memory: the cache of whole blocks, and two windows a worker (two, because a segment's last window also
   holds the first frames of the next segment, and a lead looks one window ahead). */
#include "frames.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static size_t row_bytes(const nsr_store *store) { return nsr_field_row_bytes(nsr_source_field(store->source)); }

bool nsr_store_open(nsr_store *store, nsr_source *source, const nsr_plan *plan, const nsr_reading *reading,
                    nsr_err *err) {
    *store = (nsr_store){.source = source, .plan = plan, .reading = reading};
    store->resident = nsr_source_resident(source, plan->first, plan->step, plan->n);
    pthread_mutex_init(&store->mutex, NULL);
    store->block = calloc((size_t)reading->n_items, sizeof *store->block);
    return store->block ? true
                        : nsr_fail(err, NSR_EINTERNAL, "out of memory for %lld blocks", (long long)reading->n_items);
}

void nsr_store_close(nsr_store *store) {
    if (!store->plan) return;
    for (size_t i = 0; i < store->n_rooms; i++)
        free(store->room[i]);
    free(store->room);
    free(store->block);
    pthread_mutex_destroy(&store->mutex);
    store->plan = NULL;
}

/* Kept blocks lie in pieces of memory of large pages where the system has them: each is touched once, and small pages
   would cost as much as reading. */
static unsigned char *take_room(nsr_store *store, size_t bytes) {
    enum { LARGE_PAGE = 1 << 21, PIECE = 32 * LARGE_PAGE, LINE = 64 };
    bytes = (bytes + LINE - 1) / LINE * LINE;
    if (store->room_left < bytes) {
        size_t piece = bytes > PIECE ? (bytes + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE : PIECE;
        unsigned char *room = aligned_alloc(LARGE_PAGE, piece);
        void **more = room ? realloc(store->room, (store->n_rooms + 1) * sizeof *more) : NULL;
        if (!more) return free(room), NULL;
        madvise(room, piece, MADV_HUGEPAGE); /* advice: nothing is lost when it is not taken */
        store->room = more;
        store->room[store->n_rooms++] = room;
        store->room_next = room, store->room_left = piece;
    }
    store->room_next += bytes, store->room_left -= bytes;
    return store->room_next - bytes;
}

/* Blocks are kept for as long as the store is open. */
static unsigned char *room_for(nsr_store *store, size_t bytes) {
    pthread_mutex_lock(&store->mutex);
    unsigned char *room = take_room(store, bytes);
    pthread_mutex_unlock(&store->mutex);
    return room;
}

unsigned char *nsr_store_reserve(nsr_store *store, int64_t block) {
    nsr_span p = nsr_work_item_rows(store->reading, store->plan, block);
    size_t n = (size_t)(p.end - p.first), bytes = n * (row_bytes(store) + 1);
    if (store->resident) return NULL;
    if (atomic_fetch_add(&store->cached, (long long)bytes) + (long long)bytes > store->reading->cache_bytes ||
        !(store->block[block].values = room_for(store, bytes))) {
        atomic_fetch_sub(&store->cached, (long long)bytes);
        return NULL;
    }
    store->block[block].bad = store->block[block].values + n * row_bytes(store);
    return store->block[block].values;
}

bool nsr_frame_window_open(nsr_frame_window *view, nsr_store *store, nsr_err *err) {
    *view = (nsr_frame_window){.store = store};
    view->reader = nsr_reader_open(store->source, err);
    return view->reader != NULL;
}

void nsr_frame_window_close(nsr_frame_window *view) {
    nsr_reader_close(view->reader);
    for (int i = 0; i < 2; i++)
        free(view->window[i].values);
    *view = (nsr_frame_window){0};
}

static void fill_nan(unsigned char *row, const nsr_field *field) {
    for (int64_t i = 0; i < field->n_bins; i++) {
        if (field->type == NSR_F32)
            ((float *)(void *)row)[i] = NAN;
        else
            ((double *)(void *)row)[i] = NAN;
    }
}

static void remember(nsr_store *store, const nsr_err *err) {
    pthread_mutex_lock(&store->mutex);
    if (nsr_good(&store->first_bad)) store->first_bad = *err;
    pthread_mutex_unlock(&store->mutex);
}

/* Halves a run that cannot be read until only the frames that really cannot be read are left. */
int64_t nsr_frame_window_load(nsr_frame_window *view, nsr_span p, unsigned char *values, unsigned char *bad,
                              nsr_err *err) {
    const nsr_plan *plan = view->store->plan;
    nsr_err trouble = {0};
    memset(bad, 0, (size_t)(p.end - p.first));
    if (nsr_read(view->reader, nsr_plan_frame(plan, p.first), plan->step, p.end - p.first, values, &trouble)) return 0;
    if (trouble.code != NSR_EDATA) {
        *err = trouble;
        return -1;
    }
    if (p.end - p.first == 1) {
        remember(view->store, &trouble);
        fill_nan(values, nsr_source_field(view->store->source));
        return bad[0] = 1;
    }
    int64_t half = (p.end - p.first) / 2, n = 0, more;
    for (int i = 0; i < 2; i++, n += more) {
        nsr_span part = {p.first + i * half, i ? p.end : p.first + half};
        size_t at = (size_t)(i * half);
        if ((more = nsr_frame_window_load(view, part, values + at * row_bytes(view->store), bad + at, err)) < 0)
            return -1;
    }
    return n;
}

/* A block's first positions may lie in the rows that were kept as the block before. */
static bool from_cache(const nsr_frame_window *view, int64_t position, int64_t end, nsr_piece *piece) {
    const nsr_store *store = view->store;
    int64_t block = position / store->plan->segment_frames / store->reading->segments_per_item;
    nsr_span p = nsr_work_item_rows(store->reading, store->plan, block);
    while (position < p.first)
        p = nsr_work_item_rows(store->reading, store->plan, --block);
    if (!store->block[block].values) return false;
    *piece = (nsr_piece){store->block[block].values + (size_t)(position - p.first) * row_bytes(store),
                         store->block[block].bad + (position - p.first), (end < p.end ? end : p.end) - position};
    return true;
}

static bool from_window(nsr_frame_window *view, int64_t position, int64_t end, nsr_piece *piece) {
    for (int i = 0; i < 2; i++) {
        nsr_span held = view->window[i].held;
        if (position < held.first || position >= held.end) continue;
        view->latest = i;
        int64_t at = position - held.first;
        *piece = (nsr_piece){view->window[i].values + (size_t)at * row_bytes(view->store),
                             view->window[i].any_bad ? view->window[i].bad + at : NULL,
                             (end < held.end ? end : held.end) - position};
        return true;
    }
    return false;
}

static bool make_window(nsr_frame_window *view, int i, nsr_err *err) {
    size_t n = (size_t)view->store->reading->window;
    if (!view->window[i].values && !(view->window[i].values = malloc(n * (row_bytes(view->store) + 1))))
        return nsr_fail(err, NSR_EINTERNAL, "out of memory for %zu frames of %zu bytes; try fewer --threads", n,
                        row_bytes(view->store));
    view->window[i].bad = view->window[i].values + n * row_bytes(view->store);
    return true;
}

bool nsr_frame_window_get(nsr_frame_window *view, int64_t position, int64_t end, int64_t limit, nsr_piece *piece,
                          nsr_err *err) {
    if (from_cache(view, position, end, piece) || from_window(view, position, end, piece)) return true;
    int i = view->latest ^= 1; /* the one used longer ago */
    if (!make_window(view, i, err)) return false;
    view->window[i].held = (nsr_span){0, 0};
    nsr_span p = {position, nsr_window_end(view->store->reading, view->store->plan, position, limit)};
    int64_t bad = nsr_frame_window_load(view, p, view->window[i].values, view->window[i].bad, err);
    if (bad < 0) return false;
    view->window[i].held = p;
    view->window[i].any_bad = bad > 0;
    return from_window(view, position, end, piece);
}

int64_t nsr_piece_bad(const nsr_piece *piece) {
    int64_t n = 0;
    for (int64_t i = 0; piece->bad && i < piece->n; i++)
        n += piece->bad[i];
    return n;
}

int64_t nsr_frame_window_bad(nsr_frame_window *view, nsr_span p, nsr_err *err) {
    int64_t n = 0;
    for (nsr_piece piece; p.first < p.end; p.first += piece.n) {
        if (!nsr_frame_window_get(view, p.first, p.end, p.end, &piece, err)) return -1;
        n += nsr_piece_bad(&piece);
    }
    return n;
}
