/* SPDX-License-Identifier: MIT */
/* The percentiles and the subset of frames that the options name, and the colour limits that follow from the measured
   values. */
#include "color_limits.h"
#include <inttypes.h>
#include <math.h>
#include <nsrender/log.h>
#include <string.h>

static const double table[] = {0.1, 1, 5, 25, 50, 75, 95, 99, 99.9}; /* of range without --percentile */

static bool choose_limits(nsr_color_limits *limits, const nsr_norm *norm, const nsr_range *range, double vmin,
                          double vmax, nsr_err *err) {
    return (norm->kind == NSR_NORM_LOG ? nsr_color_limits_choose_log : nsr_color_limits_choose)(limits, range, vmin,
                                                                                                vmax, err);
}

/* --- options --- */

static bool take_two(nsr_measurement *m, const nsr_percentiles *asked, nsr_err *err) {
    if (asked->percent[0] >= asked->percent[1])
        return nsr_fail(err, NSR_EUSAGE, "--percentile %g,%g: the first must be below the second", asked->percent[0],
                        asked->percent[1]);
    m->low = asked->percent[0];
    m->high = asked->percent[1];
    return true;
}

/* Two percentiles are the limits. `range` shows any number of percentiles; with other than two the limits are minimum
   and maximum. */
static bool want_percentiles(nsr_measurement *m, nsr_err *err) {
    bool range = m->config->command == NSR_CMD_RANGE, sampled = m->config->show.sample != NSR_NOT_GIVEN;
    const char *text = m->config->show.percentile ? m->config->show.percentile : sampled ? "1,99" : "none";
    m->low = m->high = NAN;
    if (!nsr_percentiles_parse(&m->wanted, text, err)) return false;
    if (!range && m->wanted.n != 0 && m->wanted.n != 2)
        return nsr_fail(err, NSR_EUSAGE,
                        "--percentile: two different numbers, for the first and the last colour: 1,99");
    if (m->wanted.n == 2 && !m->config->show.limits && !take_two(m, &m->wanted, err)) return false;
    bool asked = m->config->show.percentile || m->config->run.json; /* programs ask for what they need */
    if (!range || asked) return true;
    nsr_percentiles shown = {.n = NSR_COUNTOF(table)};
    memcpy(shown.percent, table, sizeof table);
    m->wanted = shown; /* 1 and 99 are among them */
    return true;
}

/* Limits that are both given can be refused before anything is read. */
static bool check_given(const nsr_measurement *m, nsr_err *err) {
    nsr_color_limits limits;
    nsr_range none;
    double vmin = m->config->show.vmin, vmax = m->config->show.vmax;
    nsr_range_init(&none);
    return isnan(vmin) || isnan(vmax) || choose_limits(&limits, &m->norm, &none, vmin, vmax, err);
}

static bool is_distribution(const nsr_measurement *m) {
    return m->config->show.limits && !strcmp(m->config->show.limits, "distribution");
}

/* Ways to choose both limits exclude each other; a given --vmin or --vmax goes with any. */
static bool check_ways(const nsr_measurement *m, nsr_err *err) {
    const char *limits = m->config->show.limits, *percentile = m->config->show.percentile;
    bool range = m->config->command == NSR_CMD_RANGE, sampled = m->config->show.sample != NSR_NOT_GIVEN;
    if (limits && ((percentile && !range) || sampled))
        return nsr_fail(err, NSR_EUSAGE, "--limits %s and --%s exclude each other; choose one", limits,
                        sampled ? "sample" : "percentile");
    if (is_distribution(m) && m->norm.kind != NSR_NORM_LINEAR && m->norm.kind != NSR_NORM_LOG)
        return nsr_fail(err, NSR_EUSAGE, "--limits distribution is logarithmic; leave --norm %s away",
                        m->config->show.norm);
    return true;
}

static bool parse_options(nsr_measurement *m, nsr_err *err) {
    if (!nsr_norm_parse(&m->norm, m->config, err) || !check_ways(m, err)) return false;
    if (is_distribution(m)) m->norm.kind = NSR_NORM_LOG, m->norm.clip = true;
    return want_percentiles(m, err);
}

bool nsr_color_limits_prepare(nsr_measurement *m, const nsr_comm *comm, nsr_err *err) {
    const char *limits = m->config->show.limits;
    parse_options(m, err); /* alike on all ranks, as check_given */
    if (!nsr_from_root(comm, NULL, 0, err)) return false;
    bool file = limits && !is_distribution(m) && strcmp(limits, "minmax") != 0;
    if (file && !nsr_color_limits_load(m, comm, err)) return false;
    check_given(m, err);
    return nsr_from_root(comm, NULL, 0, err) && nsr_subset_make(&m->subset, m->config, &m->input->plan, comm, err);
}

/* --- the choice --- */

/* Percentiles of very large numbers of both signs may be no numbers. */
static double limit_of(const nsr_measurement *m, double percent, double otherwise) {
    int i = isnan(percent) ? -1 : nsr_percentiles_find(&m->percentiles, percent);
    return i >= 0 && isfinite(m->percentiles.value[i]) ? m->percentiles.value[i] : otherwise;
}

/* From a tenth of the uniform density 1/n_bins to the maximum. */
static void choose_distribution(const nsr_measurement *m, nsr_range *shown) {
    double even = 1 / (double)m->input->field->n_bins;
    shown->min = even / 10;
    if (shown->max < even) shown->max = even;
    shown->least = shown->min;
    shown->n_finite += shown->n_finite == 0;
}

bool nsr_color_limits_set(nsr_measurement *m, nsr_err *err) {
    nsr_range shown = m->range;
    const char *under = m->config->show.under, *over = m->config->show.over;
    shown.min = limit_of(m, m->low, shown.min);
    shown.max = limit_of(m, m->high, shown.max);
    if (is_distribution(m)) choose_distribution(m, &shown);
    if (!choose_limits(&m->limits, &m->norm, &shown, m->config->show.vmin, m->config->show.vmax, err)) return false;
    if (m->norm.kind != NSR_NORM_LINEAR || under || over)
        nsr_borders_make(&m->borders, &m->norm, &m->limits, under, over);
    return true;
}

/* --- the log --- */

/* A logarithmic norm draws values <= 0 as no data. */
static void log_logarithm(const nsr_measurement *m) {
    if (m->norm.kind != NSR_NORM_LOG || m->range.min > 0 || m->range.n_finite == 0 || m->norm.clip) return;
    if (isinf(m->range.least))
        nsr_warn("--norm log: no value is above 0, so nothing is shown; use --norm symlog");
    else if (m->limits.vmin == m->range.least)
        nsr_note("--norm log: begins at %.9g, the least value above 0; others are drawn as no data", m->limits.vmin);
}

int nsr_color_limits_peaks(const nsr_measurement *m, int *dark) {
    enum { TENTH = 26 };
    uint16_t level[NSR_IDENTITY_ROWS];
    nsr_clip ignored = {0};
    int seen = 0;
    *dark = 0;
    nsr_levels(level, NSR_F64, m->peak, NSR_IDENTITY_ROWS, &m->limits, &m->borders, &ignored);
    for (int i = 0; i < NSR_IDENTITY_ROWS; i++) {
        if (isinf(m->peak[i])) continue;
        seen++;
        *dark += m->peak[i] < m->limits.vmin || level[i] < TENTH;
    }
    return seen;
}

static void log_peaks(const nsr_measurement *m) {
    int dark, seen = nsr_color_limits_peaks(m, &dark);
    bool chosen = !isnan(m->config->show.vmin) && !isnan(m->config->show.vmax);
    if (chosen || seen < 4 || 2 * dark <= seen) return;
    nsr_note("%d of %d sampled frames peak in the lowest tenth of the colours; %s would help", dark, seen,
             m->distribution ? "--limits distribution, or --percentile 0.1,99.9,"
                             : "--percentile 0.1,99.9, or --norm log,");
}

static void log_kind(const nsr_measurement *m) {
    if (is_distribution(m) && !m->distribution) nsr_warn("--limits distribution: the sampled rows do not sum to 1");
}

static void log_estimate(const nsr_measurement *m) {
    char text[200];
    if (m->subset.kind == NSR_SUBSET_ALL) return;
    nsr_subset_text(&m->subset, text, sizeof text);
    nsr_note("the range is an estimate: from %" PRId64 " finite values of %s", m->range.n_finite, text);
}

void nsr_color_limits_log(const nsr_measurement *m) {
    log_estimate(m);
    log_logarithm(m);
    log_kind(m);
    log_peaks(m);
}
