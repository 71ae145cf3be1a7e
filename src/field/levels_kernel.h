/* SPDX-License-Identifier: MIT */
/* Included by levels.c once for float and once for double (REAL, KERNEL). No branch and no call, so that the compiler
   vectorises it; the division stays a division, because a product with 1/width differs at the borders of levels. */
static void KERNEL(quantise)(uint16_t *restrict levels, const REAL *restrict x, size_t n, const nsr_limits *limits,
                             nsr_clip *clip) {
    const double vmin = limits->vmin, vmax = limits->vmax, width = vmax - vmin;
    int32_t below = 0, above = 0, nodata = 0;
    for (size_t i = 0; i < n; i++) {
        double v = (double)x[i], t = (v - vmin) / width * 256;
        int32_t finite = fabs(v) <= DBL_MAX;
        t = t > 0 ? t : 0; /* also NaN */
        t = t < 255 ? t : 255;
        int32_t level = (int32_t)t;
        levels[i] = (uint16_t)(finite ? level : NSR_LEVEL_NODATA);
        below += finite & (v < vmin);
        above += finite & (v > vmax);
        nodata += !finite;
    }
    clip->below += below;
    clip->above += above;
    clip->nodata += nodata;
}
