/* SPDX-License-Identifier: MIT */
/* A histogram: bars with the logarithm of the counts as height, in the colours of the picture, and lines at the colour
   limits. The font is built into cairo. */
#include "surface.h"
#include <math.h>
#include <nsrender/field.h>
#include <nsrender/picture.h>
#include <stdio.h>

enum { STEP = 3, WIDTH = 256 * STEP, HEIGHT = 300, MARGIN = 60, TOP = 36, LETTER = 12 };

typedef struct sheet {
    cairo_t *cairo;
    const nsr_histogram *histogram;
    nsr_palette palette;
    double most; /* logarithm of the largest count */
} sheet;

static double height_of(const sheet *s, int64_t count) {
    return count ? HEIGHT * (0.03 + 0.97 * log10((double)count) / s->most) : 0;
}

static nsr_rgb color_of(const sheet *s, int step) {
    const nsr_color_limits *limits = &s->histogram->limits;
    uint16_t level;
    nsr_clip ignored = {0};
    double value = s->histogram->borders->border[step];
    if (value < limits->vmin || value > limits->vmax) return s->palette.level[NSR_LEVEL_NODATA];
    nsr_levels(&level, NSR_F64, &value, 1, limits, s->histogram->colors, &ignored);
    return s->palette.level[level];
}

static void draw_bars(const sheet *s) {
    for (int k = 0; k < 256; k++) {
        nsr_rgb c = color_of(s, k);
        double height = height_of(s, s->histogram->count[k]);
        cairo_set_source_rgb(s->cairo, c.r / 255., c.g / 255., c.b / 255.);
        cairo_rectangle(s->cairo, MARGIN + k * STEP, TOP + HEIGHT - height, STEP, height);
        cairo_fill(s->cairo);
    }
}

static void write_text(const sheet *s, double x, double y, const char *text, double align) {
    cairo_text_extents_t box;
    cairo_text_extents(s->cairo, text, &box);
    double left = x - align * box.x_advance;
    cairo_move_to(s->cairo, left < 2 ? 2 : left, y);
    cairo_show_text(s->cairo, text);
}

static void draw_frame(const sheet *s, const char *norm) {
    char text[100];
    cairo_set_source_rgb(s->cairo, 0, 0, 0);
    cairo_set_line_width(s->cairo, 1);
    cairo_rectangle(s->cairo, MARGIN - 0.5, TOP - 0.5, WIDTH + 1, HEIGHT + 1);
    cairo_stroke(s->cairo);
    snprintf(text, sizeof text, "%.6g", s->histogram->bounds.vmin);
    write_text(s, MARGIN, TOP + HEIGHT + 18, text, 0);
    snprintf(text, sizeof text, "%.6g", s->histogram->bounds.vmax);
    write_text(s, MARGIN + WIDTH, TOP + HEIGHT + 18, text, 1);
    snprintf(text, sizeof text, "values, %s; counts, log", norm);
    write_text(s, MARGIN + WIDTH / 2., TOP + HEIGHT + 18, text, 0.5);
    snprintf(text, sizeof text, "%.3g", pow(10, s->most));
    write_text(s, MARGIN - 4, TOP + LETTER, text, 1);
}

/* The number of steps that begin at or below a value. */
static int steps_before(const nsr_borders *borders, double value) {
    int n = 0;
    while (n < 256 && borders->border[n] <= value)
        n++;
    return n;
}

/* The two names are written on different lines, because the limits may be close to each other. */
static void draw_limit(const sheet *s, const char *name, double value, int step, int line) {
    char text[100];
    double x = MARGIN + step * STEP;
    cairo_set_source_rgb(s->cairo, 0.8, 0, 0);
    cairo_set_line_width(s->cairo, 2);
    cairo_move_to(s->cairo, x, TOP - 6);
    cairo_line_to(s->cairo, x, TOP + HEIGHT);
    cairo_stroke(s->cairo);
    snprintf(text, sizeof text, "%s %.6g", name, value);
    write_text(s, x, TOP - 8 - LETTER * line, text, step > 128);
}

static void draw_all(sheet *s, const char *norm) {
    const nsr_histogram *histogram = s->histogram;
    int first = steps_before(histogram->borders, histogram->limits.vmin),
        last = steps_before(histogram->borders, histogram->limits.vmax);
    cairo_set_source_rgb(s->cairo, 1, 1, 1);
    cairo_paint(s->cairo);
    cairo_select_font_face(s->cairo, "@cairo:", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(s->cairo, LETTER);
    draw_bars(s);
    draw_frame(s, norm);
    draw_limit(s, "vmin", histogram->limits.vmin, first > 0 ? first - 1 : 0, 1);
    draw_limit(s, "vmax", histogram->limits.vmax, last, 0);
}

bool nsr_histogram_draw(const nsr_histogram *histogram, const char *norm, const char *path, const char *run,
                        nsr_err *err) {
    sheet s = {.histogram = histogram, .most = 1};
    if (!nsr_palette_make(&s.palette, "viridis", "lightgray", "white", err)) return false;
    for (int k = 0; k < 256; k++)
        if (histogram->count[k]) s.most = fmax(s.most, log10((double)histogram->count[k]));
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH + 2 * MARGIN, HEIGHT + 2 * TOP + LETTER);
    s.cairo = cairo_create(surface);
    draw_all(&s, norm);
    cairo_status_t status = cairo_status(s.cairo);
    cairo_destroy(s.cairo);
    if (status) nsr_fail(err, NSR_EINTERNAL, "%s: cairo: %s", path, cairo_status_to_string(status));
    bool good = nsr_good(err) && nsr_surface_save(surface, path, run, err);
    cairo_surface_destroy(surface);
    return good;
}
