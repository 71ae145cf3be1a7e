/* SPDX-License-Identifier: MIT */
/* The histogram of `range`: 256 steps of the norm from minimum to maximum, as a table or as a picture that shows the
   colour limits, so that a person sees whether these are good. */
#include "histogram.h"
#include "color_limits.h"
#include "passes.h"
#include <nsrender/file.h>
#include <inttypes.h>
#include <math.h>
#include <nsrender/picture.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Values below the lower limit: known where that is the minimum or a percentile; -1: not known. */
static int64_t known_below(const nsr_measurement *m) {
    int i = isnan(m->low) ? -1 : nsr_percentiles_find(&m->percentiles, m->low);
    if (m->range.n_finite == 0 || m->limits.vmin <= m->range.min) return 0;
    return i >= 0 && m->percentiles.value[i] == m->limits.vmin ? m->percentiles.below[i] : -1;
}

/* The same above the upper limit. */
static int64_t known_above(const nsr_measurement *m) {
    int i = isnan(m->high) ? -1 : nsr_percentiles_find(&m->percentiles, m->high);
    if (m->range.n_finite == 0 || m->limits.vmax >= m->range.max) return 0;
    return i >= 0 && m->percentiles.value[i] == m->limits.vmax ? m->percentiles.above[i] : -1;
}

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n > m && !strcmp(text + n - m, end);
}

static bool check_name(const char *path, nsr_err *err) {
    return !path || ends_with(path, ".png") || ends_with(path, ".csv") ||
           nsr_fail(err, NSR_EUSAGE, "--histogram %s: the name must end with .png or .csv", path);
}

/* Steps from minimum to maximum, independent of the colour limits. */
static bool make_steps(const nsr_measurement *m, nsr_histogram *histogram, nsr_borders *borders, nsr_err *err) {
    bool log = m->norm.kind == NSR_NORM_LOG;
    nsr_norm norm = m->norm;
    norm.clip = false;
    *histogram = (nsr_histogram){.limits = m->limits, .borders = borders, .colors = &m->borders};
    bool good = log ? nsr_color_limits_choose_log(&histogram->bounds, &m->range, NAN, NAN, err)
                    : nsr_color_limits_choose(&histogram->bounds, &m->range, NAN, NAN, err);
    if (good) nsr_borders_make(borders, &norm, &histogram->bounds, false, false);
    return good;
}

static double step_end(const nsr_histogram *histogram, int step) {
    return step == 0 ? histogram->bounds.vmin : step == 256 ? histogram->bounds.vmax : histogram->borders->border[step];
}

static char *csv_of(const nsr_histogram *histogram, size_t *bytes) {
    char *text = NULL;
    FILE *out = open_memstream(&text, bytes);
    if (!out) return NULL;
    fprintf(out, "from,to,count\n");
    for (int k = 0; k < 256; k++)
        fprintf(out, "%.17g,%.17g,%" PRId64 "\n", step_end(histogram, k), step_end(histogram, k + 1),
                histogram->count[k]);
    if (fclose(out)) return free(text), NULL;
    return text;
}

static bool write_table(const nsr_histogram *histogram, const char *path, const char *run_id, nsr_err *err) {
    size_t bytes;
    char *text = csv_of(histogram, &bytes);
    if (!text) return nsr_fail(err, NSR_EINTERNAL, "out of memory for %s", path);
    bool good = nsr_file_put(path, text, bytes, run_id, NSR_PUT_DURABLY, err);
    free(text);
    return good;
}

static bool write_histogram(const nsr_measurement *m, const nsr_histogram *histogram, const char *run_id,
                            nsr_err *err) {
    const char *path = m->config->show.histogram;
    if (ends_with(path, ".csv")) return write_table(histogram, path, run_id, err);
    return nsr_histogram_draw(histogram, nsr_norm_name(&m->norm), path, run_id, err);
}

static bool count_steps(nsr_measurement *m, const char *run_id, const nsr_comm *comm, nsr_err *err) {
    nsr_histogram histogram;
    nsr_borders *borders = calloc(1, sizeof *borders);
    if (!borders)
        nsr_fail(err, NSR_EINTERNAL, "out of memory for a histogram");
    else
        make_steps(m, &histogram, borders, err);
    if (nsr_agree(comm, err) && nsr_pass_histogram(m, &histogram, comm, err)) {
        m->clip = histogram.clip;
        if (m->config->show.histogram && nsr_is_root(comm)) write_histogram(m, &histogram, run_id, err);
    }
    free(borders);
    return nsr_agree(comm, err);
}

bool nsr_measure_clip(nsr_measurement *m, const char *run_id, const nsr_comm *comm, nsr_err *err) {
    int64_t below = known_below(m), above = known_above(m);
    check_name(m->config->show.histogram, err);
    if (!nsr_agree(comm, err)) return false;
    if (below < 0 || above < 0 || m->config->show.histogram) return count_steps(m, run_id, comm, err);
    m->clip = (nsr_clip){below, above, m->range.n_values - m->range.n_finite};
    return true;
}
