/* SPDX-License-Identifier: MIT */
/* Values to levels: matplotlib's int(norm * 256) capped at 255, in double precision for every type. */
#include <float.h>
#include <math.h>
#include <nsrender/field.h>

enum { BLOCK = 1 << 20 }; /* what 32-bit counters in the kernels can never overflow on */

#define REAL float
#define KERNEL(name) name##_f32
#include "levels_kernel.h"
#undef REAL
#undef KERNEL
#define REAL double
#define KERNEL(name) name##_f64
#include "levels_kernel.h"

/* Limits so far apart that their difference is no double: the same formula on halves. */
static void quantise_wide(uint16_t *levels, nsr_type type, const void *values, size_t n, const nsr_limits *limits,
                          nsr_clip *clip) {
    nsr_limits half = {limits->vmin / 2, limits->vmax / 2};
    for (size_t i = 0; i < n; i++) {
        double v = type == NSR_F32 ? (double)((const float *)values)[i] : ((const double *)values)[i], by_two = v / 2;
        nsr_clip ignored = {0};
        quantise_f64(levels + i, &by_two, 1, &half, &ignored);
        clip->nodata += !isfinite(v);
        clip->below += isfinite(v) && v < limits->vmin;
        clip->above += isfinite(v) && v > limits->vmax;
    }
}

void nsr_levels(uint16_t *levels, nsr_type type, const void *values, size_t n, const nsr_limits *limits, nsr_clip *clip) {
    if (!isfinite(limits->vmax - limits->vmin)) {
        quantise_wide(levels, type, values, n, limits, clip);
        return;
    }
    for (size_t done = 0; done < n; done += BLOCK) {
        size_t block = n - done < BLOCK ? n - done : BLOCK;
        if (type == NSR_F32) quantise_f32(levels + done, (const float *)values + done, block, limits, clip);
        else quantise_f64(levels + done, (const double *)values + done, block, limits, clip);
    }
}
