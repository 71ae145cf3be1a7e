/* SPDX-License-Identifier: MIT */
/* From values to levels: matplotlib's int(norm * 256) capped at 255, in double precision for every type. A block is
   quantised as if all values were finite and within the limits; a block with others is corrected value by value. */
#include "value_keys.h"
#include "lanes.h"
#include <float.h>
#include <math.h>
#include <nsrender/field.h>

#define REAL float
#define KERNEL(name) name##_f32
#include "levels_kernel.h"
#undef REAL
#undef KERNEL
#define REAL double
#define KERNEL(name) name##_f64
#include "levels_kernel.h"

/* The same formula on halves, for limits whose difference overflows. */
static void levels_wide(uint16_t *levels, nsr_type type, const void *values, size_t n, const nsr_color_limits *limits,
                        nsr_clip *clip) {
    nsr_color_limits half = {limits->vmin / 2, limits->vmax / 2};
    for (size_t i = 0; i < n; i++) {
        double v = type == NSR_F32 ? (double)((const float *)values)[i] : ((const double *)values)[i], by_two = v / 2;
        quantise_f64(levels + i, &by_two, 1, &half);
        correct_f64(levels + i, &v, 1, limits, clip);
    }
}

/* The first digit of the value's key leaves few borders for the bisection. */
static uint16_t level_of(const nsr_borders *b, double v) {
    uint64_t digit = key_f64(v) >> 48;
    uint32_t low = b->first[digit], high = b->first[digit + 1];
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (v >= b->border[middle]) low = middle + 1;
        else high = middle;
    }
    return b->level[low];
}

static void levels_by_border(uint16_t *levels, nsr_type type, const void *values, size_t n,
                             const nsr_color_limits *limits, const nsr_borders *b, nsr_clip *clip) {
    for (size_t i = 0; i < n; i++) {
        double v = type == NSR_F32 ? (double)((const float *)values)[i] : ((const double *)values)[i];
        bool finite = fabs(v) <= DBL_MAX;
        levels[i] = !finite || (b->positive && v <= 0) ? (uint16_t)NSR_LEVEL_NODATA : level_of(b, v);
        clip->nodata += !finite;
        clip->below += finite && v < limits->vmin;
        clip->above += finite && v > limits->vmax;
    }
}

void nsr_levels(uint16_t *levels, nsr_type type, const void *values, size_t n, const nsr_color_limits *limits,
                const nsr_borders *borders, nsr_clip *clip) {
    if (borders && borders->n) levels_by_border(levels, type, values, n, limits, borders, clip);
    else if (!isfinite(limits->vmax - limits->vmin)) levels_wide(levels, type, values, n, limits, clip);
    else if (type == NSR_F32) levels_f32(levels, values, n, limits, clip);
    else levels_f64(levels, values, n, limits, clip);
}
