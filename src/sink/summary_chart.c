/* SPDX-License-Identifier: MIT */
/* The contents of summary.png: up to 1000 columns of equally many frames. A gap of the recording ends a column, so that
   nothing is drawn where nothing was recorded. */
#include "base/whole.h"
#include "summary.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { COLUMNS = 1000, GAP_COLUMNS = 1000, GAP_STEPS = 10 };

/* The columns of the table that a panel shows as the ends of its band and as its line. */
typedef struct curve {
    int low, high, middle;
} curve;

struct nsr_summary_chart {
    const nsr_job *job;
    char title[1200], label[NSR_CHART_PANELS][160];
    int n_panels;
    curve curve[NSR_CHART_PANELS];
    int64_t rows, missing, per_column, n;  /* frames so far; those without data; frames per column; columns so far */
    double last;                           /* time or number of the frame before */
    double frames, seen[NSR_CHART_PANELS]; /* frames of the current column: all, and those with a value */
    nsr_chart_column column[COLUMNS + GAP_COLUMNS + 1];
};

static void add_panel(nsr_summary_chart *chart, curve of, const char *name) {
    int i = chart->n_panels++;
    const char *unit = nsr_summary_unit(of.middle, chart->job);
    chart->curve[i] = of;
    snprintf(chart->label[i], sizeof chart->label[i], *unit ? "%s (%s)" : "%s", name, unit);
}

static void choose_panels(nsr_summary_chart *chart) {
    const nsr_environment *env = chart->job->env;
    const char *x = env->x_name[0] ? env->x_name : env->shape == NSR_SHAPE_POLAR ? "distance" : "x";
    const char *y = env->y_name[0] ? env->y_name : env->shape == NSR_SHAPE_POLAR ? "angle" : "y";
    char name[100];
    add_panel(chart, (curve){NSR_COLUMN_MIN, NSR_COLUMN_MAX, NSR_COLUMN_MEAN}, "range and mean");
    snprintf(name, sizeof name, "peak %s", x);
    add_panel(chart, (curve){NSR_COLUMN_X, NSR_COLUMN_X, NSR_COLUMN_X}, name);
    snprintf(name, sizeof name, "peak %s", y);
    if (env->shape != NSR_SHAPE_LINE)
        add_panel(chart, (curve){NSR_COLUMN_Y, NSR_COLUMN_Y, NSR_COLUMN_Y}, name);
    add_panel(chart, (curve){NSR_COLUMN_ENTROPY, NSR_COLUMN_ENTROPY, NSR_COLUMN_ENTROPY}, "entropy");
}

nsr_summary_chart *nsr_summary_chart_open(const nsr_job *job, nsr_err *err) {
    nsr_summary_chart *chart = calloc(1, sizeof *chart);
    if (!chart) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the picture of the summary"), NULL;
    chart->job = job;
    chart->per_column = nsr_divide_up(job->plan->n, COLUMNS);
    choose_panels(chart);
    return chart;
}

void nsr_summary_chart_close(nsr_summary_chart *chart) { free(chart); }

static void close_column(nsr_summary_chart *chart) {
    if (chart->frames == 0) return;
    nsr_chart_column *column = &chart->column[chart->n++];
    column->missing /= chart->frames;
    for (int i = 0; i < chart->n_panels; i++) {
        column->middle[i] /= chart->seen[i]; /* NaN where nothing was seen */
        if (chart->seen[i] == 0) column->low[i] = column->high[i] = NAN;
        chart->seen[i] = 0;
    }
    chart->frames = 0;
}

static void open_column(nsr_summary_chart *chart, double at) {
    nsr_chart_column *column = &chart->column[chart->n];
    *column = (nsr_chart_column){.from = at};
    for (int i = 0; i < chart->n_panels; i++) column->low[i] = INFINITY, column->high[i] = -INFINITY;
}

static double reach(const nsr_job *job) {
    return job->timeline->known ? GAP_STEPS * job->timeline->median_step : (double)job->plan->step;
}

/* Whether the current column ends before this frame. Many gaps must not use up the columns: then they end none. */
static bool ends(const nsr_summary_chart *chart, double at) {
    if (chart->rows % chart->per_column == 0) return true;
    int64_t left = (chart->job->plan->n - chart->rows) / chart->per_column + 2;
    return at - chart->last > reach(chart->job) && chart->n + 1 + left < COLUMNS + GAP_COLUMNS;
}

/* The row's number of column c is row[c * rows]. */
static void add_row(nsr_summary_chart *chart, const nsr_cell *row, int64_t rows, double at) {
    nsr_chart_column *column = &chart->column[chart->n];
    column->to = at;
    bool missing = row[NSR_COLUMN_FINITE * rows].whole == 0;
    column->missing += missing;
    chart->missing += missing;
    chart->frames++;
    for (int i = 0; i < chart->n_panels; i++) {
        const curve *of = &chart->curve[i];
        double low = row[of->low * rows].real, high = row[of->high * rows].real;
        double middle = row[of->middle * rows].real;
        if (!isfinite(middle)) continue;
        column->low[i] = low < column->low[i] ? low : column->low[i];
        column->high[i] = high > column->high[i] ? high : column->high[i];
        column->middle[i] += middle;
        chart->seen[i]++;
    }
}

/* Along the axis a frame lies at its seconds from the first frame, or at its number in the recording. */
void nsr_summary_chart_add(nsr_summary_chart *chart, const nsr_cell *cells, int64_t rows) {
    const nsr_timeline *timeline = chart->job->timeline;
    for (const nsr_cell *row = cells; row < cells + rows; row++) {
        double at = timeline->known ? row[NSR_COLUMN_TIME * rows].real - timeline->t0
                                    : (double)row[NSR_COLUMN_FRAME * rows].whole;
        if (ends(chart, at)) {
            close_column(chart);
            open_column(chart, at);
        }
        add_row(chart, row, rows, at);
        chart->last = at;
        chart->rows++;
    }
}

bool nsr_summary_chart_save(nsr_summary_chart *chart, const char *path, nsr_err *err) {
    const nsr_job *job = chart->job;
    close_column(chart);
    nsr_chart picture = {.title = chart->title,
                         .axis = job->timeline->known ? "seconds from the first frame" : "frame",
                         .n_panels = chart->n_panels,
                         .reach = reach(job),
                         .n = chart->n,
                         .column = chart->column};
    int n = snprintf(chart->title, sizeof chart->title, "%s: %lld frames of %lld bins", job->field->path,
                     (long long)job->plan->n, (long long)job->field->n_bins);
    if (chart->missing)
        snprintf(chart->title + n, sizeof chart->title - (size_t)n, ", %lld without data", (long long)chart->missing);
    for (int i = 0; i < chart->n_panels; i++) picture.panel[i] = chart->label[i];
    return nsr_chart_draw(&picture, path, job->run, err);
}
