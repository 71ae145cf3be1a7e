/* SPDX-License-Identifier: MIT */
/* From the options to the window of the display: which percentiles of which frames it takes, and what is chosen in the
   end. */
#include "plan/subset.h"
#include "color_limits.h"
#include <inttypes.h>
#include <math.h>
#include <nsrender/log.h>
#include <string.h>

static const double table[] = {0.1, 1, 5, 25, 50, 75, 95, 99, 99.9}; /* what range shows unless told otherwise */

static bool choose(nsr_color_limits *limits, const nsr_norm *norm, const nsr_range *range, double vmin, double vmax,
                   nsr_err *err) {
    return (norm->kind == NSR_NORM_LOG ? nsr_color_limits_choose_log : nsr_color_limits_choose)(limits, range, vmin,
                                                                                                vmax, err);
}

/* --- what is wanted --- */

static bool take_two(nsr_run *run, const nsr_percentiles *asked, nsr_err *err) {
    if (asked->percent[0] >= asked->percent[1])
        return nsr_fail(err, NSR_EUSAGE, "--percentile %g,%g: the first must be below the second", asked->percent[0],
                        asked->percent[1]);
    run->low = asked->percent[0];
    run->high = asked->percent[1];
    return true;
}

/* Two percentiles are the limits. range shows any number of them; what is no pair leaves minimum and maximum. */
static bool want_percentiles(nsr_run *run, nsr_err *err) {
    bool range = run->config.command == NSR_CMD_RANGE, sampled = run->config.show.sample != NSR_NOT_GIVEN;
    const char *text = run->config.show.percentile ? run->config.show.percentile : sampled ? "1,99" : "none";
    run->low = run->high = NAN;
    if (!nsr_percentiles_parse(&run->wanted, text, err)) return false;
    if (!range && run->wanted.n != 0 && run->wanted.n != 2)
        return nsr_fail(err, NSR_EUSAGE,
                        "--percentile: two different numbers, for the first and the last colour: 1,99");
    if (run->wanted.n == 2 && !run->config.show.limits && !take_two(run, &run->wanted, err)) return false;
    bool asked = run->config.show.percentile || run->config.run.json; /* programs ask for what they need */
    if (!range || asked) return true;
    nsr_percentiles shown = {.n = NSR_COUNTOF(table)};
    memcpy(shown.percent, table, sizeof table);
    run->wanted = shown; /* 1 and 99 are among them */
    return true;
}

/* Limits that are both given can be refused before anything is read. */
static bool check_given(const nsr_run *run, nsr_err *err) {
    nsr_color_limits limits;
    nsr_range none;
    double vmin = run->config.show.vmin, vmax = run->config.show.vmax;
    nsr_range_init(&none);
    return isnan(vmin) || isnan(vmax) || choose(&limits, &run->norm, &none, vmin, vmax, err);
}

static bool is_distribution(const nsr_run *run) {
    return run->config.show.limits && !strcmp(run->config.show.limits, "distribution");
}

/* Ways to choose both limits exclude each other; a given --vmin or --vmax goes with any. */
static bool check_ways(const nsr_run *run, nsr_err *err) {
    const char *limits = run->config.show.limits, *percentile = run->config.show.percentile;
    bool range = run->config.command == NSR_CMD_RANGE, sampled = run->config.show.sample != NSR_NOT_GIVEN;
    if (limits && ((percentile && !range) || sampled))
        return nsr_fail(err, NSR_EUSAGE, "--limits %s and --%s exclude each other; choose one", limits,
                        sampled ? "sample" : "percentile");
    if (is_distribution(run) && run->norm.kind != NSR_NORM_LINEAR && run->norm.kind != NSR_NORM_LOG)
        return nsr_fail(err, NSR_EUSAGE, "--limits distribution is logarithmic; leave --norm %s away",
                        run->config.show.norm);
    return true;
}

static bool prepare(nsr_run *run, nsr_err *err) {
    if (!nsr_norm_parse(&run->norm, &run->config, err) || !check_ways(run, err)) return false;
    if (is_distribution(run)) run->norm.kind = NSR_NORM_LOG, run->norm.clip = true;
    return want_percentiles(run, err);
}

bool nsr_color_limits_prepare(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    const char *limits = run->config.show.limits;
    prepare(run, err);
    if (!nsr_agree(comm, err)) return false;
    bool file = limits && !is_distribution(run) && strcmp(limits, "minmax") != 0;
    if (file && !nsr_color_limits_load(run, comm, err)) return false;
    check_given(run, err);
    return nsr_agree(comm, err) && nsr_subset_make(&run->subset, &run->config, &run->plan, comm, err);
}

/* --- the choice --- */

/* Percentiles of very large numbers of both signs may be no numbers. */
static double limit_of(const nsr_run *run, double percent, double otherwise) {
    int i = isnan(percent) ? -1 : nsr_percentiles_find(&run->percentiles, percent);
    return i >= 0 && isfinite(run->percentiles.value[i]) ? run->percentiles.value[i] : otherwise;
}

/* A tenth of what every bin would have in an even distribution, to the maximum. */
static void choose_distribution(const nsr_run *run, nsr_range *shown) {
    double even = 1 / (double)run->field->n_bins;
    shown->min = even / 10;
    if (shown->max < even) shown->max = even;
    shown->least = shown->min;
    shown->n_finite += shown->n_finite == 0;
}

bool nsr_color_limits_set(nsr_run *run, nsr_err *err) {
    nsr_range shown = run->range;
    const char *under = run->config.show.under, *over = run->config.show.over;
    shown.min = limit_of(run, run->low, shown.min);
    shown.max = limit_of(run, run->high, shown.max);
    if (is_distribution(run)) choose_distribution(run, &shown);
    if (!choose(&run->limits, &run->norm, &shown, run->config.show.vmin, run->config.show.vmax, err)) return false;
    if (run->norm.kind != NSR_NORM_LINEAR || under || over)
        nsr_borders_make(&run->borders, &run->norm, &run->limits, under, over);
    return true;
}

/* --- what is said --- */

/* What a logarithm cannot show is no data; where that moved the limit, it is said. */
static void say_log(const nsr_run *run) {
    if (run->norm.kind != NSR_NORM_LOG || run->range.min > 0 || run->range.n_finite == 0 || run->norm.clip) return;
    if (isinf(run->range.least))
        nsr_warn("--norm log: no value is above 0, so nothing is shown; use --norm symlog");
    else if (run->limits.vmin == run->range.least)
        nsr_note("--norm log: begins at %.9g, the least value above 0; others are drawn as no data", run->limits.vmin);
}

int nsr_color_limits_peaks(const nsr_run *run, int *dark) {
    enum { TENTH = 26 };
    uint16_t level[NSR_IDENTITY_ROWS];
    nsr_clip ignored = {0};
    int seen = 0;
    *dark = 0;
    nsr_levels(level, NSR_F64, run->peak, NSR_IDENTITY_ROWS, &run->limits, &run->borders, &ignored);
    for (int i = 0; i < NSR_IDENTITY_ROWS; i++) {
        if (isinf(run->peak[i])) continue;
        seen++;
        *dark += run->peak[i] < run->limits.vmin || level[i] < TENTH;
    }
    return seen;
}

static void say_peaks(const nsr_run *run) {
    int dark, seen = nsr_color_limits_peaks(run, &dark);
    bool chosen = !isnan(run->config.show.vmin) && !isnan(run->config.show.vmax);
    if (chosen || seen < 4 || 2 * dark <= seen) return;
    nsr_note("%d of %d frames looked at peak in the lowest tenth of the colours; %s would help", dark, seen,
             run->distribution ? "--limits distribution, or --percentile 0.1,99.9,"
                               : "--percentile 0.1,99.9, or --norm log,");
}

static void say_kind(const nsr_run *run) {
    if (is_distribution(run) && !run->distribution)
        nsr_warn("--limits distribution: the rows that were looked at do not add up to 1");
}

static void say_estimate(const nsr_run *run) {
    char text[200];
    if (run->subset.kind == NSR_SUBSET_ALL) return;
    nsr_subset_text(&run->subset, text, sizeof text);
    nsr_note("the range is an estimate: from %" PRId64 " finite values of %s", run->range.n_finite, text);
}

void nsr_color_limits_say(const nsr_run *run) {
    say_estimate(run);
    say_log(run);
    say_kind(run);
    say_peaks(run);
}
