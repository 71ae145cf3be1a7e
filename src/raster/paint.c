/* SPDX-License-Identifier: MIT */
/* One frame's bins onto the map. Where the map has a cell for every bin, that is a look-up a cell. Where it has a cell
   for every pixel, neighbours mostly show the same: a look-up a stretch, and rows that repeat are copied. */
#include <nsrender/field.h>
#include <nsrender/picture.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 8, WORTH = 3 }; /* levels written by one instruction; cells a stretch from which stretches pay */

static bool as_above(const nsr_map *map, int y) {
    const size_t w = (size_t)map->w;
    return y > 0 && memcmp(map->bin + (size_t)y * w, map->bin + (size_t)(y - 1) * w, w * sizeof *map->bin) == 0;
}

/* The stretches of a row, put down where `to` is given. */
static int32_t split(const int32_t *bin, int w, nsr_stretch *to) {
    int32_t n = 0;
    for (int x = 0, end; x < w; x = end, n++) {
        for (end = x + 1; end < w && bin[end] == bin[x];) end++;
        if (to) to[n] = (nsr_stretch){bin[x], end - x};
    }
    return n;
}

void nsr_map_index(nsr_map *map) {
    size_t n = 0, at = 0;
    map->row = malloc((size_t)map->h * sizeof *map->row);
    if (!map->row) return;
    for (int y = 0; y < map->h; y++)
        n += (size_t)(map->row[y] = as_above(map, y) ? 0 : split(map->bin + (size_t)y * (size_t)map->w, map->w, NULL));
    bool pays = map->w >= AT_ONCE && n * WORTH <= (size_t)map->w * (size_t)map->h;
    map->stretch = pays ? malloc(n * sizeof *map->stretch) : NULL;
    for (int y = 0; y < map->h && map->stretch; at += (size_t)map->row[y++])
        if (map->row[y]) split(map->bin + (size_t)y * (size_t)map->w, map->w, map->stretch + at);
}

static inline uint16_t level_of(int32_t bin, const uint16_t *bin_levels) {
    return bin >= 0                    ? bin_levels[bin]
           : bin == NSR_BIN_BACKGROUND ? (uint16_t)NSR_LEVEL_BACKGROUND
                                       : (uint16_t)NSR_LEVEL_NODATA;
}

static void paint_cells(uint16_t *image, const int32_t *bin, size_t n, const uint16_t *bin_levels) {
    for (size_t i = 0; i < n; i++) image[i] = level_of(bin[i], bin_levels);
}

/* Writes beyond the end of a stretch, where the next one will be written. */
static void paint_stretches(uint16_t *row, const nsr_stretch *s, int32_t n, const uint16_t *bin_levels) {
    for (const nsr_stretch *end = s + n; s < end; row += s++->n) {
        uint16_t level = level_of(s->bin, bin_levels), many[AT_ONCE];
        for (int i = 0; i < AT_ONCE; i++) many[i] = level;
        for (int32_t x = 0; x < s->n; x += AT_ONCE) memcpy(row + x, many, sizeof many);
    }
}

void nsr_map_paint(uint16_t *image, const nsr_map *map, const uint16_t *bin_levels) {
    const size_t w = (size_t)map->w, before_last = map->stretch ? (size_t)map->h - 1 : 0;
    const nsr_stretch *s = map->stretch;
    for (size_t y = 0; y < before_last; s += map->row[y++]) {
        uint16_t *row = image + y * w;
        if (map->row[y]) paint_stretches(row, s, map->row[y], bin_levels);
        else memcpy(row, row - w, w * sizeof *row);
    }
    paint_cells(image + before_last * w, map->bin + before_last * w, w * ((size_t)map->h - before_last), bin_levels);
}
