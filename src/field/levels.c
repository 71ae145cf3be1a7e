/* SPDX-License-Identifier: MIT */
/* Values to levels: matplotlib's int(norm * 256) capped at 255, in double precision for every type. A block is
   quantised as if all its values were finite and within the limits; only where that is not so is it looked at again,
   value by value. */
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

/* Limits so far apart that their difference is no double: the same formula on halves. */
static void levels_wide(uint16_t *levels, nsr_type type, const void *values, size_t n, const nsr_limits *limits,
                        nsr_clip *clip) {
    nsr_limits half = {limits->vmin / 2, limits->vmax / 2};
    for (size_t i = 0; i < n; i++) {
        double v = type == NSR_F32 ? (double)((const float *)values)[i] : ((const double *)values)[i], by_two = v / 2;
        quantise_f64(levels + i, &by_two, 1, &half);
        correct_f64(levels + i, &v, 1, limits, clip);
    }
}

void nsr_levels(uint16_t *levels, nsr_type type, const void *values, size_t n, const nsr_limits *limits,
                nsr_clip *clip) {
    if (!isfinite(limits->vmax - limits->vmin)) levels_wide(levels, type, values, n, limits, clip);
    else if (type == NSR_F32) levels_f32(levels, values, n, limits, clip);
    else levels_f64(levels, values, n, limits, clip);
}
