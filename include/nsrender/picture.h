/* SPDX-License-Identifier: MIT */
/* How bins become pixels: all geometry collapses into one small map, computed once. */
#ifndef NSRENDER_PICTURE_H
#define NSRENDER_PICTURE_H

#include <nsrender/environment.h>

#ifdef __cplusplus
extern "C" {
#endif

/* w x h bin numbers, or a mark below 0; row 0 is the top of the picture. An inactive cell is a place of the field
   without data, drawn as such; background is outside the field. */
enum { NSR_BIN_BACKGROUND = -1, NSR_BIN_INACTIVE = -2 };
typedef struct nsr_map {
    int w, h;
    int32_t *bin;
} nsr_map;

typedef struct nsr_picture {
    nsr_map map;
    int sx, sy;       /* pixels a map cell */
    int x, y;         /* of the map's upper left corner in the picture */
    int w, h;         /* of the picture; both even */
    double affine[6]; /* column = a0*x + a1*y + a2, row = a3*x + a4*y + a5 */
} nsr_picture;

/* --- layout/layout.c: registry; local. size 0x0 = auto (design: largest multiple of 8, 2, 1 within 800).
   NSR_EUSAGE when the map does not fit `size` (names the size needed); NSR_EDATA for a layout that has no map. --- */
bool nsr_layout_map(nsr_picture *picture, const nsr_environment *env, nsr_size size, nsr_err *err);
void nsr_picture_free(nsr_picture *picture);
/* `orientation: x right, y up, from coordinates x, y of /scratch/...` */
void nsr_layout_orientation(const nsr_environment *env, char *text, size_t size);

/* --- raster/paint.c: levels of bins to levels on the map (map.w*map.h), marks to background and no data. Local. --- */
void nsr_map_paint(uint16_t *image, const nsr_map *map, const uint16_t *bin_levels);

#ifdef __cplusplus
}
#endif
#endif
