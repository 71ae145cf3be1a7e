/* SPDX-License-Identifier: MIT */
/* How the pick is read: blocks of segments that cover whole rows of chunks, windows of frames that a worker holds, and
   the cache that the range pass leaves for rendering. Everything here may depend on storage, memory, threads and ranks,
   and changes no byte of the output. */
#ifndef NSR_FRAMES_FRAMES_H
#define NSR_FRAMES_FRAMES_H

#include <nsrender/sink.h>
#include <pthread.h>
#include <stdatomic.h>

/* What memory and storage allow. */
typedef struct nsr_reading {
    int64_t slot;   /* a window starts at a frame that is a multiple of this */
    int64_t window; /* positions that a window holds at the most */
    int64_t chunk;  /* frames of a chunk row; 0: not chunked, or a row does not fit */
    int64_t batch;  /* positions that are offered to sinks at once */
    int64_t segments_per_item, n_items;
    int64_t worker_bytes; /* windows, chunk, views and sinks of one worker */
    int64_t cache_bytes;  /* what is left of --memory for the cache */
    int64_t read_again;   /* input chunk rows read per pass ... */
    int64_t rows;         /* ... of so many: read_again / rows is the amplification */
    bool row_fits;        /* a row of chunks fits the memory */
} nsr_reading;

/* Local and pure. `lead` is the largest number of positions that a sink wants behind a segment, sink_bytes what the
   sinks of one worker need, `pixels` the pixels of a picture and `cells` those of a map. */
void nsr_reading_plan(nsr_reading *reading, const nsr_field *field, const nsr_plan *plan, int64_t memory, int workers,
                      int64_t all_workers, int64_t lead, int64_t reader_bytes, int64_t sink_bytes, int64_t pixels,
                      int64_t cells);
static inline nsr_span nsr_work_item_segments(const nsr_reading *reading, const nsr_plan *plan, int64_t block) {
    int64_t first = block * reading->segments_per_item, end = first + reading->segments_per_item;
    return (nsr_span){first, end < plan->n_segments ? end : plan->n_segments};
}

/* Positions of a block's segments. */
static inline nsr_span nsr_work_item_span(const nsr_reading *reading, const nsr_plan *plan, int64_t block) {
    nsr_span segments = nsr_work_item_segments(reading, plan, block);
    return (nsr_span){nsr_plan_segment(plan, segments.first).first, nsr_plan_segment(plan, segments.end - 1).end};
}
/* What the range pass reads, and keeps, as this block: its ends moved on to borders of chunk rows, so that the pass
   reads every chunk once. May be empty. */
nsr_span nsr_work_item_rows(const nsr_reading *reading, const nsr_plan *plan, int64_t block);

/* What is shared by the workers of a rank. */
typedef struct nsr_store {
    nsr_source *source;
    const nsr_plan *plan;
    const nsr_reading *reading;
    struct {
        unsigned char *values, *bad;
    } * block; /* cached blocks; NULL where not */
    atomic_llong cached;
    pthread_mutex_t mutex; /* of what follows */
    void **room;           /* the memory of cached blocks */
    size_t n_rooms, room_left;
    unsigned char *room_next;
    nsr_err first_bad;     /* message of the first frame error */
    bool resident;         /* the system keeps the values: blocks are not kept a second time */
} nsr_store;
bool nsr_store_open(nsr_store *store, nsr_source *source, const nsr_plan *plan, const nsr_reading *reading,
                    nsr_err *err);
void nsr_store_close(nsr_store *store);
/* Room for the rows of a block in the cache, or NULL when the memory is used up. */
unsigned char *nsr_store_reserve(nsr_store *store, int64_t block);

/* A run of frames in memory. */
typedef struct nsr_piece {
    const unsigned char *values;
    const unsigned char *bad; /* one byte a frame: could not be read and is filled with NaN; NULL: all were read */
    int64_t n;
} nsr_piece;
int64_t nsr_piece_bad(const nsr_piece *piece); /* how many could not be read */

/* One worker's view of the frames: a reader and the two windows used last. */
typedef struct nsr_frame_window {
    nsr_store *store;
    nsr_reader *reader;
    struct {
        unsigned char *values, *bad;
        nsr_span held;
        bool any_bad;
    } window[2];
    int latest;
} nsr_frame_window;
bool nsr_frame_window_open(nsr_frame_window *view, nsr_store *store, nsr_err *err);
void nsr_frame_window_close(nsr_frame_window *view);
/* The frames from `position` on: at least one, at most up to `end`, not beyond the window. Where they must be read,
   frames up to `limit` (>= end) are read with them. Frames that cannot be read are marked; false only for a run error.
 */
bool nsr_frame_window_get(nsr_frame_window *view, int64_t position, int64_t end, int64_t limit, nsr_piece *piece,
                          nsr_err *err);
/* Reads positions into memory of the caller; fills and marks the frames that cannot be read (returns their number, -1
   for a run error). */
int64_t nsr_frame_window_load(nsr_frame_window *view, nsr_span positions, unsigned char *values, unsigned char *bad,
                              nsr_err *err);
/* Of these positions, how many cannot be read; -1 for a run error. */
int64_t nsr_frame_window_bad(nsr_frame_window *view, nsr_span positions, nsr_err *err);
/* End of the window in which `position` lies, not beyond `end`. */
int64_t nsr_window_end(const nsr_reading *reading, const nsr_plan *plan, int64_t position, int64_t end);

#endif
