/* SPDX-License-Identifier: MIT */
/* Decides which segments are read together, and in which windows. HDF5 reads whole chunks, and h5py's automatic chunks
   of a long recording are thousands of frames deep and a few bins wide: one frame costs inflating a whole chunk row. */
#include "work_items.h"
#include "base/whole.h"

enum {
    TARGET = 1 << 19,       /* bytes of a window, unless a chunk row needs more */
    BATCH_PIXELS = 8 << 20, /* of all pictures of a batch: a stop is honoured between batches */
    BATCH_FRAMES = 256,
    ROWS_PER_ITEM = 20 /* chunk rows of an item whose ends split one: that one is read twice, 5 % more */
};

static int64_t at_least_1(int64_t n) { return n > 1 ? n : 1; }
static int64_t less(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t field_row_bytes(const nsr_field *field) { return (int64_t)nsr_field_row_bytes(field); }

static void plan_windows(nsr_reading *r, const nsr_field *field, const nsr_plan *plan, int64_t budget) {
    int64_t row = field_row_bytes(field), chunk = nsr_field_chunk_frames(field);
    int64_t depth = at_least_1(less(TARGET / row, plan->segment_frames));
    r->row_fits = !chunk || chunk <= budget / 2 / row;
    if (chunk && r->row_fits)
        r->slot = chunk * at_least_1(TARGET / row / chunk);
    else
        r->slot =
            nsr_times_at_most(at_least_1(less(chunk ? budget / 2 / row : depth, plan->segment_frames)), plan->step);
    r->window = nsr_divide_up(r->slot, plan->step);
    r->chunk = r->row_fits ? chunk : 0;
}

static bool aligned(const nsr_field *field, const nsr_plan *plan, int64_t lead) {
    int64_t chunk = nsr_field_chunk_frames(field), segment = nsr_times_at_most(plan->segment_frames, plan->step);
    return lead == 0 && plan->first % chunk == 0 && (chunk % segment == 0 || segment % chunk == 0);
}

static int64_t item_length(const nsr_reading *r, const nsr_field *field, const nsr_plan *plan, int64_t workers,
                           int64_t lead) {
    int64_t chunk = nsr_field_chunk_frames(field), segment = nsr_times_at_most(plan->segment_frames, plan->step);
    if (!chunk || !r->row_fits) return 1;
    int64_t least = nsr_divide_up(chunk, segment);
    if (aligned(field, plan, lead)) return least;
    int64_t wanted = nsr_divide_up(ROWS_PER_ITEM * chunk, segment), fair = nsr_divide_up(plan->n_segments, workers);
    return at_least_1(less(wanted, fair) > least ? less(wanted, fair) : least);
}

/* Counts the chunk rows (or, where a row does not fit, the windows' share of rows) that one pass reads. */
static void count_rows(nsr_reading *r, const nsr_field *field, const nsr_plan *plan, int64_t lead) {
    int64_t chunk = nsr_field_chunk_frames(field);
    r->rows = r->read_again = 1;
    if (!chunk) return;
    int64_t piece = r->row_fits ? r->segments_per_item * plan->segment_frames : r->window;
    int64_t last_row = nsr_plan_frame(plan, plan->n - 1) / chunk;
    r->rows = last_row - plan->first / chunk + 1;
    r->read_again = 0;
    for (int64_t p = 0; p < plan->n; p += piece) {
        int64_t end = less(p + piece + (r->row_fits ? lead : 0), plan->n);
        r->read_again += nsr_plan_frame(plan, end - 1) / chunk - nsr_plan_frame(plan, p) / chunk + 1;
    }
}

static void plan_for_workers(nsr_reading *r, const nsr_field *field, const nsr_plan *plan,
                             const nsr_reading_needs *needs) {
    int64_t left = needs->memory - needs->shared_bytes, least = needs->memory / 4;
    int64_t each = (left > least ? left : least) / needs->workers, row = field_row_bytes(field);
    r->workers = needs->workers;
    int64_t frames = less(BATCH_PIXELS / at_least_1(needs->pixels), BATCH_FRAMES);
    r->batch = at_least_1(less(frames, 2 * TARGET / at_least_1(row)));
    int64_t levels = r->batch * (2 * needs->cells + 2 * field->n_bins + 8);
    int64_t others = needs->reader_bytes + levels + needs->sink_bytes, budget = each - others;
    plan_windows(r, field, plan, budget > each / 4 ? budget : each / 4);
    r->worker_bytes = 2 * r->window * (row + 1) + others;
    r->all_bytes = needs->shared_bytes + needs->workers * r->worker_bytes;
    r->cache_bytes = needs->memory > r->all_bytes ? needs->memory - r->all_bytes : 0;
    r->segments_per_item = item_length(r, field, plan, needs->all_workers, needs->lead);
    r->n_items = nsr_divide_up(plan->n_segments, r->segments_per_item);
    count_rows(r, field, plan, needs->lead);
}

/* Where the windows of all workers have no room for a row of chunks, each chunk is read for several of them; a few
   workers with larger windows may then be faster. */
void nsr_reading_plan(nsr_reading *r, const nsr_field *field, const nsr_plan *plan, const nsr_reading_needs *needs) {
    plan_for_workers(r, field, plan, needs);
    nsr_reading few = *r;
    for (nsr_reading_needs own = *needs; !few.row_fits && own.workers > 1;) {
        own.workers--;
        own.all_workers = nsr_divide_up(needs->all_workers * own.workers, needs->workers);
        plan_for_workers(&few, field, plan, &own);
    }
    double times = (double)r->read_again / (double)r->rows;
    if (few.row_fits && times * few.workers > r->workers) *r = few;
}

int64_t nsr_window_end(const nsr_reading *r, const nsr_plan *plan, int64_t position, int64_t end) {
    int64_t frame = nsr_plan_frame(plan, position);
    int64_t border = nsr_times_at_most(frame / r->slot + 1, r->slot); /* first frame of the next slot */
    int64_t next = nsr_divide_up(border - plan->first, plan->step);   /* its first position */
    if (next > position + r->window) next = position + r->window;
    return next < end ? next : end;
}

/* The first position from `position` on at which a chunk row begins (or the selection ends). */
static int64_t row_border(const nsr_reading *r, const nsr_plan *plan, int64_t position) {
    if (r->chunk == 0 || position == 0 || position == plan->n) return position;
    int64_t before = nsr_plan_frame(plan, position - 1) / r->chunk;
    int64_t next = nsr_divide_up((before + 1) * r->chunk - plan->first, plan->step);
    return next < plan->n ? next : plan->n;
}

nsr_span nsr_work_item_rows(const nsr_reading *r, const nsr_plan *plan, int64_t item) {
    nsr_span p = nsr_work_item_span(r, plan, item);
    return (nsr_span){row_border(r, plan, p.first), row_border(r, plan, p.end)};
}
