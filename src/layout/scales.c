/* SPDX-License-Identifier: MIT */
/* Pixels per cell of a uniform grid. Scales are whole numbers, so that all cells are drawn alike, and even if possible,
   because video shares colour between pairs of pixels. Cells that are not square have two different scales. */
#include "layouts.h"
#include <math.h>

/* `major` is the axis along which cells are wider: minor scale = major scale * ratio, ratio <= 1. */
typedef struct sides {
    int n_major, n_minor;
    int64_t box_major, box_minor;
    double ratio;
} sides;

static int nearest_minor(double ideal, bool even) {
    if (even && ideal >= 1.5) return 2 * (int)fmax(1, floor(ideal / 2 + 0.5));
    return (int)fmax(1, floor(ideal + 0.5));
}

static bool in_proportion(int minor, double ideal, double tolerance) {
    return fabs(minor - ideal) <= tolerance * ideal;
}

/* Finds the largest multiple of `step` as major scale that fits and keeps the proportion. */
static bool search(const sides *s, int step, double tolerance, int *major, int *minor) {
    for (int64_t k = s->box_major / s->n_major / step * step; k >= step; k -= step) {
        double ideal = (double)k * s->ratio;
        int64_t best = nearest_minor(ideal, step % 2 == 0);
        if (best * s->n_minor <= s->box_minor && in_proportion((int)best, ideal, tolerance)) {
            *major = (int)k, *minor = (int)best;
            return true;
        }
    }
    return false;
}

static bool fit(const sides *s, bool multiples_of_8, int *major, int *minor) {
    const double close = 0.05;
    return (multiples_of_8 && search(s, 8, close, major, minor)) || search(s, 2, close, major, minor) ||
           search(s, 1, close, major, minor) || search(s, 1, 0.5, major, minor);
}

bool nsr_scales_fit(nsr_scales *scales, const nsr_axis *x, const nsr_axis *y, nsr_size box, bool multiples_of_8) {
    bool wide = x->pitch >= y->pitch;
    sides s = {wide ? x->n : y->n, wide ? y->n : x->n, wide ? box.w : box.h, wide ? box.h : box.w,
               wide ? y->pitch / x->pitch : x->pitch / y->pitch};
    int major, minor;
    if (!fit(&s, multiples_of_8, &major, &minor)) return false;
    *scales = wide ? (nsr_scales){major, minor} : (nsr_scales){minor, major};
    return true;
}

nsr_scales nsr_scales_least(const nsr_axis *x, const nsr_axis *y) {
    double across = fmin(x->pitch / y->pitch, NSR_MAX_SIDE + 1), down = fmin(y->pitch / x->pitch, NSR_MAX_SIDE + 1);
    return (nsr_scales){nearest_minor(across, false), nearest_minor(down, false)};
}
