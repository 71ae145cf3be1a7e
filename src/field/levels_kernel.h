/* SPDX-License-Identifier: MIT */
/* Included by levels.c once for float and once for double (REAL, KERNEL). */
#include "finite_kernel.h"

/* Levels of finite values; NaN becomes 0. Without branches and calls, so that compilers vectorise it. A multiplication
   by 1/width instead of the division would differ at the borders of levels. */
static void KERNEL(quantise)(uint16_t *restrict levels, const REAL *restrict x, size_t n,
                             const nsr_color_limits *limits) {
    const double vmin = limits->vmin, width = limits->vmax - limits->vmin;
    for (size_t i = 0; i < n; i++) {
        double t = ((double)x[i] - vmin) / width * 256;
        t = MAX(t, 0);
        t = MIN(t, 255);
        levels[i] = (uint16_t)(int32_t)t;
    }
}

/* Are all values finite and within the limits? */
static bool KERNEL(inside)(const REAL *x, size_t n, const nsr_color_limits *limits) {
    double lo, hi;
    return n && n % (4 * LANES) == 0 && KERNEL(scan_finite)(x, n, &lo, &hi) && lo >= limits->vmin && hi <= limits->vmax;
}

static void KERNEL(correct)(uint16_t *restrict levels, const REAL *restrict x, size_t n, const nsr_color_limits *limits,
                            nsr_clip *clip) {
    int32_t below = 0, above = 0, nodata = 0;
    for (size_t i = 0; i < n; i++) {
        double v = (double)x[i];
        int32_t finite = fabs(v) <= DBL_MAX;
        levels[i] = finite ? levels[i] : (uint16_t)NSR_LEVEL_NODATA;
        below += finite & (v < limits->vmin);
        above += finite & (v > limits->vmax);
        nodata += !finite;
    }
    clip->below += below;
    clip->above += above;
    clip->nodata += nodata;
}

static void KERNEL(levels)(uint16_t *levels, const REAL *x, size_t n, const nsr_color_limits *limits, nsr_clip *clip) {
    for (size_t done = 0; done < n;) {
        size_t left = n - done, whole = left / (4 * LANES) * (4 * LANES), block = whole ? MIN(whole, BLOCK) : left;
        /* The check comes first, because it loads the block into the cache at full speed, unlike the divisions. */
        bool clean = KERNEL(inside)(x + done, block, limits);
        KERNEL(quantise)(levels + done, x + done, block, limits);
        if (!clean) KERNEL(correct)(levels + done, x + done, block, limits, clip);
        done += block;
    }
}
