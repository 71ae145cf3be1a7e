/* SPDX-License-Identifier: MIT */
/* Progress on stderr: a bar on a terminal, in a log lines with the time of day in growing intervals, or JSON lines for
   programs. The rate is that of the last half minute, so that the estimate follows what the run does now. */
#include <inttypes.h>
#include <nsrender/team.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { BAR_CELLS = 28 };
static const double BAR_EVERY = 0.1, JSON_EVERY = 0.5, RATE_OVER = 30; /* seconds */

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

static void say_time(const char *stage) {
    char text[16];
    struct tm local;
    time_t now = time(NULL);
    strftime(text, sizeof text, "%H:%M:%S", localtime_r(&now, &local));
    fprintf(stderr, "%s %s: ", text, stage);
}

void nsr_progress_begins(const nsr_progress *p, const char *stage) {
    if (p->show != NSR_SHOW_LINE) return;
    say_time(stage);
    fprintf(stderr, "begins\n");
}

void nsr_progress_ends(const nsr_progress *p, const char *stage, double seconds) {
    char text[40];
    if (p->show != NSR_SHOW_LINE) return;
    nsr_seconds_text(seconds, text, sizeof text);
    say_time(stage);
    fprintf(stderr, "took %s\n", text);
}

void nsr_progress_start(nsr_progress *progress, const char *stage, int64_t skipped, int64_t total) {
    progress->stage = stage;
    progress->skipped = skipped;
    progress->total = total;
    progress->done = 0;
    progress->start = progress->last = nsr_seconds_now();
    progress->drawn = false;
    progress->n_seen = 1;
    progress->seen[0] = (nsr_progress_seen){progress->start, 0};
    nsr_progress_begins(progress, stage);
}

/* Keeps one sample a second; the oldest is that of half a minute ago, or of the start. */
static void see(nsr_progress *p, double now, int64_t done) {
    if (now - p->seen[p->n_seen - 1].time < RATE_OVER / (NSR_PROGRESS_SEEN - 1)) return;
    if (p->n_seen == NSR_PROGRESS_SEEN) memmove(p->seen, p->seen + 1, (size_t)--p->n_seen * sizeof *p->seen);
    p->seen[p->n_seen++] = (nsr_progress_seen){now, done};
}

static double rate_of(const nsr_progress *p, double now, int64_t done, bool last) {
    const nsr_progress_seen since = last ? (nsr_progress_seen){p->start, 0} : p->seen[0];
    return now > since.time ? (double)(done - since.done) / (now - since.time) : 0;
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
    say_time(p->stage);
    fprintf(stderr, "%.1f %%, %" PRId64 " of %" PRId64 " frames, %.0f frames/s, ETA %s\n", 100 * share,
            p->skipped + p->done, p->total, rate, left);
}

/* The rate of a stage that took no time says nothing. */
static void draw_end(nsr_progress *p, double seconds, double rate, const char *took) {
    char speed[40] = "";
    if (seconds >= 0.5) snprintf(speed, sizeof speed, ", %.0f frames/s", rate);
    say_time(p->stage);
    fprintf(stderr, "took %s, %" PRId64 " of %" PRId64 " frames%s\n", took, p->done, p->total - p->skipped, speed);
}

static void draw_json(nsr_progress *p, double rate, double eta, double seconds, bool last) {
    fprintf(stderr,
            "{\"stage\": \"%s\", \"done\": %" PRId64 ", \"total\": %" PRId64
            ", \"frames_per_second\": %.1f, \"eta\": %.1f, \"seconds\": %.2f, \"last\": %s}\n",
            p->stage, p->skipped + p->done, p->total, rate, eta, seconds, last ? "true" : "false");
}

/* Three lines in the first minute, then one a minute, after ten minutes one in five. */
static double line_every(double seconds) { return seconds < 60 ? 20 : seconds < 600 ? 60 : 300; }

static bool due(nsr_progress *p, double now, bool last) {
    double every = p->show == NSR_SHOW_BAR    ? BAR_EVERY
                   : p->show == NSR_SHOW_JSON ? JSON_EVERY
                                              : line_every(p->last - p->start);
    if (p->show == NSR_SHOW_NONE || (!last && now - p->last < every)) return false;
    return !last || p->show != NSR_SHOW_BAR || p->drawn; /* a stage shorter than one interval draws no bar */
}

void nsr_progress_draw(nsr_progress *p, int64_t done, bool last) {
    double now = nsr_seconds_now(), seconds = now - p->start;
    p->done = done;
    see(p, now, done);
    if (!due(p, now, last)) return;
    p->last = now;
    p->drawn = true;
    int64_t left = p->total - p->skipped - done;
    double rate = rate_of(p, now, done, last), eta = rate > 0 ? (double)left / rate : 0;
    double share = p->total > 0 ? (double)(p->skipped + done) / (double)p->total : 1;
    char text[40];
    nsr_seconds_text(last ? seconds : eta, text, sizeof text);
    if (p->show == NSR_SHOW_BAR)
        draw_bar(p, share, rate, text, last);
    else if (p->show == NSR_SHOW_JSON)
        draw_json(p, rate, eta, seconds, last);
    else if (last)
        draw_end(p, seconds, rate, text);
    else
        draw_line(p, share, rate, text);
    fflush(stderr);
}
