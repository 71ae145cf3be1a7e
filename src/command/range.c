/* SPDX-License-Identifier: MIT */
/* range: the colour range and the counts, as text or JSON, and a histogram; with -o the range is stored as the plan of
   a bundle, for shares. */
#include "bundle/directory.h"
#include "bundle/plan_file.h"
#include "bundle/range_json.h"
#include "command.h"
#include "measure/color_limits.h"
#include "measure/histogram.h"
#include <inttypes.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <string.h>

static void method(const nsr_run *run, char *text, size_t size) {
    const char *what = run->measured.wanted.n ? "minimum, maximum and percentiles" : "minimum and maximum";
    char of[200];
    nsr_subset_text(&run->measured.subset, of, sizeof of);
    if (run->measured.subset.kind == NSR_SUBSET_ALL)
        snprintf(text, size, "exact %s", what);
    else
        snprintf(text, size, "estimate: %s of %s", what, of);
}

static json_t *range_json(const nsr_run *run, int64_t bytes_read) {
    const nsr_range *r = &run->measured.range;
    char how[300];
    method(run, how, sizeof how);
    int dark, seen = nsr_color_limits_peaks(&run->measured, &dark);
    return json_pack(
        "{sssIsIsIsIsIsIsIsosososfsfsIsIsssss{sisi}sbsbsIsfsI}", "field", run->input.field->path, "n_frames",
        (json_int_t)run->input.plan.n, "n_bins", (json_int_t)run->input.field->n_bins, "n_values",
        (json_int_t)r->n_values, "n_finite", (json_int_t)r->n_finite, "n_nan", (json_int_t)r->n_nan, "n_posinf",
        (json_int_t)r->n_posinf, "n_neginf", (json_int_t)r->n_neginf, "min", nsr_json_real(r->min), "max",
        nsr_json_real(r->max), "percentiles", nsr_json_percentiles(&run->measured), "vmin", run->measured.limits.vmin,
        "vmax", run->measured.limits.vmax, "n_below", (json_int_t)run->measured.clip.below, "n_above",
        (json_int_t)run->measured.clip.above, "norm", nsr_norm_name(&run->measured.norm), "method", how, "peaks",
        "frames", seen, "in_lowest_tenth", dark, "distribution", run->measured.distribution, "complete", r->n_bad == 0,
        "n_bad_frames", (json_int_t)r->n_bad, "seconds", run->costs.range, "bytes_read", (json_int_t)bytes_read);
}

/* Minimum, percentiles in ascending order, maximum. */
static void print_table(const nsr_run *run) {
    const nsr_percentiles *p = &run->measured.percentiles;
    printf("min       %.17g\n", run->measured.range.min);
    for (double last = -1, next;; last = next) {
        char text[40];
        int at = -1;
        for (int i = 0; i < run->measured.wanted.n; i++)
            if (run->measured.wanted.percent[i] > last &&
                (at < 0 || run->measured.wanted.percent[i] < run->measured.wanted.percent[at]))
                at = i;
        if (at < 0) break;
        next = run->measured.wanted.percent[at];
        nsr_percent_text(next, text, sizeof text - 2);
        printf("%-9s %.17g\n", strcat(text, " %"), p->value[nsr_percentiles_find(p, next)]);
    }
    printf("max       %.17g\n", run->measured.range.max);
}

static void print_count(const char *what, int64_t n, int64_t of) {
    printf("%-9s %" PRId64, what, n);
    if (n) printf(" (%.3g %%)", 100 * (double)n / (double)of);
    putchar('\n');
}

static void print_range(const nsr_run *run) {
    const nsr_range *r = &run->measured.range;
    char how[300];
    method(run, how, sizeof how);
    printf("%s: %" PRId64 " frames x %" PRId64 " bins\n", run->input.field->path, run->input.plan.n,
           run->input.field->n_bins);
    if (r->n_finite) print_table(run);
    printf("shown     %.17g .. %.17g\n", run->measured.limits.vmin, run->measured.limits.vmax);
    print_count("below", run->measured.clip.below, r->n_values);
    print_count("above", run->measured.clip.above, r->n_values);
    printf("finite    %" PRId64 " of %" PRId64 "\n", r->n_finite, r->n_values);
    print_count("NaN", r->n_nan, r->n_values);
    print_count("+inf", r->n_posinf, r->n_values);
    print_count("-inf", r->n_neginf, r->n_values);
    if (run->measured.subset.kind != NSR_SUBSET_ALL) printf("method    %s\n", how);
}

static bool print(const nsr_run *run, int64_t bytes_read, nsr_err *err) {
    if (!run->config.run.json) {
        print_range(run);
        return true;
    }
    json_t *json = range_json(run, bytes_read);
    bool good = nsr_json_print(json, err);
    json_decref(json);
    return good;
}

/* Frames that cannot be read are a failure unless --on-error fill; the range of all other frames is printed first. */
static bool verdict(const nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    bool fill = run->config.output.on_error && run->config.output.on_error[0] == 'f';
    if (!run->measured.range.n_bad || fill) return true;
    *err = run->input.cache.first_bad;
    nsr_agree(comm, err);
    return nsr_good(err) ? nsr_fail(err, NSR_EDATA, "%" PRId64 " frames cannot be read", run->measured.range.n_bad)
                         : false;
}

static bool store(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    nsr_lock lock = {.fd = -1};
    bool good = nsr_bundle_open(&run->bundle, &lock, comm, err);
    if (good) nsr_team_only_while(run->input.team, nsr_lock_held, &lock);
    good = good && nsr_run_range(run, comm, err) && nsr_bundle_save_plan(&run->bundle, comm, err);
    nsr_team_only_while(run->input.team, NULL, NULL);
    nsr_lock_release(&lock);
    return good;
}

bool nsr_command_range(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    if (run->config.output.dir) snprintf(run->bundle.dir, sizeof run->bundle.dir, "%s", run->config.output.dir);
    if (!nsr_run_open(run, comm, err) || !nsr_run_prepare(run, comm, err)) return false;
    if (*run->bundle.dir ? !store(run, comm, err) : !nsr_run_range(run, comm, err)) return false;
    if (!nsr_measure_clip(&run->measured, run->bundle.run_id, comm, err)) return false;
    int64_t bytes_read = nsr_source_bytes_read(run->input.source);
    nsr_sum_i64(comm, &bytes_read, 1);
    if (nsr_is_root(comm)) print(run, bytes_read, err);
    nsr_color_limits_log(&run->measured);
    return nsr_agree(comm, err) && verdict(run, comm, err);
}
