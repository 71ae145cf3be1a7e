/* SPDX-License-Identifier: MIT */
/* Curves over frames: a band from the smallest to the largest value of each column, a line through the middles, and a
   strip of frames without data. The font is built into cairo, so that the picture is the same on every machine. */
#include "surface.h"
#include <math.h>
#include <nsrender/picture.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 1200, LEFT = 90, RIGHT = 24, TOP = 44, PANEL = 150, SPACE = 34, STRIP = 14, BOTTOM = 56 };

typedef struct rgb { double r, g, b; } rgb;
static const rgb ink = {0.13, 0.13, 0.16}, faint = {0.87, 0.88, 0.90}, gray = {0.45, 0.46, 0.50},
                 absent = {0.80, 0.25, 0.25}, ground = {0.965, 0.97, 0.975};
static const rgb colors[NSR_CHART_PANELS] = {
    {0.12, 0.40, 0.66}, {0.10, 0.52, 0.45}, {0.55, 0.36, 0.62}, {0.72, 0.43, 0.09}};

/* A panel or the strip: its rectangle in pixels, and the values at its sides. */
typedef struct frame {
    double x, y, w, h;
    double left, right, low, high; /* values at its left, right, lower and upper side */
} frame;

static void pen(cairo_t *c, rgb color, double alpha) { cairo_set_source_rgba(c, color.r, color.g, color.b, alpha); }

static double across(const frame *f, double at) { return f->x + f->w * (at - f->left) / (f->right - f->left); }
static double down(const frame *f, double at) { return f->y + f->h * (f->high - at) / (f->high - f->low); }

/* --- numbers on axes --- */

static double exponent_of(double x) { return floor(log10(x) + 1e-9); }

/* A step of 1, 2 or 5 times a power of ten, about span / n. */
static double nice_step(double span, int n) {
    double raw = span / n, power = pow(10, floor(log10(raw))), times = raw / power;
    return power * (times < 1.5 ? 1 : times < 3.5 ? 2 : times < 7.5 ? 5 : 10);
}

/* Decimals that distinguish neighbouring ticks; -1: use an exponent. */
static int decimals_for(double step, double most) {
    int decimals = (int)fmax(0, -exponent_of(step));
    return most >= 1e6 || decimals > 5 ? -1 : decimals;
}

static void number(char text[40], double value, int decimals) {
    value = value == 0 ? 0.0 : value; /* never -0 */
    if (decimals < 0) snprintf(text, 40, "%.4g", value);
    else snprintf(text, 40, "%.*f", decimals, value);
}

/* The ticks of a vertical axis. When their numbers differ only in the last digits, the common part, `offset`, is
   subtracted and written beside the panel's name. */
typedef struct ticks {
    double step, first, offset; /* the first one is first * step */
    int decimals;
} ticks;

static ticks ticks_down_of(const frame *f) {
    const double step = nice_step(f->high - f->low, 4), most = fmax(fabs(f->low), fabs(f->high));
    ticks t = {.step = step, .first = ceil(f->low / step - 1e-9), .decimals = decimals_for(step, most)};
    if (exponent_of(most) - exponent_of(step) >= (t.decimals < 0 ? 4 : 6)) {
        t.offset = t.first * step;
        t.decimals = decimals_for(step, f->high - t.offset);
    }
    return t;
}

/* `anchor`: the part of the text at x: 0 its begin, 0.5 its middle, 1 its end. */
static void write_text(cairo_t *c, const char *text, double x, double y, double anchor) {
    cairo_text_extents_t box;
    cairo_text_extents(c, text, &box);
    cairo_move_to(c, x - anchor * box.x_advance, y);
    cairo_show_text(c, text);
}

static void ticks_across(cairo_t *c, const frame *f, bool labels) {
    double span = f->right - f->left, step = nice_step(span, 9);
    int decimals = decimals_for(step, span < 1e9 ? 0 : span); /* frame numbers get no exponent */
    for (double k = ceil(f->left / step - 1e-9); k * step <= f->right + 1e-9 * step; k++) {
        char text[40];
        double x = floor(across(f, k * step)) + 0.5;
        pen(c, faint, 1);
        cairo_move_to(c, x, f->y);
        cairo_line_to(c, x, f->y + f->h);
        cairo_stroke(c);
        if (!labels) continue;
        number(text, k * step, decimals);
        pen(c, ink, 1);
        write_text(c, text, x, f->y + f->h + 16, 0.5);
    }
}

static void ticks_down(cairo_t *c, const frame *f, const ticks *t) {
    for (double k = t->first; k * t->step <= f->high + 1e-9 * t->step; k++) {
        char text[40];
        double y = floor(down(f, k * t->step)) + 0.5;
        pen(c, faint, 1);
        cairo_move_to(c, f->x, y);
        cairo_line_to(c, f->x + f->w, y);
        cairo_stroke(c);
        number(text, k * t->step - t->offset, t->decimals);
        pen(c, ink, 1);
        write_text(c, text, f->x - 8, y + 4, 1);
    }
}

static void write_name(cairo_t *c, const frame *f, const char *name, double offset) {
    char text[240];
    int n = snprintf(text, sizeof text, "%.200s", name);
    if (offset != 0) snprintf(text + n, sizeof text - (size_t)n, " %c %.12g", offset < 0 ? '+' : '-', fabs(offset));
    write_text(c, text, f->x, f->y - 7, 0);
}

/* --- curves --- */

/* Is column i connected to the column before? */
static bool follows(const nsr_chart *chart, int64_t i) {
    return chart->column[i].from - chart->column[i - 1].to <= chart->reach;
}

/* The right end of a column: the next column if connected, and at least one pixel from its left end, to be visible. */
static double end_of(const frame *f, const nsr_chart *chart, int64_t i) {
    double to = i + 1 < chart->n && follows(chart, i + 1) ? chart->column[i + 1].from : chart->column[i].to;
    return fmax(across(f, to), across(f, chart->column[i].from) + 1);
}

/* Draws the columns first .. end-1, which are connected. */
typedef void draw_run(cairo_t *c, const frame *f, const nsr_chart *chart, int panel, int64_t first, int64_t end);

static void each_run(cairo_t *c, const frame *f, const nsr_chart *chart, int panel, draw_run *draw) {
    for (int64_t first = 0, end; first < chart->n; first = end) {
        end = first + 1;
        if (!isfinite(chart->column[first].middle[panel])) continue;
        while (end < chart->n && isfinite(chart->column[end].middle[panel]) &&
                   follows(chart, end))
            end++;
        draw(c, f, chart, panel, first, end);
    }
}

static void draw_band(cairo_t *c, const frame *f, const nsr_chart *chart, int panel, int64_t first, int64_t end) {
    for (int64_t i = first; i < end; i++) {
        cairo_line_to(c, across(f, chart->column[i].from), down(f, chart->column[i].high[panel]));
        cairo_line_to(c, end_of(f, chart, i), down(f, chart->column[i].high[panel]));
    }
    for (int64_t i = end - 1; i >= first; i--) {
        cairo_line_to(c, end_of(f, chart, i), down(f, chart->column[i].low[panel]));
        cairo_line_to(c, across(f, chart->column[i].from), down(f, chart->column[i].low[panel]));
    }
    cairo_close_path(c);
    pen(c, colors[panel], 0.28);
    cairo_fill(c);
}

static void draw_line(cairo_t *c, const frame *f, const nsr_chart *chart, int panel, int64_t first, int64_t end) {
    for (int64_t i = first; i < end; i++) {
        const nsr_chart_column *column = &chart->column[i];
        cairo_line_to(c, across(f, (column->from + column->to) / 2), down(f, column->middle[panel]));
    }
    if (end - first == 1) cairo_rel_line_to(c, 1, 0);
    pen(c, colors[panel], 1);
    cairo_stroke(c);
}

/* Sets the vertical span: slightly more than the values, and never empty. */
static void choose_span(frame *f, const nsr_chart *chart, int panel) {
    f->low = INFINITY, f->high = -INFINITY;
    for (int64_t i = 0; i < chart->n; i++)
        if (isfinite(chart->column[i].middle[panel])) {
            f->low = fmin(f->low, chart->column[i].low[panel]);
            f->high = fmax(f->high, chart->column[i].high[panel]);
        }
    if (!(f->low <= f->high)) f->low = 0, f->high = 1;
    double margin = 0.06 * (f->high - f->low);
    if (!(margin > 1e-9 * fmax(fabs(f->low), fabs(f->high)))) margin = f->high == 0 ? 1 : 0.1 * fabs(f->high);
    if (isfinite(f->high - f->low + 2 * margin)) f->low -= margin, f->high += margin;
}

static void fill_frame(cairo_t *c, const frame *f) {
    pen(c, ground, 1);
    cairo_rectangle(c, f->x, f->y, f->w, f->h);
    cairo_fill(c);
}

static void outline(cairo_t *c, const frame *f) {
    pen(c, gray, 1);
    cairo_rectangle(c, f->x + 0.5, f->y + 0.5, f->w - 1, f->h - 1);
    cairo_stroke(c);
}

static void draw_panel(cairo_t *c, frame *f, const nsr_chart *chart, int panel) {
    choose_span(f, chart, panel);
    const ticks t = ticks_down_of(f);
    fill_frame(c, f);
    ticks_across(c, f, false);
    ticks_down(c, f, &t);
    cairo_save(c);
    cairo_rectangle(c, f->x, f->y, f->w, f->h);
    cairo_clip(c);
    each_run(c, f, chart, panel, draw_band);
    cairo_set_line_width(c, 1.3);
    cairo_set_line_join(c, CAIRO_LINE_JOIN_ROUND);
    cairo_set_antialias(c, CAIRO_ANTIALIAS_FAST);
    each_run(c, f, chart, panel, draw_line);
    cairo_restore(c);
    outline(c, f);
    pen(c, colors[panel], 1);
    write_name(c, f, chart->panel[panel], t.offset);
}

static void draw_strip(cairo_t *c, const frame *f, const nsr_chart *chart) {
    bool any = false;
    fill_frame(c, f);
    ticks_across(c, f, true);
    cairo_set_antialias(c, CAIRO_ANTIALIAS_NONE); /* no seams between columns */
    for (int64_t i = 0; i < chart->n; i++) {
        const nsr_chart_column *column = &chart->column[i];
        if (!(column->missing > 0)) continue;
        any = true;
        pen(c, absent, 0.35 + 0.65 * column->missing); /* visible also for a small share */
        cairo_rectangle(c, across(f, column->from), f->y, end_of(f, chart, i) - across(f, column->from), f->h);
        cairo_fill(c);
    }
    cairo_set_antialias(c, CAIRO_ANTIALIAS_DEFAULT);
    outline(c, f);
    pen(c, any ? absent : gray, 1);
    write_text(c, any ? "frames without data" : "frames without data: none", f->x, f->y - 7, 0);
}

static void draw_all(cairo_t *c, const nsr_chart *chart, int height) {
    pen(c, (rgb){1, 1, 1}, 1);
    cairo_paint(c);
    cairo_select_font_face(c, "@cairo:", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(c, 16);
    pen(c, ink, 1);
    write_text(c, chart->title, LEFT, 24, 0);
    cairo_set_font_size(c, 13);
    double left = chart->n ? chart->column[0].from : 0, right = chart->n ? chart->column[chart->n - 1].to : 1;
    frame f = {LEFT, TOP + 14, WIDTH - LEFT - RIGHT, PANEL, left, right > left ? right : left + 1, 0, 1};
    for (int i = 0; i < chart->n_panels; i++, f.y += PANEL + SPACE) {
        cairo_set_line_width(c, 1);
        draw_panel(c, &f, chart, i);
    }
    f.h = STRIP;
    cairo_set_line_width(c, 1);
    draw_strip(c, &f, chart);
    pen(c, ink, 1);
    write_text(c, chart->axis, LEFT + f.w / 2, height - 14, 0.5);
}

bool nsr_chart_draw(const nsr_chart *chart, const char *path, const char *run, nsr_err *err) {
    int height = TOP + 14 + chart->n_panels * (PANEL + SPACE) + STRIP + BOTTOM;
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH, height);
    cairo_t *c = cairo_create(surface);
    draw_all(c, chart, height);
    cairo_status_t status = cairo_status(c);
    if (status) nsr_fail(err, NSR_EINTERNAL, "%s: cairo: %s", path, cairo_status_to_string(status));
    cairo_destroy(c);
    if (nsr_good(err)) nsr_surface_save(surface, path, run, err);
    cairo_surface_destroy(surface);
    return nsr_good(err);
}
