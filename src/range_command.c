/* SPDX-License-Identifier: MIT */
/* range: the colour range and the counts, as text or JSON; with -o it is stored as the plan of a bundle, for shares. */
#include "bundle.h"
#include "commands.h"
#include <inttypes.h>
#include <nsrender/log.h>
#include <stdio.h>

static json_t *document(const nsr_run *run, int64_t bytes_read) {
    const nsr_range *r = &run->range;
    return json_pack("{sssIsIsIsIsIsIsIsosososfsfsssbsIsfsI}", "field", run->field->path, "n_frames",
                     (json_int_t)run->plan.n, "n_bins", (json_int_t)run->field->n_bins, "n_values",
                     (json_int_t)r->n_values, "n_finite", (json_int_t)r->n_finite, "n_nan", (json_int_t)r->n_nan,
                     "n_posinf", (json_int_t)r->n_posinf, "n_neginf", (json_int_t)r->n_neginf, "min",
                     nsr_json_real(r->min), "max", nsr_json_real(r->max), "percentiles", json_object(), "vmin",
                     run->limits.vmin, "vmax", run->limits.vmax, "method", "exact minimum and maximum", "complete",
                     r->n_bad == 0, "n_bad_frames", (json_int_t)r->n_bad, "seconds", run->spent.range, "bytes_read",
                     (json_int_t)bytes_read);
}

static void print_text(const nsr_run *run) {
    const nsr_range *r = &run->range;
    printf("%s: %" PRId64 " frames x %" PRId64 " bins\n", run->field->path, run->plan.n, run->field->n_bins);
    if (r->n_finite) printf("min       %.17g\nmax       %.17g\n", r->min, r->max);
    printf("shown     %.17g .. %.17g\n", run->limits.vmin, run->limits.vmax);
    printf("finite    %" PRId64 " of %" PRId64 "\nNaN       %" PRId64 "\n+inf      %" PRId64 "\n-inf      %" PRId64
           "\n",
           r->n_finite, r->n_values, r->n_nan, r->n_posinf, r->n_neginf);
}

static bool print(const nsr_run *run, int64_t bytes_read, nsr_err *err) {
    if (!run->config.run.json) {
        print_text(run);
        return true;
    }
    json_t *json = document(run, bytes_read);
    bool good = nsr_json_print(json, err);
    json_decref(json);
    return good;
}

/* Frames that cannot be read are a failure unless --on-error fill; the range of the others was printed. */
static bool verdict(const nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    bool fill = run->config.output.on_error && run->config.output.on_error[0] == 'f';
    if (!run->range.n_bad || fill) return true;
    *err = run->store.first_bad;
    nsr_agree(comm, err);
    return nsr_good(err) ? nsr_fail(err, NSR_EDATA, "%" PRId64 " frames cannot be read", run->range.n_bad) : false;
}

static bool store(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    nsr_lock lock = {.fd = -1};
    bool good =
        nsr_bundle_open(run, &lock, comm, err) && nsr_run_range(run, comm, err) && nsr_bundle_save_plan(run, comm, err);
    nsr_lock_release(&lock);
    return good;
}

bool nsr_command_range(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    if (run->config.output.dir) snprintf(run->dir, sizeof run->dir, "%s", run->config.output.dir);
    if (!nsr_run_open(run, comm, err) || !nsr_run_prepare(run, comm, err)) return false;
    if (*run->dir ? !store(run, comm, err) : !nsr_run_range(run, comm, err)) return false;
    int64_t bytes_read = nsr_source_bytes_read(run->source);
    nsr_sum_i64(comm, &bytes_read, 1);
    if (nsr_is_root(comm)) print(run, bytes_read, err);
    return nsr_agree(comm, err) && verdict(run, comm, err);
}
