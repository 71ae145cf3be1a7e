/* SPDX-License-Identifier: MIT */
/* The histogram of range: 256 steps of the norm from minimum to maximum, as a table or a picture with the limits in it,
   so that a person sees whether they are good. */
#include "histogram.h"
#include <inttypes.h>
#include <math.h>
#include <nsrender/picture.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Below a limit: known where it is the minimum or a percentile; -1: not. */
static int64_t known_below(const nsr_run *run) {
    int i = isnan(run->low) ? -1 : nsr_percentiles_find(&run->percentiles, run->low);
    if (run->range.n_finite == 0 || run->limits.vmin <= run->range.min) return 0;
    return i >= 0 && run->percentiles.value[i] == run->limits.vmin ? run->percentiles.below[i] : -1;
}

static int64_t known_above(const nsr_run *run) {
    int i = isnan(run->high) ? -1 : nsr_percentiles_find(&run->percentiles, run->high);
    if (run->range.n_finite == 0 || run->limits.vmax >= run->range.max) return 0;
    return i >= 0 && run->percentiles.value[i] == run->limits.vmax ? run->percentiles.above[i] : -1;
}

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n > m && !strcmp(text + n - m, end);
}

static bool check_name(const char *path, nsr_err *err) {
    return !path || ends_with(path, ".png") || ends_with(path, ".csv") ||
           nsr_fail(err, NSR_EUSAGE, "--histogram %s: the name must end with .png or .csv", path);
}

/* Steps from minimum to maximum, whatever the limits are. */
static bool make_steps(const nsr_run *run, nsr_histogram *spread, nsr_borders *borders, nsr_err *err) {
    bool log = run->norm.kind == NSR_NORM_LOG;
    nsr_norm norm = run->norm;
    norm.clip = false;
    *spread = (nsr_histogram){.limits = run->limits, .borders = borders, .colors = &run->borders};
    bool good = log ? nsr_color_limits_choose_log(&spread->bounds, &run->range, NAN, NAN, err)
                    : nsr_color_limits_choose(&spread->bounds, &run->range, NAN, NAN, err);
    if (good) nsr_borders_make(borders, &norm, &spread->bounds, false, false);
    return good;
}

static double step_end(const nsr_histogram *spread, int step) {
    return step == 0 ? spread->bounds.vmin : step == 256 ? spread->bounds.vmax : spread->borders->border[step];
}

static char *table(const nsr_histogram *spread, size_t *bytes) {
    char *text = NULL;
    FILE *out = open_memstream(&text, bytes);
    if (!out) return NULL;
    fprintf(out, "from,to,count\n");
    for (int k = 0; k < 256; k++)
        fprintf(out, "%.17g,%.17g,%" PRId64 "\n", step_end(spread, k), step_end(spread, k + 1), spread->count[k]);
    if (fclose(out)) return free(text), NULL;
    return text;
}

static bool write_table(const nsr_run *run, const nsr_histogram *spread, const char *path, nsr_err *err) {
    size_t bytes;
    char *text = table(spread, &bytes);
    if (!text) return nsr_fail(err, NSR_EINTERNAL, "out of memory for %s", path);
    bool good = nsr_file_put(path, text, bytes, run->id, false, err);
    free(text);
    return good;
}

static bool write_out(const nsr_run *run, const nsr_histogram *spread, nsr_err *err) {
    const char *path = run->config.show.histogram;
    if (ends_with(path, ".csv")) return write_table(run, spread, path, err);
    return nsr_histogram_draw(spread, nsr_norm_name(&run->norm), path, run->id, err);
}

static bool count(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    nsr_histogram spread;
    nsr_borders *borders = calloc(1, sizeof *borders);
    if (!borders)
        nsr_fail(err, NSR_EINTERNAL, "out of memory for a histogram");
    else
        make_steps(run, &spread, borders, err);
    if (nsr_agree(comm, err) && nsr_count_histogram(run, &spread, comm, err)) {
        run->clip = spread.clip;
        if (run->config.show.histogram && nsr_is_root(comm)) write_out(run, &spread, err);
    }
    free(borders);
    return nsr_agree(comm, err);
}

bool nsr_print_histogram(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    int64_t below = known_below(run), above = known_above(run);
    check_name(run->config.show.histogram, err);
    if (!nsr_agree(comm, err)) return false;
    if (below < 0 || above < 0 || run->config.show.histogram) return count(run, comm, err);
    run->clip = (nsr_clip){below, above, run->range.n_values - run->range.n_finite};
    return true;
}
