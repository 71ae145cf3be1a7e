/* SPDX-License-Identifier: MIT */
/* The last words of a run. */
#include "bundle/bundle.h"
#include "command.h"
#include <inttypes.h>
#include <nsrender/log.h>
#include <stdio.h>

void nsr_bytes_text(int64_t bytes, char *text, size_t size) {
    static const char *const unit[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
    double x = (double)bytes;
    size_t i = 0;
    while (x >= 1000 && i + 1 < NSR_COUNTOF(unit))
        x /= 1000, i++;
    snprintf(text, size, i == 0 ? "%.0f %s" : x < 10 ? "%.2f %s" : x < 100 ? "%.1f %s" : "%.0f %s", x, unit[i]);
}

/* Of all shown values, in percent. */
static double share(int64_t n, const nsr_run *run) {
    return 100 * (double)n / ((double)run->plan.n * (double)run->field->n_bins);
}

static void print_counts(const nsr_run *run) {
    const nsr_range *r = &run->range;
    char extremes[80] = "no finite value";
    if (r->n_finite) snprintf(extremes, sizeof extremes, "%.9g .. %.9g", r->min, r->max);
    nsr_note("range: %s of %" PRId64 " values (%" PRId64 " NaN, %" PRId64 " +inf, %" PRId64
             " -inf); shown %.9g .. %.9g",
             extremes, r->n_values, r->n_nan, r->n_posinf, r->n_neginf, run->limits.vmin, run->limits.vmax);
    if (run->clip.below || run->clip.above)
        nsr_note("clipped: %" PRId64 " values below (%.3g %%), %" PRId64 " above (%.3g %%) the shown range",
                 run->clip.below, share(run->clip.below, run), run->clip.above, share(run->clip.above, run));
    if (run->bad_frames) nsr_warn("%" PRId64 " frames could not be read and are drawn as no data", run->bad_frames);
}

static void print_json(const nsr_run *run, int64_t bytes_read) {
    nsr_err ignored = {0};
    json_t *json = json_pack(
        "{sssIsIs{sfsfsfsf}sIsIsosfsfs{sIsIsI}sI}", "bundle", run->dir, "frames", (json_int_t)run->plan.n, "n_segments",
        (json_int_t)run->plan.n_segments, "seconds", "open", run->spent.open, "range", run->spent.range, "render",
        run->spent.render, "join", run->spent.join, "bytes_read", (json_int_t)bytes_read, "bytes_written",
        (json_int_t)run->spent.bytes_written, "range", nsr_json_measured(run), "vmin", run->limits.vmin, "vmax",
        run->limits.vmax, "clipped", "below", (json_int_t)run->clip.below, "above", (json_int_t)run->clip.above,
        "no_data", (json_int_t)run->clip.nodata, "bad_frames", (json_int_t)run->bad_frames);
    nsr_json_print(json, &ignored);
    json_decref(json);
}

void nsr_print_last_words(const nsr_run *run, const nsr_comm *comm) {
    int64_t bytes_read = nsr_source_bytes_read(run->source);
    nsr_sum_i64(comm, &bytes_read, 1);
    if (!nsr_is_root(comm)) return;
    char read[40], written[40];
    nsr_bytes_text(bytes_read, read, sizeof read);
    nsr_bytes_text(run->spent.bytes_written, written, sizeof written);
    print_counts(run);
    nsr_note("%s: %" PRId64 " frames in %" PRId64 " segments, %" PRId64
             " made now; seconds: open %.2f, range %.2f, render %.2f, join "
             "%.2f; read %s (%.2f x the stored field), wrote %s",
             run->dir, run->plan.n, run->plan.n_segments, run->spent.segments, run->spent.open, run->spent.range,
             run->spent.render, run->spent.join, read,
             run->field->bytes > 0 ? (double)bytes_read / (double)run->field->bytes : 0.0, written);
    if (run->config.run.json) print_json(run, bytes_read);
}
