/* SPDX-License-Identifier: MIT */
/* Norms that need a logarithm or a power per value are replaced by 257 borders between levels. Norms increase with the
   value, so bisection over the keys of all doubles finds each border, with the formulas of matplotlib 3.11 in its order
   of operations. The level of a value then needs only comparisons. */
#include "value_keys.h"
#include <float.h>
#include <math.h>
#include <nsrender/field.h>

/* A norm between two limits. */
typedef struct scale {
    const nsr_norm *norm;
    double vmin, vmax;
    double t_vmin, t_vmax; /* the transformed limits */
} scale;

static double symlog(const nsr_norm *norm, double x) {
    double adjusted = norm->linscale / (1.0 - 1.0 / norm->base), base = log(norm->base), size = fabs(x);
    if (size <= norm->linthresh) return x * adjusted;
    return copysign(norm->linthresh, x) * (adjusted - log(norm->linthresh) / base + log(size) / base);
}

static double transform(const nsr_norm *norm, double x) {
    if (norm->kind == NSR_NORM_LOG) return log10(x);
    return norm->kind == NSR_NORM_SYMLOG ? symlog(norm, x) : x;
}

static scale make_scale(const nsr_norm *norm, const nsr_color_limits *limits) {
    double vmin = limits->vmin, vmax = limits->vmax;
    return (scale){norm, vmin, vmax, transform(norm, vmin), transform(norm, vmax)};
}

/* As NumPy's power, which uses the square root and the square where possible. */
static double power(double t, double gamma) { return gamma == 0.5 ? sqrt(t) : gamma == 2 ? t * t : pow(t, gamma); }

/* The norm: 0 at vmin, 1 at vmax. Halves are used when the difference of the limits overflows. */
static double part(const scale *s, double x) {
    double t = transform(s->norm, x), width = s->t_vmax - s->t_vmin;
    t = isfinite(width) ? (t - s->t_vmin) / width : (t / 2 - s->t_vmin / 2) / (s->t_vmax / 2 - s->t_vmin / 2);
    return s->norm->kind == NSR_NORM_POWER && t > 0 ? power(t, s->norm->gamma) : t;
}

/* The level of a value; -1: under, 256: over. */
static int level_at(const scale *s, double x) {
    double t = part(s, x) * 256;
    if (!(t >= 0)) return -1;
    return t == 256 ? 255 : t > 256 ? 256 : (int)t;
}

/* The least of the keys low..high with this level or a higher one; `high` when there is none. */
static uint64_t find_border(const scale *s, int level, uint64_t low, uint64_t high) {
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (level_at(s, value_of_key(middle)) >= level)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static void count_firsts(nsr_borders *b, const uint64_t *key) {
    uint16_t n = 0;
    for (uint64_t digit = 0; digit <= NSR_DIGITS; digit++) {
        while (n < 257 && digit < NSR_DIGITS && key[n] <= digit << 48)
            n++;
        b->first[digit] = digit < NSR_DIGITS ? n : 257;
    }
}

void nsr_borders_make(nsr_borders *b, const nsr_norm *norm, const nsr_color_limits *limits, bool under, bool over) {
    uint64_t key[257];
    scale s = make_scale(norm, limits);
    b->n = NSR_COUNTOF(b->border);
    b->positive = norm->kind == NSR_NORM_LOG && !norm->clip;
    uint64_t low = key_f64(norm->kind == NSR_NORM_LOG ? DBL_TRUE_MIN : -DBL_MAX), none = key_f64(INFINITY);
    for (int level = 0; level <= 256; level++) {
        key[level] = low = find_border(&s, level, low, none);
        b->border[level] = value_of_key(low);
        b->level[level + 1] = (uint16_t)(level < 256 ? level : over ? NSR_LEVEL_OVER : 255);
    }
    b->level[0] = under ? NSR_LEVEL_UNDER : 0;
    count_firsts(b, key);
}
