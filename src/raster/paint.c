/* SPDX-License-Identifier: MIT */
/* From levels of bins to levels of the map. A map with about one cell per bin is painted by one look-up per cell. A map
   with one cell per pixel is painted by strokes: a row either by stretches of one bin, or as a copy of the row above
   with changes, whichever has fewer strokes. */
#include <nsrender/field.h>
#include <nsrender/picture.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 8, WORTH = 3 }; /* levels written at once; least mean number of cells per stroke */

/* Counts the stretches of a row, and writes them to `to` unless NULL. */
static int32_t find_stretches(nsr_stroke *to, const int32_t *bin, int w) {
    int32_t n = 0;
    for (int x = 0, end; x < w; x = end, n++) {
        for (end = x + 1; end < w && bin[end] == bin[x];) end++;
        if (to) to[n] = (nsr_stroke){bin[x], end - x};
    }
    return n;
}

/* Counts the cells of a row that differ from the row above, and writes them to `to` unless NULL. */
static int32_t find_changes(nsr_stroke *to, const int32_t *bin, int w) {
    const int32_t *above = bin - w;
    int32_t n = 0;
    for (int x = 0; x < w; x++) {
        if (bin[x] == above[x]) continue;
        if (to) to[n] = (nsr_stroke){bin[x], x};
        n++;
    }
    return n;
}

static const int32_t *row_of(const nsr_bin_map *map, int y) { return map->bin + (size_t)y * (size_t)map->w; }

/* Chooses stretches or changes for each row. Returns the number of strokes. */
static size_t plan_rows(nsr_bin_map *map) {
    size_t n = 0;
    for (int y = 0; y < map->h; y++) {
        int32_t stretches = find_stretches(NULL, row_of(map, y), map->w);
        int32_t changes = y ? find_changes(NULL, row_of(map, y), map->w) : INT32_MAX;
        map->row[y] = changes <= stretches ? -1 - changes : stretches;
        n += (size_t)(changes <= stretches ? changes : stretches);
    }
    return n;
}

void nsr_bin_map_index(nsr_bin_map *map) {
    map->row = malloc((size_t)map->h * sizeof *map->row);
    if (!map->row) return;
    size_t n = plan_rows(map);
    bool pays = map->w >= AT_ONCE && n * WORTH <= (size_t)map->w * (size_t)map->h;
    nsr_stroke *to = map->stroke = pays ? malloc(n * sizeof *to) : NULL;
    for (int y = 0; y < map->h && to; y++)
        to += map->row[y] < 0 ? find_changes(to, row_of(map, y), map->w) : find_stretches(to, row_of(map, y), map->w);
}

/* Marks index their table backwards from its end, so that one selection between two addresses suffices. */
static inline uint16_t level_of(int32_t bin, const uint16_t *bin_levels) {
    static const uint16_t marks[] = {NSR_LEVEL_NODATA, NSR_LEVEL_BACKGROUND};
    _Static_assert(NSR_BIN_INACTIVE == -2 && NSR_BIN_BACKGROUND == -1, "the order of marks");
    const uint16_t *from = bin < 0 ? marks + 2 : bin_levels;
    return from[bin];
}

static void paint_cells(uint16_t *image, const int32_t *bin, size_t n, const uint16_t *bin_levels) {
    for (size_t i = 0; i < n; i++) image[i] = level_of(bin[i], bin_levels);
}

/* May write beyond the end of a stretch, where the next stretch is written afterwards. */
static void paint_stretches(uint16_t *row, const nsr_stroke *s, int32_t n, const uint16_t *bin_levels) {
    for (const nsr_stroke *end = s + n; s < end; row += s++->n) {
        uint16_t level = level_of(s->bin, bin_levels), many[AT_ONCE];
        for (int i = 0; i < AT_ONCE; i++) many[i] = level;
        for (int32_t x = 0; x < s->n; x += AT_ONCE) memcpy(row + x, many, sizeof many);
    }
}

static void touch_up(uint16_t *row, const nsr_stroke *s, int32_t n, const uint16_t *bin_levels) {
    for (int32_t i = 0; i < n; i++) row[s[i].n] = level_of(s[i].bin, bin_levels);
}

static void paint_strokes(uint16_t *image, const nsr_bin_map *map, int rows, const uint16_t *bin_levels) {
    const size_t w = (size_t)map->w;
    const nsr_stroke *s = map->stroke;
    uint16_t *row = image;
    for (int y = 0; y < rows; y++, row += w) {
        int32_t n = map->row[y];
        if (n >= 0) {
            paint_stretches(row, s, n, bin_levels);
        } else {
            n = -1 - n;
            memcpy(row, row - w, w * sizeof *row);
            touch_up(row, s, n, bin_levels);
        }
        s += n;
    }
}

/* The last row is painted by cells, because strokes may write beyond its end. */
void nsr_bin_map_paint(uint16_t *image, const nsr_bin_map *map, const uint16_t *bin_levels) {
    const int strokes = map->stroke ? map->h - 1 : 0;
    const size_t done = (size_t)strokes * (size_t)map->w, all = (size_t)map->h * (size_t)map->w;
    if (strokes) paint_strokes(image, map, strokes, bin_levels);
    paint_cells(image + done, map->bin + done, all - done, bin_levels);
}
