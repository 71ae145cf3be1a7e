/* SPDX-License-Identifier: MIT */
/* The pilot sample: some values of some rows, which bracket the percentiles. All ranks share the rows. Chunked fields
   get none, because inflating chunks for it costs more time than it saves. */
#include "passes.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 1024, VALUES = 128, LEAST_FRAMES = 20 * MOST_ROWS };
static const int64_t LEAST_VALUES = 1 << 24;
static const double MOST_KEPT = 0.25, /* of all values: beyond, counting all of them is faster */
    MOST_ROOM = 0.5;                  /* of the memory of all ranks, because one rank may process more than its share */

static bool sample_pays(const nsr_measurement *m) {
    const char *reason;
    return m->subset.kind == NSR_SUBSET_ALL && !nsr_field_chunk_frames(m->input->field) &&
           m->input->plan.n >= LEAST_FRAMES && m->input->plan.n >= LEAST_VALUES / m->input->field->n_bins &&
           !strcmp(nsr_source_io(m->input->source, &reason), "direct");
}

/* Each row starts at another bin; otherwise all rows would show the same columns. */
static void copy_values(double *to, const nsr_field *field, const void *row, int n, int64_t turn) {
    for (int64_t i = 0; i < n; i++) {
        int64_t bin = (i * field->n_bins / n + 7 * turn) % field->n_bins;
        to[i] = field->type == NSR_F32 ? (double)((const float *)row)[bin] : ((const double *)row)[bin];
    }
}

/* This rank's share of the rows; those that cannot be read have no values. */
static bool sample_rows(nsr_measurement *m, double *sample, int n, const nsr_comm *comm, nsr_err *err) {
    nsr_frame_window window;
    bool good = nsr_frame_window_open(&window, &m->input->cache, err);
    for (int64_t r = nsr_rank(comm); good && r < MOST_ROWS; r += nsr_ranks(comm)) {
        nsr_piece piece;
        int64_t at = r * (m->input->plan.n - 1) / (MOST_ROWS - 1);
        good = nsr_frame_window_get(&window, at, at + 1, at + 1, &piece, err);
        if (good) copy_values(sample + r * n, m->input->field, piece.values, n, r);
    }
    nsr_frame_window_close(&window);
    return good;
}

/* Kept values use the memory of the cache: all of it where the values are not read again. */
static int64_t reserve_memory(nsr_measurement *m) {
    enum { SHARE = 8 };
    const int64_t room = m->input->reading.cache_bytes / (m->used_again ? SHARE : 1);
    m->input->reading.cache_bytes -= room;
    return room;
}

bool nsr_pilot_sample(nsr_measurement *m, const nsr_percentiles *sought, nsr_bracketed_counts *bracketed,
                      const nsr_comm *comm, nsr_err *err) {
    const int n = m->input->field->n_bins < VALUES ? (int)m->input->field->n_bins : VALUES;
    const double bytes = (double)m->input->plan.n * (double)nsr_field_row_bytes(m->input->field);
    *bracketed = (nsr_bracketed_counts){.type = m->input->field->type};
    if (!nsr_agree(comm, err)) return false;
    if (!sample_pays(m)) return true;
    double *sample = calloc((size_t)MOST_ROWS * (size_t)n, sizeof *sample);
    if (!sample)
        nsr_fail(err, NSR_EINTERNAL, "out of memory for a sample of the values");
    else
        sample_rows(m, sample, n, comm, err);
    if (nsr_agree(comm, err)) {
        const int64_t room = reserve_memory(m);
        bracketed->room = room;
        nsr_or_bytes(comm, (unsigned char *)sample, (int)(MOST_ROWS * (size_t)n * sizeof *sample));
        nsr_bracketed_make(bracketed, sample, MOST_ROWS, n, sought->percent, sought->n,
                           fmin(MOST_KEPT, MOST_ROOM * (double)room * nsr_ranks(comm) / bytes));
        if (!bracketed->n) m->input->reading.cache_bytes += room;
    }
    free(sample);
    return nsr_good(err);
}
