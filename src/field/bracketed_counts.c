/* SPDX-License-Identifier: MIT */
/* One pass for percentiles of which it is known about where they lie: values are compared with the ends of a few
   brackets, which vectors do at the speed of memory, and only the few between them are kept. Counts are whole numbers
   and what is kept is counted like all values are (order.c), so the result is exact, whatever the brackets. */
#include <math.h>
#include <nsrender/clones.h>
#include <nsrender/field.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 2048, /* values: with their marks they stay in the first-level cache */
    WIDE = 32,    /* lanes */
    ROW = 8,      /* values that are looked at together */
    PIECE = 1 << 20 /* bytes of what is kept */
};
static const int64_t HAND_IN = INT64_C(1) << 30; /* values, well before a count could overflow */

struct nsr_pile {
    nsr_pile *next;
    size_t bytes;
    unsigned char values[];
};

/* --- one worker --- */

void nsr_sifter_open(nsr_sifter *sifter, nsr_sieve *sieve) { *sifter = (nsr_sifter){.sieve = sieve}; }

/* From what all workers may keep: how they share the work depends on the machine, what fits must not. */
static bool add_piece(nsr_sifter *s) {
    const bool fits = atomic_fetch_sub((_Atomic int64_t *)&s->sieve->room, PIECE) >= PIECE;
    nsr_pile *piece = fits ? malloc(sizeof *piece + PIECE) : NULL;
    if (!piece) return false;
    *piece = (nsr_pile){.next = s->kept};
    s->kept = piece;
    return true;
}

/* Once something had to be left out nothing more is kept: it would be of no use. */
static void keep(nsr_sifter *s, const void *values, size_t bytes) {
    const char *from = values;
    while (bytes && !s->spilt) {
        if ((!s->kept || s->kept->bytes == PIECE) && !add_piece(s)) {
            s->spilt = true;
            return;
        }
        size_t left = PIECE - s->kept->bytes, some = bytes < left ? bytes : left;
        memcpy(s->kept->values + s->kept->bytes, from, some);
        s->kept->bytes += some;
        from += some, bytes -= some;
    }
}

#define REAL float
#define COUNTER int32_t
#define KERNEL(name) name##_f32
#include "bracketed_counts_kernel.h"
#undef REAL
#undef COUNTER
#undef KERNEL
#define REAL double
#define COUNTER int64_t
#define KERNEL(name) name##_f64
#include "bracketed_counts_kernel.h"

void nsr_sifter_add(nsr_sifter *sifter, const void *values, size_t n) {
    if (sifter->sieve->type == NSR_F32) sift_f32(sifter, values, n);
    else sift_f64(sifter, values, n);
}

void nsr_sifter_hand_in(nsr_sifter *sifter, nsr_sieve *sieve) {
    for (int b = 0; b < sieve->n; b++) {
        sieve->found[b].below += sifter->found[b].below;
        sieve->found[b].inside += sifter->found[b].inside;
    }
    sieve->spilt |= sifter->spilt;
    nsr_pile **end = &sieve->kept;
    while (*end) end = &(*end)->next;
    *end = sifter->kept;
    nsr_sifter_open(sifter, sieve);
}

/* --- all ranks --- */

static bool sum_counts(nsr_sieve *sieve, int64_t n_neginf, const nsr_comm *comm) {
    int64_t spilt = sieve->spilt;
    _Static_assert(sizeof(nsr_sifted) == 2 * sizeof(int64_t), "nothing but counts");
    nsr_sum_i64(comm, &sieve->found[0].below, sieve->n * 2);
    nsr_sum_i64(comm, &spilt, 1);
    for (int b = 0; b < sieve->n; b++) sieve->found[b].below -= n_neginf;
    return spilt == 0;
}

/* The bracket that holds the value of this rank; -1: none does. */
static int bracket_of(const nsr_sieve *sieve, int64_t rank) {
    for (int b = 0; b < sieve->n; b++) {
        int64_t first = sieve->found[b].below;
        if (rank >= first && rank < first + sieve->found[b].inside) return b;
    }
    return -1;
}

/* Values below a bracket that no other bracket holds. */
static int64_t passed_below(const nsr_sieve *sieve, int bracket) {
    int64_t n = sieve->found[bracket].below;
    for (int b = 0; b < bracket; b++) n -= sieve->found[b].inside;
    return n;
}

bool nsr_sieve_settle(nsr_sieve *sieve, nsr_order *order, int64_t n_neginf, const nsr_comm *comm) {
    bool good = sum_counts(sieve, n_neginf, comm);
    for (int s = 0; s < 2 * order->n && good; s++) {
        int b = bracket_of(sieve, order->rank[s]);
        good = b >= 0;
        if (good) order->before[s] = passed_below(sieve, b);
    }
    for (int s = 0; s < 2 * order->n && !good; s++) order->before[s] = 0;
    return good;
}

/* Those of a bracket of one value were counted and not kept. */
static void add_single(const nsr_sieve *sieve, nsr_order *order) {
    for (int b = 0; b < sieve->n; b++)
        if (sieve->bracket[b].low == sieve->bracket[b].high)
            nsr_order_add(order, sieve->bracket[b].low, sieve->found[b].inside);
}

bool nsr_sieve_count(const nsr_sieve *sieve, nsr_order *order, const nsr_comm *comm, nsr_err *err) {
    nsr_tally tally;
    if (nsr_tally_open(&tally, order, err)) {
        for (const nsr_pile *piece = sieve->kept; piece; piece = piece->next) {
            nsr_tally_add(&tally, sieve->type, piece->values, piece->bytes / nsr_type_size(sieve->type));
            if (tally.added > HAND_IN) nsr_tally_hand_in(&tally, order);
        }
        nsr_tally_hand_in(&tally, order);
        if (nsr_is_root(comm)) add_single(sieve, order);
    }
    nsr_tally_close(&tally);
    return nsr_agree(comm, err);
}

void nsr_sieve_close(nsr_sieve *sieve) {
    while (sieve->kept) {
        nsr_pile *piece = sieve->kept;
        sieve->kept = piece->next;
        free(piece);
    }
}
