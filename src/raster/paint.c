/* SPDX-License-Identifier: MIT */
/* One frame's bins onto the map. */
#include <nsrender/field.h>
#include <nsrender/picture.h>

void nsr_map_paint(uint16_t *image, const nsr_map *map, const uint16_t *bin_levels) {
    const int32_t *bin = map->bin;
    const size_t n = (size_t)map->w * (size_t)map->h;
    for (size_t i = 0; i < n; i++)
        image[i] = bin[i] >= 0                    ? bin_levels[bin[i]]
                   : bin[i] == NSR_BIN_BACKGROUND ? (uint16_t)NSR_LEVEL_BACKGROUND
                                                  : (uint16_t)NSR_LEVEL_NODATA;
}
