/* SPDX-License-Identifier: MIT */
/* A glance at some values of some rows, which tells about where percentiles lie. Rows are shared by all ranks. Chunks
   would have to be inflated for it, which costs more than it saves. */
#include "stages/run.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 1024, VALUES = 128, LEAST_FRAMES = 20 * MOST_ROWS };
static const int64_t LEAST_VALUES = 1 << 24;
static const double MOST_KEPT = 0.25, /* of all values: beyond, counting all of them is faster */
    MOST_ROOM = 0.5;                  /* of what ranks may keep: one may come to do more than its share */

static bool pays(const nsr_run *run) {
    const char *reason;
    return run->subset.kind == NSR_SUBSET_ALL && !nsr_field_chunk_frames(run->field) && run->plan.n >= LEAST_FRAMES &&
           run->plan.n >= LEAST_VALUES / run->field->n_bins && !strcmp(nsr_source_io(run->source, &reason), "direct");
}

/* Each row begins at another bin, or bins of one column would come up again and again. */
static void pick_values(double *to, const nsr_field *field, const void *row, int n, int64_t turn) {
    for (int64_t i = 0; i < n; i++) {
        int64_t bin = (i * field->n_bins / n + 7 * turn) % field->n_bins;
        to[i] = field->type == NSR_F32 ? (double)((const float *)row)[bin] : ((const double *)row)[bin];
    }
}

/* This rank's share of the rows; those that cannot be read have no values. */
static bool pick_rows(nsr_run *run, double *sample, int n, const nsr_comm *comm, nsr_err *err) {
    nsr_frame_window view;
    bool good = nsr_frame_window_open(&view, &run->store, err);
    for (int64_t r = nsr_rank(comm); good && r < MOST_ROWS; r += nsr_ranks(comm)) {
        nsr_piece piece;
        int64_t at = r * (run->plan.n - 1) / (MOST_ROWS - 1);
        good = nsr_frame_window_get(&view, at, at + 1, at + 1, &piece, err);
        if (good) pick_values(sample + r * n, run->field, piece.values, n, r);
    }
    nsr_frame_window_close(&view);
    return good;
}

/* What is kept takes from the memory of the cache: all of it where the values are not needed again. */
static int64_t set_aside(nsr_run *run) {
    enum { SHARE = 8 };
    const bool again = run->config.command != NSR_CMD_RANGE || run->config.show.histogram;
    const int64_t room = run->reading.cache_bytes / (again ? SHARE : 1);
    run->reading.cache_bytes -= room;
    return room;
}

bool nsr_pilot_sample(nsr_run *run, const nsr_percentiles *sought, nsr_bracketed_counts *bracketed,
                      const nsr_comm *comm, nsr_err *err) {
    const int n = run->field->n_bins < VALUES ? (int)run->field->n_bins : VALUES;
    const double bytes = (double)run->plan.n * (double)nsr_field_row_bytes(run->field);
    *bracketed = (nsr_bracketed_counts){.type = run->field->type};
    if (!nsr_agree(comm, err)) return false;
    if (!pays(run)) return true;
    double *sample = calloc((size_t)MOST_ROWS * (size_t)n, sizeof *sample);
    if (!sample) nsr_fail(err, NSR_EINTERNAL, "out of memory for a sample of the values");
    else pick_rows(run, sample, n, comm, err);
    if (nsr_agree(comm, err)) {
        const int64_t room = set_aside(run);
        bracketed->room = room;
        nsr_or_bytes(comm, (unsigned char *)sample, (int)(MOST_ROWS * (size_t)n * sizeof *sample));
        nsr_bracketed_make(bracketed, sample, MOST_ROWS, n, sought->percent, sought->n,
                           fmin(MOST_KEPT, MOST_ROOM * (double)room * nsr_ranks(comm) / bytes));
        if (!bracketed->n) run->reading.cache_bytes += room;
    }
    free(sample);
    return nsr_good(err);
}
