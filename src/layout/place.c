/* SPDX-License-Identifier: MIT */
/* Memory of a bin map, its place in the picture, and the affine from data to pixels. */
#include "layouts.h"
#include <stdlib.h>

bool nsr_bin_map_open(nsr_bin_map *map, int64_t w, int64_t h, nsr_err *err) {
    if (w > NSR_MAX_SIDE || h > NSR_MAX_SIDE)
        return nsr_fail(err, NSR_EDATA,
                        "environment: a picture of %lldx%lld pixels is too large; a side has at most %d", (long long)w,
                        (long long)h, NSR_MAX_SIDE);
    *map = (nsr_bin_map){.w = (int)w, .h = (int)h, .bin = malloc((size_t)w * (size_t)h * sizeof *map->bin)};
    if (map->bin) return true;
    return nsr_fail(err, NSR_EINTERNAL, "out of memory for a bin map of %lldx%lld cells", (long long)w, (long long)h);
}

void nsr_picture_place(nsr_picture *picture, nsr_size size) {
    int w = picture->map.w * picture->sx, h = picture->map.h * picture->sy;
    bool fixed = size.w > 0;
    picture->w = fixed ? size.w : w + w % 2;
    picture->h = fixed ? size.h : h + h % 2;
    picture->x = (picture->w - w) / 2 & ~1;
    picture->y = (picture->h - h) / 2 & ~1;
    picture->affine[2] += picture->x;
    picture->affine[5] += picture->y;
}

void nsr_picture_affine(nsr_picture *picture, const nsr_axis *x, const nsr_axis *y, bool y_up, double px, double py) {
    double *a = picture->affine;
    a[0] = px, a[1] = 0, a[2] = -x->first * px;
    a[3] = 0, a[4] = y_up ? -py : py, a[5] = y_up ? y->last * py : -y->first * py;
}
