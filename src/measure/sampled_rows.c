/* SPDX-License-Identifier: MIT */
/* Rows spread evenly over the selection: hashes of their bytes, their peaks, and whether they are distributions. */
#include "sampled_rows.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double SUM_TOLERANCE = 1e-3;   /* of float32 posteriors of some 100,000 bins, with room */
static const int64_t MOST_INFLATED = 256 << 20; /* bytes of chunks that info inflates at most */

void nsr_rows_init(nsr_rows *rows) {
    *rows = (nsr_rows){0};
    for (int i = 0; i < NSR_IDENTITY_ROWS; i++)
        rows->peak[i] = rows->amiss[i] = -INFINITY;
}

static int64_t n_rows(const nsr_plan *plan) { return plan->n < NSR_IDENTITY_ROWS ? plan->n : NSR_IDENTITY_ROWS; }

/* Position of the i-th row: spread evenly, first and last included. */
static int64_t row_position(const nsr_plan *plan, int64_t i) {
    int64_t last = n_rows(plan) - 1;
    return last ? i * (plan->n - 1) / last : 0;
}

static double value_at(const nsr_field *field, const void *row, int64_t i) {
    return field->type == NSR_F32 ? (double)((const float *)row)[i] : ((const double *)row)[i];
}

/* A row without finite values is no evidence for or against a distribution. */
static void judge_row(nsr_rows *rows, int64_t i, const nsr_field *field, const void *row) {
    double sum = 0, peak = -INFINITY, least = 0;
    for (int64_t k = 0; k < field->n_bins; k++) {
        double v = value_at(field, row, k);
        if (!isfinite(v)) continue;
        sum += v;
        if (v > peak) peak = v;
        if (v < least) least = v;
    }
    rows->peak[i] = peak;
    if (peak > -INFINITY) rows->amiss[i] = least < 0 ? INFINITY : fabs(sum - 1);
}

static void take_row(nsr_rows *rows, int64_t i, const nsr_field *field, const void *row) {
    char text[NSR_HASH_CHARS];
    nsr_hash_of(row, nsr_field_row_bytes(field), text);
    memcpy(rows->hash[i], text, sizeof rows->hash[i]); /* half of the digits are enough to tell inputs apart */
    judge_row(rows, i, field, row);
}

void nsr_rows_look(nsr_rows *rows, const nsr_measurement *m, nsr_span p, const nsr_piece *piece) {
    for (int64_t i = 0; i < n_rows(&m->input->plan); i++) {
        int64_t at = row_position(&m->input->plan, i) - p.first;
        bool here = at >= 0 && at < p.end - p.first && !(piece->bad && piece->bad[at]);
        if (here) take_row(rows, i, m->input->field, piece->values + (size_t)at * nsr_field_row_bytes(m->input->field));
    }
}

static bool adds_up(double worst, const nsr_field *field) {
    return worst > -INFINITY && worst <= SUM_TOLERANCE && field->n_bins > 1;
}

/* Each row was taken by exactly one rank, so sums and maxima of all ranks are those of the rows. */
void nsr_rows_finish(nsr_rows *rows, nsr_measurement *m, const nsr_comm *comm) {
    nsr_identity *identity = &m->identity;
    char text[256];
    nsr_or_bytes(comm, rows->hash[0], sizeof rows->hash);
    nsr_max_f64(comm, rows->peak, NSR_IDENTITY_ROWS);
    nsr_max_f64(comm, rows->amiss, NSR_IDENTITY_ROWS);
    int n =
        snprintf(text, sizeof text, "%s %lld %lld %lld %s", m->input->field->dtype[0] ? m->input->field->dtype + 1 : "",
                 (long long)m->input->field->n_frames, (long long)m->input->field->n_bins, (long long)m->input->plan.n,
                 m->input->timeline.known ? m->input->timeline.hash : "no times");
    nsr_hash_of(text, (size_t)n, identity->shape);
    identity->n = (int)n_rows(&m->input->plan);
    double worst = -INFINITY;
    for (int i = 0; i < identity->n; i++) {
        memcpy(identity->row[i], rows->hash[i], sizeof rows->hash[i]);
        if (rows->amiss[i] > worst) worst = rows->amiss[i];
    }
    memcpy(m->peak, rows->peak, sizeof m->peak);
    m->distribution = adds_up(worst, m->input->field);
}

/* Neighbouring rows often lie in the same chunk row, which is inflated once then. */
static void identify_rows(nsr_rows *rows, const nsr_measurement *m, nsr_frame_window *window, nsr_span which,
                          nsr_err *err) {
    for (int64_t i = which.first; i < which.end; i++) {
        nsr_piece piece;
        int64_t at = row_position(&m->input->plan, i);
        if (!nsr_frame_window_get(window, at, at + 1, m->input->reading.chunk ? m->input->plan.n : at + 1, &piece, err))
            return;
        if (!(piece.bad && piece.bad[0])) take_row(rows, i, m->input->field, piece.values);
    }
}

bool nsr_identify(nsr_measurement *m, const nsr_comm *comm, nsr_err *err) {
    nsr_rows rows;
    nsr_frame_window window;
    int64_t n = n_rows(&m->input->plan), rank = nsr_rank(comm), ranks = nsr_ranks(comm);
    nsr_rows_init(&rows);
    if (nsr_frame_window_open(&window, &m->input->cache, err))
        identify_rows(&rows, m, &window, (nsr_span){n * rank / ranks, n * (rank + 1) / ranks}, err);
    nsr_frame_window_close(&window);
    if (!nsr_agree(comm, err)) return false;
    nsr_rows_finish(&rows, m, comm);
    return true;
}

static double worst_of(nsr_rows *rows, nsr_reader *reader, const nsr_field *field, void *row) {
    nsr_err err = {0};
    int64_t chunk = nsr_field_chunk_frames(field), size = (int64_t)nsr_field_row_bytes(field);
    int64_t most = MOST_INFLATED / size / (chunk ? chunk : 1),
            n = most < NSR_IDENTITY_ROWS ? most + !most : NSR_IDENTITY_ROWS;
    double worst = -INFINITY;
    for (int64_t i = 0; i < n; i++) {
        int64_t at = n > 1 ? i * (field->n_frames - 1) / (n - 1) : field->n_frames / 2;
        if (!nsr_read(reader, at, 1, 1, row, &err)) return INFINITY;
        judge_row(rows, i, field, row);
        if (rows->amiss[i] > worst) worst = rows->amiss[i];
    }
    return worst;
}

bool nsr_rows_distribution(nsr_source *source) {
    nsr_err err = {0};
    nsr_rows rows;
    const nsr_field *field = nsr_source_field(source);
    void *row = malloc(nsr_field_row_bytes(field));
    nsr_reader *reader = nsr_reader_open(source, &err);
    nsr_rows_init(&rows);
    bool yes = row && reader && adds_up(worst_of(&rows, reader, field, row), field);
    nsr_reader_close(reader);
    free(row);
    return yes;
}
