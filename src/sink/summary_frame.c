/* SPDX-License-Identifier: MIT */
/* The numbers of one frame. Values are processed BLOCK at a time, so that they stay in the first-level cache, and in
   LANES independent sums, so that any compiler vectorises the loops and sums are in the same order on every machine.
   The entropy needs a logarithm per bin, for which the C library would take 10 to 20 ns; the one here has no branch and
   no table. */
#include "summary_frame.h"
#include <math.h>
#include <nsrender/clones.h>
#include <string.h>

enum { BLOCK = 256, LANES = 32 };

/* In this order a NaN in `a` keeps `b`. */
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* Adding v - v turns infinities into NaN and -0 into 0, and changes nothing else. The last block is filled with NaN up
   to whole rows of lanes. Returns its length. */
NSR_CLONES static int widen(double x[BLOCK], nsr_type type, const void *values, size_t from, size_t n) {
    const size_t count = n - from < BLOCK ? n - from : BLOCK, length = (count + LANES - 1) / LANES * LANES;
    for (size_t i = length - LANES; i < length; i++) x[i] = NAN;
    const float *single = (const float *)values + from;
    const double *wide = (const double *)values + from;
    if (type == NSR_F32)
        for (size_t i = 0; i < count; i++) x[i] = (double)(single[i] + (single[i] - single[i]));
    else
        for (size_t i = 0; i < count; i++) x[i] = wide[i] + (wide[i] - wide[i]);
    return (int)length;
}

typedef struct frame_totals {
    double min, max, sum[LANES];
    int64_t n;
} frame_totals;

#define REAL float
#define COUNTER int32_t
#define KERNEL(name) name##_f32
#include "summary_kernel.h"
#undef REAL
#undef COUNTER
#undef KERNEL
#define REAL double
#define COUNTER int64_t
#define KERNEL(name) name##_f64
#include "summary_kernel.h"

static double add_lanes(double lane[LANES]) {
    for (int half = LANES / 2; half; half /= 2)
        for (int k = 0; k < half; k++) lane[k] += lane[k + half];
    return lane[0];
}

NSR_CLONES static double largest(const double x[], int n) {
    double lane[LANES];
    for (int k = 0; k < LANES; k++) lane[k] = -INFINITY;
    for (int i = 0; i < n; i += LANES)
        for (int k = 0; k < LANES; k++) lane[k] = MAX(x[i + k], lane[k]);
    for (int k = 1; k < LANES; k++) lane[0] = MAX(lane[k], lane[0]);
    return lane[0];
}

/* The base-2 logarithm of a positive normal number, to 2e-14 of itself; of 0 some finite number. With x = 2^e m, m
   between the roots of 1/2 and 2: e + log2 m, and log2 m = s P(s^2), s = (m - 1) / (m + 1). */
static inline double log2_of(double x) {
    static const double p[] = {0x1.71547652b8253p+1, 0x1.ec709dc539e76p-1, 0x1.2776c295f01cfp-1,
                               0x1.a61a2cc1ced3bp-2, 0x1.4795a63079ddfp-2, 0x1.21ac9c9040d9ep-2};
    const uint64_t one = 0x3ff0000000000000, root_half = 0x3fe6a09e667f3bcd, magic = 0x4330000000000000;
    uint64_t bits, biased, whole;
    double m, e;
    memcpy(&bits, &x, sizeof bits);
    biased = (bits + (one - root_half)) >> 52; /* e + 1023 */
    bits += one - (biased << 52);
    whole = magic | biased; /* as a double: 2^52 + biased */
    memcpy(&m, &bits, sizeof m);
    memcpy(&e, &whole, sizeof e);
    double s = (m - 1) / (m + 1), z = s * s;
    return (e - (0x1p52 + 1023)) + s * (p[0] + z * (p[1] + z * (p[2] + z * (p[3] + z * (p[4] + z * p[5])))));
}

NSR_CLONES static void add_terms(double sum[LANES], double x[], int n, double inverse) {
    for (int i = 0; i < n; i++)
        x[i] = x[i] == x[i] ? x[i] : 0.0; /* in a loop of its own, or gcc makes it a branch */
    for (int i = 0; i < n; i++) {
        double share = x[i] * inverse;
        x[i] = share * log2_of(share);
    }
    for (int i = 0; i < n; i += LANES)
        for (int k = 0; k < LANES; k++) sum[k] += x[i + k];
}

/* Where all values of a block are below 2^-70 of the sum, it cannot change the result and is skipped: most blocks of a
   field that is 0 almost everywhere. */
static double entropy(nsr_type type, const void *values, size_t n, double total) {
    double x[BLOCK], sum[LANES] = {0};
    for (size_t from = 0; from < n; from += BLOCK) {
        int length = widen(x, type, values, from, n);
        if (largest(x, length) > 0x1p-70 * total) add_terms(sum, x, length, 1 / total);
    }
    return 0.0 - M_LN2 * add_lanes(sum);
}

void nsr_frame_summarise(nsr_frame_summary *frame, nsr_type type, const void *values, size_t n) {
    frame_totals t = {.min = INFINITY, .max = -INFINITY};
    if (type == NSR_F32) total_f32(&t, values, n);
    else total_f64(&t, values, n);
    *frame = (nsr_frame_summary){NAN, NAN, NAN, NAN, -1, t.n};
    if (t.n == 0) return;
    double sum = add_lanes(t.sum);
    frame->min = t.min, frame->max = t.max, frame->mean = sum / (double)t.n;
    frame->argmax = type == NSR_F32 ? first_f32(values, n, t.max) : first_f64(values, n, t.max);
    if (t.min >= 0 && isnormal(sum)) frame->entropy = entropy(type, values, n, sum);
}
