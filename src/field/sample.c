/* SPDX-License-Identifier: MIT */
/* A random sample of frames: the set that numpy.random.default_rng(seed).choice(of, n, replace=False) draws. NumPy
   seeds PCG64 by SeedSequence, bounds numbers by Lemire's method, and samples by Floyd's algorithm, or, for more than a
   fiftieth of more than 10,000, by the tail of a shuffle. NumPy guarantees these streams (NEP 19). */
#include <nsrender/field.h>
#include <stdlib.h>

__extension__ typedef unsigned __int128 wide;

typedef struct generator {
    wide state, increment;
    bool half; /* `kept` holds the unused half of a 64-bit number */
    uint32_t kept;
} generator;

/* --- SeedSequence --- */

enum { POOL = 4, STATE = 8 };

static uint32_t hash_mix(uint32_t value, uint32_t *constant, uint32_t factor) {
    value ^= *constant;
    *constant *= factor;
    value *= *constant;
    return value ^ value >> 16;
}

static uint32_t mix(uint32_t x, uint32_t y) {
    uint32_t result = UINT32_C(0xca01f9dd) * x - UINT32_C(0x4973f715) * y;
    return result ^ result >> 16;
}

static void seed_words(uint64_t word[STATE / 2], uint64_t seed) {
    uint32_t pool[POOL] = {(uint32_t)seed, (uint32_t)(seed >> 32)}, a = UINT32_C(0x43b0d7e5), b = UINT32_C(0x8b51f9dd);
    for (int i = 0; i < POOL; i++)
        pool[i] = hash_mix(pool[i], &a, UINT32_C(0x931e8875));
    for (int from = 0; from < POOL; from++)
        for (int to = 0; to < POOL; to++)
            if (from != to) pool[to] = mix(pool[to], hash_mix(pool[from], &a, UINT32_C(0x931e8875)));
    for (int i = 0; i < STATE / 2; i++) {
        uint64_t low = hash_mix(pool[2 * i % POOL], &b, UINT32_C(0x58f38ded));
        word[i] = low | (uint64_t)hash_mix(pool[(2 * i + 1) % POOL], &b, UINT32_C(0x58f38ded)) << 32;
    }
}

/* --- PCG64 --- */

static uint64_t next_64(generator *g) {
    const wide factor = (wide)UINT64_C(0x2360ed051fc65da4) << 64 | UINT64_C(0x4385df649fccf645);
    g->state = g->state * factor + g->increment;
    uint64_t folded = (uint64_t)(g->state >> 64) ^ (uint64_t)g->state;
    unsigned turn = (unsigned)(g->state >> 122);
    return folded >> turn | folded << (-turn & 63);
}

static uint32_t next_32(generator *g) {
    if (g->half) return g->half = false, g->kept;
    uint64_t both = next_64(g);
    g->kept = (uint32_t)(both >> 32);
    g->half = true;
    return (uint32_t)both;
}

static void seed_generator(generator *g, uint64_t seed) {
    uint64_t word[STATE / 2];
    seed_words(word, seed);
    *g = (generator){.increment = ((wide)word[2] << 64 | word[3]) << 1 | 1};
    next_64(g);
    g->state += (wide)word[0] << 64 | word[1];
    next_64(g);
}

/* A uniform number in 0..most. */
static uint64_t below_32(generator *g, uint32_t most) {
    uint32_t range = most + 1, least = (UINT32_MAX - most) % range;
    uint64_t product = (uint64_t)next_32(g) * range;
    while ((uint32_t)product < least)
        product = (uint64_t)next_32(g) * range;
    return product >> 32;
}

static uint64_t below_64(generator *g, uint64_t most) {
    uint64_t range = most + 1, least = (UINT64_MAX - most) % range;
    wide product = (wide)next_64(g) * range;
    while ((uint64_t)product < least)
        product = (wide)next_64(g) * range;
    return (uint64_t)(product >> 64);
}

static int64_t draw_number(generator *g, int64_t most) {
    if (most == 0) return 0;
    if (most == UINT32_MAX) return next_32(g);
    return (int64_t)(most < UINT32_MAX ? below_32(g, (uint32_t)most) : below_64(g, (uint64_t)most));
}

/* --- choice --- */

static int by_number(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Floyd's algorithm, with one bit per frame for the frames already drawn. */
static bool floyd(generator *g, int64_t *chosen, int64_t n, int64_t of, nsr_err *err) {
    unsigned char *taken = calloc((size_t)of / 8 + 1, 1);
    if (!taken) return nsr_fail(err, NSR_EINTERNAL, "out of memory for drawing from %lld frames", (long long)of);
    for (int64_t j = of - n; j < of; j++) {
        int64_t k = draw_number(g, j);
        if (taken[k / 8] >> k % 8 & 1) k = j;
        taken[k / 8] |= (unsigned char)(1 << k % 8);
        chosen[j - (of - n)] = k;
    }
    free(taken);
    return true;
}

static bool shuffle_tail(generator *g, int64_t *chosen, int64_t n, int64_t of, nsr_err *err) {
    int64_t *all = malloc((size_t)of * sizeof *all);
    if (!all) return nsr_fail(err, NSR_EINTERNAL, "out of memory for drawing from %lld frames", (long long)of);
    for (int64_t i = 0; i < of; i++)
        all[i] = i;
    for (int64_t i = of - 1; i >= of - n && i > 0; i--) {
        int64_t j = draw_number(g, i), swapped = all[j];
        all[j] = all[i];
        all[i] = swapped;
    }
    for (int64_t i = 0; i < n; i++)
        chosen[i] = all[of - n + i];
    free(all);
    return true;
}

bool nsr_sample_choose(int64_t *chosen, int64_t n, int64_t of, uint64_t seed, nsr_err *err) {
    generator g;
    seed_generator(&g, seed);
    bool tail = of > 10000 && n > of / 50;
    if (!(tail ? shuffle_tail : floyd)(&g, chosen, n, of, err)) return false;
    qsort(chosen, (size_t)n, sizeof *chosen, by_number);
    return true;
}
