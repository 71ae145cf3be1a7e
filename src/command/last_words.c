/* SPDX-License-Identifier: MIT */
/* The summary that ends a run: what was rendered, how long it took, how much was read. */
#include "bundle/range_json.h"
#include "command.h"
#include <inttypes.h>
#include <nsrender/log.h>
#include <stdio.h>

/* `n` in percent of all values of the selected frames. */
static double share(int64_t n, const nsr_run *run) {
    return 100 * (double)n / ((double)run->input.plan.n * (double)run->input.field->n_bins);
}

static void print_counts(const nsr_run *run) {
    const nsr_range *r = &run->measured.range;
    char extremes[80] = "no finite value";
    if (r->n_finite) snprintf(extremes, sizeof extremes, "%.9g .. %.9g", r->min, r->max);
    nsr_note("range: %s of %" PRId64 " values (%" PRId64 " NaN, %" PRId64 " +inf, %" PRId64
             " -inf); colour limits %.9g .. %.9g",
             extremes, r->n_values, r->n_nan, r->n_posinf, r->n_neginf, run->measured.limits.vmin,
             run->measured.limits.vmax);
    if (run->clip.below < 0 || run->clip.above < 0)
        nsr_note("clipped: not counted for these colour limits, which change no frame; `nsrender-mpi range` counts");
    else if (run->clip.below || run->clip.above)
        nsr_note("clipped: %" PRId64 " values below (%.3g %%), %" PRId64 " above (%.3g %%) the colour limits",
                 run->clip.below, share(run->clip.below, run), run->clip.above, share(run->clip.above, run));
    if (run->bad_frames) nsr_warn("%" PRId64 " frames could not be read and are drawn as no data", run->bad_frames);
}

static void print_json(const nsr_run *run, int64_t bytes_read) {
    nsr_err ignored = {0};
    json_t *json = json_pack("{sssIsIs{sfsfsfsf}sIsIsosfsfs{sososI}sI}", "bundle", run->bundle.dir, "frames",
                             (json_int_t)run->input.plan.n, "n_segments", (json_int_t)run->input.plan.n_segments,
                             "seconds", "open", run->costs.open, "range", run->costs.range, "render", run->costs.render,
                             "join", run->costs.join, "bytes_read", (json_int_t)bytes_read, "bytes_written",
                             (json_int_t)run->costs.bytes_written, "range", nsr_json_measured(&run->measured), "vmin",
                             run->measured.limits.vmin, "vmax", run->measured.limits.vmax, "clipped", "below",
                             nsr_json_count(run->clip.below), "above", nsr_json_count(run->clip.above), "no_data",
                             (json_int_t)run->clip.nodata, "bad_frames", (json_int_t)run->bad_frames);
    nsr_json_print(json, &ignored);
    json_decref(json);
}

void nsr_print_last_words(const nsr_run *run, const nsr_comm *comm) {
    int64_t bytes_read = nsr_source_bytes_read(run->input.source);
    nsr_sum_i64(comm, &bytes_read, 1);
    if (!nsr_is_root(comm)) return;
    char read[40], written[40];
    nsr_bytes_text(bytes_read, read, sizeof read);
    nsr_bytes_text(run->costs.bytes_written, written, sizeof written);
    print_counts(run);
    nsr_note("%s: %" PRId64 " frames in %" PRId64 " segments, %" PRId64
             " rendered in this run; seconds: open %.2f, range %.2f, render %.2f, join "
             "%.2f; read %s (%.2f x the stored field), wrote %s",
             run->bundle.dir, run->input.plan.n, run->input.plan.n_segments, run->costs.segments, run->costs.open,
             run->costs.range, run->costs.render, run->costs.join, read,
             run->input.field->bytes > 0 ? (double)bytes_read / (double)run->input.field->bytes : 0.0, written);
    if (run->config.run.json) print_json(run, bytes_read);
}
