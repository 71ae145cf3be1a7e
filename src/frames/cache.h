/* SPDX-License-Identifier: MIT */
/* The cache that the range pass leaves for later passes and for rendering, shared by the workers of a rank. */
#ifndef NSR_FRAMES_CACHE_H
#define NSR_FRAMES_CACHE_H

#include "work_items.h"
#include <pthread.h>
#include <stdatomic.h>

typedef struct nsr_cache {
    nsr_source *source;
    const nsr_plan *plan;
    const nsr_reading *reading;
    struct {
        unsigned char *values; /* rows of nsr_work_item_rows; NULL: not cached */
        unsigned char *bad;    /* a byte per frame: it could not be read */
    } * item;
    atomic_llong bytes;    /* in use */
    pthread_mutex_t mutex; /* guards the members below */
    void **room;           /* memory of the cached items */
    size_t n_rooms, room_left;
    unsigned char *room_next;
    nsr_err first_bad; /* message of the first frame that could not be read */
    bool resident;     /* the system's page cache holds the values: nothing is cached a second time */
} nsr_cache;

/* Prepares an empty cache over what the caller keeps: source, plan and reading must outlive it. Local. */
bool nsr_cache_open(nsr_cache *cache, nsr_source *source, const nsr_plan *plan, const nsr_reading *reading,
                    nsr_err *err);
/* Frees all cached items. Allowed on a zeroed cache and more than once. Local. */
void nsr_cache_close(nsr_cache *cache);
/* Memory for the rows of a work item (values, then a byte per frame in item[].bad), owned by the cache; NULL when
   --memory is used up or the page cache holds the values. Local, any thread. */
unsigned char *nsr_cache_reserve(nsr_cache *cache, int64_t item);
/* Keeps the first message of a frame that could not be read. Local, any thread. */
void nsr_cache_remember(nsr_cache *cache, const nsr_err *err);

#endif
