/* SPDX-License-Identifier: MIT */
/* Decides which passes over the values are needed. The range takes one pass. Percentiles take none
   beside it where a pilot sample brackets them: the pass for the range counts what lies below and keeps what lies in
   the brackets. Elsewhere each pass counts one digit of the values' keys, so one to three more passes follow. */
#include "passes.h"
#include <inttypes.h>
#include <nsrender/log.h>

/* Frames of the input that the next passes find neither in the cache nor in the page cache. Collective. */
static int64_t frames_uncached(const nsr_input *input, const nsr_comm *comm) {
    int64_t left = 0;
    for (int64_t i = nsr_rank(comm); !input->cache.resident && i < input->reading.n_items; i += nsr_ranks(comm)) {
        nsr_span p = nsr_work_item_rows(&input->reading, &input->plan, i);
        if (!input->cache.item[i].values) left += p.end - p.first;
    }
    nsr_sum_i64(comm, &left, 1);
    return left;
}

static void log_passes(const nsr_measurement *m, const nsr_key_counts *keys, const nsr_comm *comm) {
    int64_t left = frames_uncached(m->input, comm);
    int more = keys->digits - keys->known;
    if (m->subset.kind != NSR_SUBSET_ALL)
        nsr_detail("percentiles: the sampled frames are read again %d times", more);
    else if (left)
        nsr_note("percentiles: %" PRId64 " of %" PRId64 " frames are not kept in memory (--memory) and are read again "
                 "%d time%s",
                 left, m->input->plan.n, more, more > 1 ? "s" : "");
    else
        nsr_detail("percentiles: %d more passes over the values in memory", more);
}

/* One pass over each of n fields. */
static bool count_fields(nsr_measurement *const *field, int n, nsr_key_counts *keys, const nsr_comm *comm,
                         nsr_err *err) {
    for (int i = 0; i < n; i++)
        if (!nsr_pass_counts(field[i], keys, NULL, comm, err)) return false;
    return true;
}

static int64_t finite_values(nsr_measurement *const *field, int n) {
    int64_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += field[i]->range.n_finite;
    return sum;
}

/* The passes that follow the one for the first digit. */
static bool count_other_digits(nsr_measurement *const *field, int n, nsr_key_counts *keys, const nsr_comm *comm,
                               nsr_err *err) {
    nsr_key_counts_expect(keys, finite_values(field, n));
    while (nsr_key_counts_next(keys, comm, err)) {
        for (int i = 0; i < n && keys->known == 1; i++)
            log_passes(field[i], keys, comm);
        if (!count_fields(field, n, keys, comm, err)) return false;
    }
    return nsr_good(err);
}

static bool count_all_digits(nsr_measurement *const *field, int n, nsr_key_counts *keys, const nsr_comm *comm,
                             nsr_err *err) {
    return count_fields(field, n, keys, comm, err) && count_other_digits(field, n, keys, comm, err);
}

/* After a pass that counted for the brackets: true where these hold all percentiles, which are then found among the
   kept values. */
static bool settle_brackets(const nsr_measurement *m, nsr_bracketed_counts *bracketed, nsr_key_counts *keys,
                            const nsr_comm *comm, nsr_err *err) {
    nsr_key_counts_expect(keys, m->range.n_finite);
    bool inside = m->range.n_finite == 0 || nsr_bracketed_settle(bracketed, keys, m->range.n_neginf, comm);
    if (!inside) nsr_note("percentiles: the pilot sample misjudged where they lie; all values are counted");
    bool more = inside;
    while (more && nsr_bracketed_count(bracketed, keys, comm, err))
        more = nsr_key_counts_next(keys, comm, err);
    return nsr_agree(comm, err) && inside;
}

typedef bool nsr_pass(nsr_measurement *m, nsr_key_counts *keys, nsr_bracketed_counts *bracketed, const nsr_comm *comm,
                      nsr_err *err);

/* `first` is the pass that measures what is missing beside percentiles. */
static bool count_percentiles(nsr_measurement *m, nsr_pass *first, nsr_bracketed_counts *bracketed,
                              nsr_key_counts *keys, const nsr_comm *comm, nsr_err *err) {
    if (!bracketed->n) return first(m, keys, NULL, comm, err) && count_other_digits(&m, 1, keys, comm, err);
    if (!first(m, NULL, bracketed, comm, err)) return false;
    if (settle_brackets(m, bracketed, keys, comm, err)) return true;
    return nsr_good(err) && count_all_digits(&m, 1, keys, comm, err);
}

/* Those of `wanted` that `known` lacks. */
static nsr_percentiles missing_of(const nsr_percentiles *wanted, const nsr_percentiles *known) {
    nsr_percentiles missing = {0};
    for (int i = 0; i < wanted->n; i++)
        if (nsr_percentiles_find(known, wanted->percent[i]) < 0) missing.percent[missing.n++] = wanted->percent[i];
    return missing;
}

/* Adds the percentiles that were counted; they replace the known ones where both together exceed the table. */
static void take_percentiles(nsr_percentiles *known, const nsr_key_counts *keys) {
    nsr_percentiles found;
    nsr_percentiles_take(&found, keys);
    if (known->n + found.n > NSR_MOST_PERCENTILES)
        *known = found;
    else
        nsr_percentiles_add(known, &found);
}

static bool measure_percentiles(nsr_measurement *m, const nsr_percentiles *missing, nsr_pass *first,
                                const nsr_comm *comm, nsr_err *err) {
    nsr_key_counts keys;
    nsr_bracketed_counts bracketed;
    nsr_key_counts_open(&keys, m->input->field->type, missing->percent, missing->n, err);
    if (nsr_pilot_sample(m, missing, &bracketed, comm, err) &&
        count_percentiles(m, first, &bracketed, &keys, comm, err))
        take_percentiles(&m->percentiles, &keys);
    nsr_bracketed_close(&bracketed);
    nsr_key_counts_close(&keys);
    return nsr_good(err);
}

bool nsr_measure(nsr_measurement *m, const nsr_comm *comm, nsr_err *err) {
    bool known = m->range.n_values > 0 && m->range.n_bad == 0;
    if (!known) m->percentiles = (nsr_percentiles){0};
    nsr_percentiles missing = missing_of(&m->wanted, &m->percentiles);
    if (missing.n + m->percentiles.n > NSR_MOST_PERCENTILES) missing = m->wanted;
    if (missing.n) return measure_percentiles(m, &missing, known ? nsr_pass_counts : nsr_pass_range, comm, err);
    return known || nsr_pass_range(m, NULL, NULL, comm, err);
}

/* The plan rounds nothing, so equal values give equal numbers. Percentiles that only one of both has are no evidence.
 */
static bool same_percentiles(const nsr_percentiles *a, const nsr_percentiles *b) {
    for (int i = 0; i < a->n; i++) {
        int k = nsr_percentiles_find(b, a->percent[i]);
        if (k >= 0 && (a->value[i] != b->value[k] || a->below[i] != b->below[k] || a->above[i] != b->above[k]))
            return false;
    }
    return true;
}

static bool same_range(const nsr_range *a, const nsr_range *b) {
    return a->n_values == b->n_values && a->n_finite == b->n_finite && a->n_nan == b->n_nan &&
           a->n_posinf == b->n_posinf && a->n_neginf == b->n_neginf && a->min == b->min && a->max == b->max;
}

/* Frames that cannot be read any more match any. */
static bool may_hold(const nsr_range *before, const nsr_range *now) {
    return now->n_finite == 0 || (now->min >= before->min && now->max <= before->max);
}

bool nsr_measure_again(nsr_measurement *m, bool *same, const nsr_comm *comm, nsr_err *err) {
    const nsr_range before = m->range;
    const nsr_percentiles percentiles = m->percentiles;
    nsr_range_init(&m->range);
    if (!nsr_measure(m, comm, err)) return false;
    const bool fewer = m->range.n_bad > before.n_bad;
    *same = fewer ? may_hold(&before, &m->range)
                  : same_range(&before, &m->range) && same_percentiles(&percentiles, &m->percentiles);
    if (fewer) m->range = before, m->percentiles = percentiles;
    nsr_percentiles_add(&m->percentiles, &percentiles);
    return true;
}

bool nsr_measure_shared(nsr_measurement *shared, nsr_measurement *const *field, int n, const nsr_comm *comm,
                        nsr_err *err) {
    nsr_key_counts keys;
    nsr_type type = NSR_F32;
    nsr_percentiles missing = missing_of(&shared->wanted, &shared->percentiles);
    for (int i = 0; i < n; i++)
        if (field[i]->input->field->type == NSR_F64) type = NSR_F64;
    if (!missing.n) return true;
    nsr_key_counts_open(&keys, type, missing.percent, missing.n, err);
    if (nsr_agree(comm, err) && count_all_digits(field, n, &keys, comm, err))
        take_percentiles(&shared->percentiles, &keys);
    nsr_key_counts_close(&keys);
    return nsr_good(err);
}
