/* SPDX-License-Identifier: MIT */
/* Progress on stderr: a bar on a terminal, a line every 20 s in a log, or JSON lines for programs. */
#include <inttypes.h>
#include <nsrender/team.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { BAR_CELLS = 28 };
static const double BAR_EVERY = 0.1, JSON_EVERY = 0.5, LINE_EVERY = 20; /* seconds */

double nsr_seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void nsr_seconds_text(double s, char *text, size_t size) {
    if (s < 10)
        snprintf(text, size, "%.1f s", s);
    else if (s < 100)
        snprintf(text, size, "%.0f s", s);
    else if (s < 3600)
        snprintf(text, size, "%d min %02d s", (int)(s / 60), (int)s % 60);
    else
        snprintf(text, size, "%d h %02d min", (int)(s / 3600), (int)(s / 60) % 60);
}

void nsr_progress_start(nsr_progress *progress, const char *stage, int64_t skipped, int64_t total) {
    progress->stage = stage;
    progress->skipped = skipped;
    progress->total = total;
    progress->done = 0;
    progress->start = progress->last = progress->last_line = nsr_seconds_now();
    progress->drawn = false;
}

static void draw_bar(nsr_progress *p, double share, double rate, const char *left, bool last) {
    char cells[BAR_CELLS + 1];
    int full = (int)(share * BAR_CELLS);
    for (int i = 0; i < BAR_CELLS; i++)
        cells[i] = i < full ? '#' : '.';
    cells[BAR_CELLS] = 0;
    fprintf(stderr, "\r%-7s [%s] %5.1f %%  %" PRId64 "/%" PRId64 " frames  %.0f/s  %s%s\033[K%s", p->stage, cells,
            100 * share, p->skipped + p->done, p->total, rate, last ? "took " : "ETA ", left, last ? "\n" : "");
}

static void draw_line(nsr_progress *p, double share, double rate, const char *left) {
    fprintf(stderr, "%s: %.1f %%, %" PRId64 " of %" PRId64 " frames, %.0f frames/s, ETA %s\n", p->stage, 100 * share,
            p->skipped + p->done, p->total, rate, left);
}

static void draw_json(nsr_progress *p, double rate, double eta, double seconds, bool last) {
    fprintf(stderr,
            "{\"stage\": \"%s\", \"done\": %" PRId64 ", \"total\": %" PRId64
            ", \"frames_per_second\": %.1f, \"eta\": %.1f, \"seconds\": %.2f, \"last\": %s}\n",
            p->stage, p->skipped + p->done, p->total, rate, eta, seconds, last ? "true" : "false");
}

static bool due(nsr_progress *p, double now, bool last) {
    double every = p->show == NSR_SHOW_BAR ? BAR_EVERY : p->show == NSR_SHOW_JSON ? JSON_EVERY : LINE_EVERY;
    if (p->show == NSR_SHOW_NONE || (!last && now - p->last < every)) return false;
    return !last || p->show == NSR_SHOW_JSON || p->drawn; /* a stage shorter than one interval draws no bar */
}

void nsr_progress_draw(nsr_progress *p, int64_t done, bool last) {
    double now = nsr_seconds_now(), seconds = now - p->start;
    p->done = done;
    if (!due(p, now, last)) return;
    p->last = now;
    p->drawn = true;
    int64_t left = p->total - p->skipped - done;
    double rate = seconds > 0 ? (double)done / seconds : 0, eta = rate > 0 ? (double)left / rate : 0;
    double share = p->total > 0 ? (double)(p->skipped + done) / (double)p->total : 1;
    char text[40];
    nsr_seconds_text(last ? seconds : eta, text, sizeof text);
    if (p->show == NSR_SHOW_BAR)
        draw_bar(p, share, rate, text, last);
    else if (p->show == NSR_SHOW_JSON)
        draw_json(p, rate, eta, seconds, last);
    else if (!last)
        draw_line(p, share, rate, text);
    fflush(stderr);
}
