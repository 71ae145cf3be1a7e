/* SPDX-License-Identifier: MIT */
/* A picture of the layout without data: bins in pale colours that differ between neighbours, numbered where there is
   room. The font is built into cairo, so that the picture is the same on every machine. */
#include "surface.h"
#include <math.h>
#include <nsrender/field.h>
#include <nsrender/picture.h>
#include <stdio.h>
#include <stdlib.h>

static const nsr_rgb pale[] = {{166, 206, 227}, {253, 217, 154}, {190, 226, 166},
                               {244, 186, 184}, {212, 198, 230}, {238, 238, 170}};
enum { PALES = sizeof pale / sizeof *pale, MOST_SWEEPS = 100, LEAST_LETTER = 7, MOST_LETTER = 14 };

/* The pixels of a bin, in cells of the map: sums of x and y, number, bounding box. */
typedef struct bin_area {
    double x, y, n;
    int x0, x1, y0, y1;
    unsigned color;
} bin_area;

static size_t cells_of(const nsr_bin_map *map) { return (size_t)map->w * (size_t)map->h; }

static int32_t last_bin(const nsr_bin_map *map) {
    int32_t last = -1;
    for (size_t i = 0; i < cells_of(map); i++) last = map->bin[i] > last ? map->bin[i] : last;
    return last;
}

static void locate(bin_area *areas, const nsr_bin_map *map) {
    for (int y = 0; y < map->h; y++)
        for (int x = 0; x < map->w; x++) {
            int32_t bin = map->bin[(size_t)y * (size_t)map->w + (size_t)x];
            if (bin < 0) continue;
            bin_area *s = areas + bin;
            if (s->n == 0) s->x0 = s->x1 = x, s->y0 = y;
            s->x0 = x < s->x0 ? x : s->x0, s->x1 = x > s->x1 ? x : s->x1, s->y1 = y;
            s->x += x + 0.5, s->y += y + 0.5, s->n++;
        }
}

/* Gives the later of two neighbours of one colour the next colour; true when it did. */
static bool part_colors(bin_area *areas, int32_t a, int32_t b) {
    if (a < 0 || b < 0 || a == b || areas[a].color != areas[b].color) return false;
    bin_area *later = areas + (a > b ? a : b);
    later->color = (later->color + 1) % PALES;
    return true;
}

static bool sweep_colors(bin_area *areas, const nsr_bin_map *map) {
    bool changed = false;
    const size_t w = (size_t)map->w;
    for (size_t i = 0; i < cells_of(map); i++) {
        if (i % w + 1 < w) changed |= part_colors(areas, map->bin[i], map->bin[i + 1]);
        if (i + w < cells_of(map)) changed |= part_colors(areas, map->bin[i], map->bin[i + w]);
    }
    return changed;
}

static void choose_colors(bin_area *areas, int32_t n, const nsr_bin_map *map) {
    for (int32_t k = 0; k < n; k++)
        areas[k].color = (unsigned)k % PALES;
    for (int i = 0; i < MOST_SWEEPS && sweep_colors(areas, map); i++) {
    }
}

static uint32_t packed(nsr_rgb c) { return (uint32_t)c.r << 16 | (uint32_t)c.g << 8 | c.b; }

static uint32_t color_at(const nsr_picture *p, const nsr_palette *palette, const bin_area *areas, int column, int row) {
    int x = column - p->x, y = row - p->y;
    bool inside = x >= 0 && y >= 0 && x < p->map.w * p->sx && y < p->map.h * p->sy;
    int32_t bin = NSR_BIN_BACKGROUND;
    if (inside) bin = p->map.bin[(size_t)(y / p->sy) * (size_t)p->map.w + (size_t)(x / p->sx)];
    return packed(bin >= 0                    ? pale[areas[bin].color]
                  : bin == NSR_BIN_BACKGROUND ? palette->level[NSR_LEVEL_BACKGROUND]
                                              : palette->level[NSR_LEVEL_NODATA]);
}

static void paint_bins(cairo_surface_t *surface, const nsr_picture *p, const nsr_palette *palette,
                       const bin_area *areas) {
    cairo_surface_flush(surface);
    unsigned char *pixels = cairo_image_surface_get_data(surface);
    const int stride = cairo_image_surface_get_stride(surface);
    for (int y = 0; y < p->h; y++) {
        uint32_t *row = (uint32_t *)(void *)(pixels + (ptrdiff_t)y * stride);
        for (int x = 0; x < p->w; x++)
            row[x] = color_at(p, palette, areas, x, y);
    }
    cairo_surface_mark_dirty(surface);
}

/* The largest font size with which the number fits the bin; 0: too small to read. */
static double choose_letter(cairo_t *cairo, const char *text, double w, double h, double area) {
    cairo_text_extents_t box;
    double letter = floor(fmin(MOST_LETTER, 0.36 * sqrt(area)));
    cairo_set_font_size(cairo, letter);
    cairo_text_extents(cairo, text, &box);
    double fit = fmin(0.8 * w / box.width, 0.8 * h / box.height);
    if (fit < 1) letter = floor(letter * fit);
    cairo_set_font_size(cairo, letter);
    return letter >= LEAST_LETTER ? letter : 0;
}

/* Writes the number at the mean of the bin's pixels, if there is room. */
static void write_number(cairo_t *cairo, const nsr_picture *p, const bin_area *s, int32_t bin) {
    const double w = (s->x1 - s->x0 + 1) * p->sx, h = (s->y1 - s->y0 + 1) * p->sy, area = s->n * p->sx * p->sy;
    const double x = s->x / s->n, y = s->y / s->n;
    if (area < LEAST_LETTER * LEAST_LETTER || p->map.bin[(size_t)y * (size_t)p->map.w + (size_t)x] != bin) return;
    char text[16];
    cairo_text_extents_t box;
    snprintf(text, sizeof text, "%d", (int)bin);
    if (choose_letter(cairo, text, w, h, area) == 0) return;
    cairo_text_extents(cairo, text, &box);
    if (box.width * box.height > 0.5 * area) return;
    cairo_move_to(cairo, p->x + x * p->sx - box.x_bearing - box.width / 2,
                  p->y + y * p->sy - box.y_bearing - box.height / 2);
    cairo_show_text(cairo, text);
}

static void write_numbers(cairo_surface_t *surface, const nsr_picture *p, const bin_area *areas, int32_t n) {
    cairo_t *cairo = cairo_create(surface);
    cairo_select_font_face(cairo, "@cairo:", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_source_rgb(cairo, 0, 0, 0);
    for (int32_t k = 0; k < n; k++)
        if (areas[k].n > 0) write_number(cairo, p, areas + k, k);
    cairo_destroy(cairo);
}

static bool draw_bins(const nsr_picture *p, const nsr_palette *palette, bin_area *areas, int32_t n, const char *path,
                      const char *run, nsr_err *err) {
    locate(areas, &p->map);
    choose_colors(areas, n, &p->map);
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, p->w, p->h);
    cairo_status_t status = cairo_surface_status(surface);
    if (status) nsr_fail(err, NSR_EINTERNAL, "%s: cairo: %s", path, cairo_status_to_string(status));
    if (nsr_good(err)) {
        paint_bins(surface, p, palette, areas);
        write_numbers(surface, p, areas, n);
        nsr_surface_save(surface, path, run, err);
    }
    cairo_surface_destroy(surface);
    return nsr_good(err);
}

bool nsr_bin_map_draw(const nsr_picture *picture, const nsr_palette *palette, const char *path, const char *run,
                      nsr_err *err) {
    int32_t n = last_bin(&picture->map) + 1;
    bin_area *areas = calloc(n > 0 ? (size_t)n : 1, sizeof *areas);
    if (!areas) return nsr_fail(err, NSR_EINTERNAL, "out of memory for %d bins", (int)n);
    bool good = draw_bins(picture, palette, areas, n, path, run, err);
    free(areas);
    return good;
}
