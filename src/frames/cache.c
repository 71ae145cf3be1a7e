/* SPDX-License-Identifier: MIT */
/* Memory of cached work items. It is allocated in large pieces and freed as a whole at the end. */
#include "cache.h"
#include <stdlib.h>
#include <sys/mman.h>

static size_t cached_row_bytes(const nsr_cache *cache) { return nsr_field_row_bytes(nsr_source_field(cache->source)); }

bool nsr_cache_open(nsr_cache *cache, nsr_source *source, const nsr_plan *plan, const nsr_reading *reading,
                    nsr_err *err) {
    *cache = (nsr_cache){.source = source, .plan = plan, .reading = reading};
    cache->resident = nsr_source_resident(source, plan->first, plan->step, plan->n);
    pthread_mutex_init(&cache->mutex, NULL);
    cache->item = calloc((size_t)reading->n_items, sizeof *cache->item);
    return cache->item ? true
                       : nsr_fail(err, NSR_EINTERNAL, "out of memory for %lld work items", (long long)reading->n_items);
}

void nsr_cache_close(nsr_cache *cache) {
    if (!cache->plan) return;
    for (size_t i = 0; i < cache->n_rooms; i++)
        free(cache->room[i]);
    free(cache->room);
    free(cache->item);
    pthread_mutex_destroy(&cache->mutex);
    cache->plan = NULL;
}

/* Memory in large pages where the system has them: every page is touched for the first time here, and with small pages
   these page faults would cost as much as reading. */
static unsigned char *take_room(nsr_cache *cache, size_t bytes) {
    enum { LARGE_PAGE = 1 << 21, PIECE = 32 * LARGE_PAGE, LINE = 64 };
    bytes = (bytes + LINE - 1) / LINE * LINE;
    if (cache->room_left < bytes) {
        size_t piece = bytes > PIECE ? (bytes + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE : PIECE;
        unsigned char *room = aligned_alloc(LARGE_PAGE, piece);
        void **more = room ? realloc(cache->room, (cache->n_rooms + 1) * sizeof *more) : NULL;
        if (!more) return free(room), NULL;
        madvise(room, piece, MADV_HUGEPAGE); /* only advice: a failure costs speed, nothing else */
        cache->room = more;
        cache->room[cache->n_rooms++] = room;
        cache->room_next = room, cache->room_left = piece;
    }
    cache->room_next += bytes, cache->room_left -= bytes;
    return cache->room_next - bytes;
}

static unsigned char *room_for(nsr_cache *cache, size_t bytes) {
    pthread_mutex_lock(&cache->mutex);
    unsigned char *room = take_room(cache, bytes);
    pthread_mutex_unlock(&cache->mutex);
    return room;
}

unsigned char *nsr_cache_reserve(nsr_cache *cache, int64_t item) {
    nsr_span p = nsr_work_item_rows(cache->reading, cache->plan, item);
    size_t n = (size_t)(p.end - p.first), bytes = n * (cached_row_bytes(cache) + 1);
    if (cache->resident) return NULL;
    if (atomic_fetch_add(&cache->bytes, (long long)bytes) + (long long)bytes > cache->reading->cache_bytes ||
        !(cache->item[item].values = room_for(cache, bytes))) {
        atomic_fetch_sub(&cache->bytes, (long long)bytes);
        return NULL;
    }
    cache->item[item].bad = cache->item[item].values + n * cached_row_bytes(cache);
    return cache->item[item].values;
}

void nsr_cache_remember(nsr_cache *cache, const nsr_err *err) {
    pthread_mutex_lock(&cache->mutex);
    if (nsr_good(&cache->first_bad)) cache->first_bad = *err;
    pthread_mutex_unlock(&cache->mutex);
}
