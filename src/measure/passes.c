/* SPDX-License-Identifier: MIT */
/* Which passes over the values are needed for what is not known yet: one for the range, which sifts for percentiles
   where a glance said where they lie. Elsewhere it counts for them, and one or three more passes do. */
#include "color_limits.h"
#include <inttypes.h>
#include <nsrender/log.h>

/* Frames that the next passes do not find in memory. Collective. */
static int64_t frames_left(const nsr_run *run, const nsr_comm *comm) {
    int64_t left = 0;
    for (int64_t b = nsr_rank(comm); !run->store.resident && b < run->reading.n_items; b += nsr_ranks(comm)) {
        nsr_span p = nsr_work_item_rows(&run->reading, &run->plan, b);
        if (!run->store.block[b].values) left += p.end - p.first;
    }
    nsr_sum_i64(comm, &left, 1);
    return left;
}

static void say_passes(const nsr_run *run, const nsr_key_counts *order, const nsr_comm *comm) {
    int64_t left = frames_left(run, comm);
    int more = order->digits - order->known;
    if (run->subset.kind != NSR_SUBSET_ALL)
        nsr_detail("percentiles: the chosen frames are read again %d times", more);
    else if (left)
        nsr_note("percentiles: %" PRId64 " of %" PRId64 " frames are not kept in memory (--memory) and are read again "
                 "%d time%s",
                 left, run->plan.n, more, more > 1 ? "s" : "");
    else
        nsr_detail("percentiles: %d more passes over the values in memory", more);
}

static bool count_all(nsr_run *run, int n, nsr_key_counts *order, const nsr_comm *comm, nsr_err *err) {
    for (int i = 0; i < n; i++)
        if (!nsr_count(&run[i], order, NULL, comm, err)) return false;
    return true;
}

static int64_t finite_values(const nsr_run *run, int n) {
    int64_t sum = 0;
    for (int i = 0; i < n; i++) sum += run[i].range.n_finite;
    return sum;
}

/* `first_done`: the pass for the range has counted. */
static bool count_on(nsr_run *run, int n, nsr_key_counts *order, bool first_done, const nsr_comm *comm, nsr_err *err) {
    if (!first_done && !count_all(run, n, order, comm, err)) return false;
    nsr_key_counts_expect(order, finite_values(run, n));
    while (nsr_key_counts_next(order, comm, err)) {
        for (int i = 0; i < n && order->known == 1; i++)
            say_passes(&run[i], order, comm);
        if (!count_all(run, n, order, comm, err)) return false;
    }
    return nsr_good(err);
}

/* Those of `wanted` that `known` has not. */
static nsr_percentiles missing_of(const nsr_percentiles *wanted, const nsr_percentiles *known) {
    nsr_percentiles missing = {0};
    for (int i = 0; i < wanted->n; i++)
        if (nsr_percentiles_find(known, wanted->percent[i]) < 0) missing.percent[missing.n++] = wanted->percent[i];
    return missing;
}

/* The result replaces what would not find room. */
static void take(nsr_percentiles *known, const nsr_key_counts *order) {
    nsr_percentiles found;
    nsr_percentiles_take(&found, order);
    if (known->n + found.n > NSR_MOST_PERCENTILES)
        *known = found;
    else
        nsr_percentiles_add(known, &found);
}

/* One pass, with a bracketed. *found: all percentiles were in it. */
static bool sift(nsr_run *run, nsr_bracketed_counts *bracketed, nsr_key_counts *order, bool scan, bool *found,
                 const nsr_comm *comm, nsr_err *err) {
    if (!(scan ? nsr_scan : nsr_count)(run, NULL, bracketed, comm, err)) return false;
    nsr_key_counts_expect(order, run->range.n_finite);
    *found = run->range.n_finite == 0 || nsr_bracketed_settle(bracketed, order, run->range.n_neginf, comm);
    if (!*found) nsr_note("percentiles: a glance at some frames misjudged where they lie; all values are counted");
    bool more = *found;
    while (more && nsr_bracketed_count(bracketed, order, comm, err))
        more = nsr_key_counts_next(order, comm, err);
    return nsr_agree(comm, err);
}

static bool find(nsr_run *run, nsr_bracketed_counts *bracketed, nsr_key_counts *order, bool scan, const nsr_comm *comm,
                 nsr_err *err) {
    bool found = false;
    if (bracketed->n && !sift(run, bracketed, order, scan, &found, comm, err)) return false;
    if (found) return true;
    bool first = scan && !bracketed->n;
    return (!first || nsr_scan(run, order, NULL, comm, err)) && count_on(run, 1, order, first, comm, err);
}

/* `scan`: the range is not known either. */
static bool count(nsr_run *run, const nsr_percentiles *missing, bool scan, const nsr_comm *comm, nsr_err *err) {
    nsr_key_counts order;
    nsr_bracketed_counts bracketed;
    nsr_key_counts_open(&order, run->field->type, missing->percent, missing->n, err);
    if (nsr_pilot_sample(run, missing, &bracketed, comm, err) && find(run, &bracketed, &order, scan, comm, err))
        take(&run->percentiles, &order);
    nsr_bracketed_close(&bracketed);
    nsr_key_counts_close(&order);
    return nsr_good(err);
}

bool nsr_color_limits_measure(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    bool known = run->existing && run->range.n_values > 0 && run->range.n_bad == 0; /* bad frames may be repaired now */
    if (!known) run->percentiles = (nsr_percentiles){0};
    nsr_percentiles missing = missing_of(&run->wanted, &run->percentiles);
    if (missing.n + run->percentiles.n > NSR_MOST_PERCENTILES) missing = run->wanted;
    if (missing.n) return count(run, &missing, !known, comm, err);
    return known || nsr_scan(run, NULL, NULL, comm, err);
}

bool nsr_color_limits_measure_shared(nsr_run *top, nsr_run *field, int n, const nsr_comm *comm, nsr_err *err) {
    nsr_key_counts order;
    nsr_type type = NSR_F32;
    nsr_percentiles missing = missing_of(&top->wanted, &top->percentiles);
    for (int i = 0; i < n; i++)
        if (field[i].field->type == NSR_F64) type = NSR_F64;
    if (!missing.n) return true;
    nsr_key_counts_open(&order, type, missing.percent, missing.n, err);
    if (nsr_agree(comm, err) && count_on(field, n, &order, false, comm, err)) take(&top->percentiles, &order);
    nsr_key_counts_close(&order);
    return nsr_good(err);
}
