/* SPDX-License-Identifier: MIT */
/* How the selection is read. A work item is a run of segments that one worker takes from the queue together, because
   they share chunk rows of the input (all chunks that hold the same frames). All of this may depend on storage, memory,
   threads and ranks, and changes no byte of an output. Every function is local and pure. */
#ifndef NSR_FRAMES_WORK_ITEMS_H
#define NSR_FRAMES_WORK_ITEMS_H

#include <nsrender/plan.h>

/* What memory and storage allow. "Position" is an index into the selection. */
typedef struct nsr_reading {
    int64_t slot;              /* a window begins at a frame that is a multiple of this */
    int64_t window;            /* positions that a window holds at most */
    int64_t chunk;             /* frames of a chunk row; 0: not chunked, or a row exceeds the memory */
    int64_t batch;             /* positions that are offered to the sinks at once */
    int64_t segments_per_item; /* segments of a work item */
    int64_t n_items;           /* work items of the selection */
    int workers;               /* of a rank: fewer than wanted, where more would read chunks again and again */
    int64_t worker_bytes;      /* windows, chunk, batch and sinks of one worker */
    int64_t all_bytes;         /* of all workers, and of the source */
    int64_t cache_bytes;       /* the rest of --memory, for the cache */
    int64_t read_again;        /* chunk rows that one pass reads, repetitions included ... */
    int64_t rows;              /* ... of so many: read_again / rows is the read amplification */
    bool row_fits;             /* one chunk row fits the memory */
} nsr_reading;

/* What the plan of reading follows from, beside field and selection. Bytes and counts of one worker. */
typedef struct nsr_reading_needs {
    int64_t memory;       /* bytes of a rank */
    int workers;          /* of a rank, at most */
    int64_t all_workers;  /* of all ranks */
    int64_t lead;         /* most positions that a sink needs behind a segment */
    int64_t shared_bytes; /* of the source, for all readers of a rank */
    int64_t reader_bytes; /* of a reader */
    int64_t sink_bytes;   /* of the sinks */
    int64_t pixels;       /* of a picture */
    int64_t cells;        /* of the bin map */
} nsr_reading_needs;

/* Fills `reading`. */
void nsr_reading_plan(nsr_reading *reading, const nsr_field *field, const nsr_plan *plan,
                      const nsr_reading_needs *needs);

/* Segments of a work item. */
static inline nsr_span nsr_work_item_segments(const nsr_reading *reading, const nsr_plan *plan, int64_t item) {
    int64_t first = item * reading->segments_per_item, end = first + reading->segments_per_item;
    return (nsr_span){first, end < plan->n_segments ? end : plan->n_segments};
}

/* Positions of a work item's segments. */
static inline nsr_span nsr_work_item_span(const nsr_reading *reading, const nsr_plan *plan, int64_t item) {
    nsr_span segments = nsr_work_item_segments(reading, plan, item);
    return (nsr_span){nsr_plan_segment(plan, segments.first).first, nsr_plan_segment(plan, segments.end - 1).end};
}

/* Positions that the range pass reads and caches for this item: both ends of the item's span, moved forward to borders
   of chunk rows, so that the pass reads every chunk once. May be empty. */
nsr_span nsr_work_item_rows(const nsr_reading *reading, const nsr_plan *plan, int64_t item);
/* End of the window in which `position` lies, at most `end`. */
int64_t nsr_window_end(const nsr_reading *reading, const nsr_plan *plan, int64_t position, int64_t end);

#endif
