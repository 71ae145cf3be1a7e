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

void nsr_sifter_open(nsr_sifter *sifter, nsr_bracketed_counts *bracketed) {
    *sifter = (nsr_sifter){.bracketed = bracketed};
}

/* From what all workers may keep: how they share the work depends on the machine, what fits must not. */
static bool add_piece(nsr_sifter *s) {
    const bool fits = atomic_fetch_sub((_Atomic int64_t *)&s->bracketed->room, PIECE) >= PIECE;
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
    if (sifter->bracketed->type == NSR_F32)
        sift_f32(sifter, values, n);
    else sift_f64(sifter, values, n);
}

void nsr_sifter_hand_in(nsr_sifter *sifter, nsr_bracketed_counts *bracketed) {
    for (int b = 0; b < bracketed->n; b++) {
        bracketed->found[b].below += sifter->found[b].below;
        bracketed->found[b].inside += sifter->found[b].inside;
    }
    bracketed->spilt |= sifter->spilt;
    nsr_pile **end = &bracketed->kept;
    while (*end) end = &(*end)->next;
    *end = sifter->kept;
    nsr_sifter_open(sifter, bracketed);
}

/* --- all ranks --- */

static bool sum_counts(nsr_bracketed_counts *bracketed, int64_t n_neginf, const nsr_comm *comm) {
    int64_t spilt = bracketed->spilt;
    _Static_assert(sizeof(nsr_sifted) == 2 * sizeof(int64_t), "nothing but counts");
    nsr_sum_i64(comm, &bracketed->found[0].below, bracketed->n * 2);
    nsr_sum_i64(comm, &spilt, 1);
    for (int b = 0; b < bracketed->n; b++)
        bracketed->found[b].below -= n_neginf;
    return spilt == 0;
}

/* The bracket that holds the value of this rank; -1: none does. */
static int bracket_of(const nsr_bracketed_counts *bracketed, int64_t rank) {
    for (int b = 0; b < bracketed->n; b++) {
        int64_t first = bracketed->found[b].below;
        if (rank >= first && rank < first + bracketed->found[b].inside) return b;
    }
    return -1;
}

/* Values below a bracket that no other bracket holds. */
static int64_t passed_below(const nsr_bracketed_counts *bracketed, int bracket) {
    int64_t n = bracketed->found[bracket].below;
    for (int b = 0; b < bracket; b++)
        n -= bracketed->found[b].inside;
    return n;
}

bool nsr_bracketed_settle(nsr_bracketed_counts *bracketed, nsr_key_counts *keys, int64_t n_neginf,
                          const nsr_comm *comm) {
    bool good = sum_counts(bracketed, n_neginf, comm);
    for (int s = 0; s < 2 * keys->n && good; s++) {
        int b = bracket_of(bracketed, keys->rank[s]);
        good = b >= 0;
        if (good) keys->before[s] = passed_below(bracketed, b);
    }
    for (int s = 0; s < 2 * keys->n && !good; s++)
        keys->before[s] = 0;
    return good;
}

/* Those of a bracket of one value were counted and not kept. */
static void add_single(const nsr_bracketed_counts *bracketed, nsr_key_counts *keys) {
    for (int b = 0; b < bracketed->n; b++)
        if (bracketed->bracket[b].low == bracketed->bracket[b].high)
            nsr_key_counts_add(keys, bracketed->bracket[b].low, bracketed->found[b].inside);
}

bool nsr_bracketed_count(const nsr_bracketed_counts *bracketed, nsr_key_counts *keys, const nsr_comm *comm,
                         nsr_err *err) {
    nsr_tally tally;
    if (nsr_tally_open(&tally, keys, err)) {
        for (const nsr_pile *piece = bracketed->kept; piece; piece = piece->next) {
            nsr_tally_add(&tally, bracketed->type, piece->values, piece->bytes / nsr_type_size(bracketed->type));
            if (tally.added > HAND_IN) nsr_tally_hand_in(&tally, keys);
        }
        nsr_tally_hand_in(&tally, keys);
        if (nsr_is_root(comm)) add_single(bracketed, keys);
    }
    nsr_tally_close(&tally);
    return nsr_agree(comm, err);
}

void nsr_bracketed_close(nsr_bracketed_counts *bracketed) {
    while (bracketed->kept) {
        nsr_pile *piece = bracketed->kept;
        bracketed->kept = piece->next;
        free(piece);
    }
}
