/* SPDX-License-Identifier: MIT */
/* A chunk row that cannot be read fails all its frames. Later passes, samples and windows then need not read it again.
   The list is short and forgotten at the end of the run: a later run tries all frames again. */
#include "base/whole.h"
#include "shown.h"

static bool touches(nsr_slab slab, nsr_span rows) {
    int64_t skipped = rows.first > slab.first ? nsr_divide_up(rows.first - slab.first, slab.step) : 0;
    return skipped < slab.n && slab.first + skipped * slab.step < rows.end;
}

bool nsr_damage_known(nsr_source *source, nsr_slab rows, nsr_span *failed, nsr_err *err) {
    bool known = false;
    if (atomic_load(&source->n_damages) == 0) return false;
    pthread_mutex_lock(&source->damage_lock);
    for (int i = 0; i < atomic_load(&source->n_damages) && !known; i++) {
        const nsr_damage *d = &source->damage[i];
        if (!d->confirmed || !touches(rows, d->rows)) continue;
        known = true;
        *failed = d->rows;
        nsr_fail(err, d->failure.code, "%s", d->failure.msg);
    }
    pthread_mutex_unlock(&source->damage_lock);
    return known;
}

void nsr_damage_note(nsr_source *source, nsr_span failed, const nsr_err *failure) {
    if (failed.first >= failed.end) return;
    pthread_mutex_lock(&source->damage_lock);
    int n = atomic_load(&source->n_damages), i = 0;
    while (i < n && source->damage[i].rows.first != failed.first)
        i++;
    if (i < n)
        source->damage[i].confirmed = true;
    else if (n < NSR_DAMAGES) {
        source->damage[n] = (nsr_damage){.rows = failed, .failure = *failure};
        atomic_store(&source->n_damages, n + 1);
    }
    pthread_mutex_unlock(&source->damage_lock);
}
