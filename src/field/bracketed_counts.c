/* SPDX-License-Identifier: MIT */
/* Percentiles in one pass, when brackets show roughly where they lie: values are compared with the ends of the
   brackets, by vector instructions at the speed of memory, and only values inside are kept. Counts are whole numbers,
   and kept values are counted like all values (key_counts.c), so the result is exact for any brackets. */
#include <math.h>
#include <nsrender/clones.h>
#include <nsrender/field.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 2048,   /* values that fit the first-level cache with their marks */
    WIDE = 32,      /* lanes */
    ROW = 8,        /* values tested for marks at once */
    PIECE = 1 << 20 /* bytes of kept values that are allocated at once */
};
static const int64_t HAND_IN = INT64_C(1)
                               << 30; /* values between two calls of nsr_tally_hand_in, far from an overflow */

struct nsr_pile {
    nsr_pile *next;
    size_t bytes;
    unsigned char values[];
};

/* --- one worker --- */

void nsr_sifter_open(nsr_sifter *sifter, nsr_bracketed_counts *bracketed) {
    *sifter = (nsr_sifter){.bracketed = bracketed};
}

/* Takes memory from the room that all workers share, so that the result does not depend on how they share the work. */
static bool add_piece(nsr_sifter *s) {
    const bool fits = atomic_fetch_sub((_Atomic int64_t *)&s->bracketed->room, PIECE) >= PIECE;
    nsr_pile *piece = fits ? malloc(sizeof *piece + PIECE) : NULL;
    if (!piece) return false;
    *piece = (nsr_pile){.next = s->kept};
    s->kept = piece;
    return true;
}

/* Keeps values. After one had to be left out no more are kept, because the kept values will not be used. */
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

/* The bracket that contains the value at this sorted position; -1: none. */
static int bracket_of(const nsr_bracketed_counts *bracketed, int64_t rank) {
    for (int b = 0; b < bracketed->n; b++) {
        int64_t first = bracketed->found[b].below;
        if (rank >= first && rank < first + bracketed->found[b].inside) return b;
    }
    return -1;
}

/* The number of values below a bracket that are in no other bracket. */
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

/* Adds the values of brackets of one value, which were counted and not kept. */
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
