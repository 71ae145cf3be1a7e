/* SPDX-License-Identifier: MIT */
/* The steps of a run. Each is collective and ends with an agreement, so a failure ends the run on all ranks with the
   same message. */
#include "bundle/plan_file.h"
#include "bundle/shares.h"
#include "measure/color_limits.h"
#include "measure/passes.h"
#include "measure/sampled_rows.h"
#include "run.h"
#include <inttypes.h>
#include <nsrender/log.h>
#include <string.h>

static void add_seconds(double *seconds, double start) { *seconds += nsr_seconds_now() - start; }

static void log_range(const nsr_run *run) {
    const nsr_range *r = &run->measured.range;
    if (r->n_finite == 0)
        nsr_warn("%s has no finite value (%" PRId64 " NaN, %" PRId64 " infinite): colour limits %g .. %g",
                 run->input.field->path, r->n_nan, r->n_posinf + r->n_neginf, run->measured.limits.vmin,
                 run->measured.limits.vmax);
    if (r->n_bad) nsr_warn("%" PRId64 " frames cannot be read; the range is that of the others", r->n_bad);
}

/* The files are not those that the range in the plan was measured of, or were changed since. */
static bool measure_changed(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    bool same = false;
    nsr_note("%s is not the file that %s was made from, or was changed since: its values are compared",
             run->input.field->file, run->bundle.dir);
    return nsr_measure_again(&run->measured, &same, comm, err) &&
           (same || nsr_bundle_of_other_values(&run->bundle, err));
}

/* A bundle measures its range once, and its plan keeps it. */
static bool find_range(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    const char *stamp = nsr_source_stamp(run->input.source);
    if (run->bundle.existing &&
        !(nsr_identify(&run->measured, comm, err) && nsr_bundle_load_plan(&run->bundle, comm, err)))
        return false;
    const nsr_range *range = &run->measured.range;
    bool of_other_files = range->n_values > 0 && range->n_bad == 0 && strcmp(run->bundle.range_of, stamp);
    if (!(of_other_files ? measure_changed(run, comm, err) : nsr_measure(&run->measured, comm, err))) return false;
    memcpy(run->bundle.range_of, stamp, NSR_HASH_CHARS);
    return true;
}

bool nsr_run_range(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    double start = nsr_seconds_now();
    bool good = find_range(run, comm, err);
    if (good) nsr_color_limits_set(&run->measured, err);
    add_seconds(&run->costs.range, start);
    if (!nsr_agree(comm, err)) return false;
    log_range(run);
    return true;
}

/* Which shares lack segments, or "". */
static bool find_gaps(const nsr_run *run, char text[NSR_SHARES_TEXT], nsr_err *err) {
    nsr_shares shares;
    bool good = nsr_shares_count(&shares, run->records.shares, run->todo, run->input.plan.n_segments, err);
    nsr_shares_text(&shares, text);
    nsr_shares_close(&shares);
    return good;
}

static bool report_gaps(const nsr_run *run, nsr_err *err) {
    char gaps[NSR_SHARES_TEXT];
    if (run->frames_done)
        nsr_note("going on: %" PRId64 " of %" PRId64 " frames are done", run->frames_done, run->frames_wanted);
    if (run->config.output.share.n) return true;
    if (find_gaps(run, gaps, err) && *gaps) nsr_note("missing: %s", gaps);
    return nsr_good(err);
}

static bool render_missing(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    double start = nsr_seconds_now();
    report_gaps(run, err);
    if (!nsr_agree(comm, err)) return false;
    bool good = nsr_render_segments(run, comm, err);
    add_seconds(&run->costs.render, start);
    return good;
}

static bool finish_or_leave(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    nsr_cache_close(&run->input.cache); /* joins have buffers of their own */
    if (!run->config.output.share.n) return nsr_finish(run, comm, err);
    nsr_note("share %d of %d is done; when all are, `nsrender-mpi join %s` makes the final files",
             run->config.output.share.k, run->config.output.share.n, run->bundle.dir);
    return true;
}

static bool refuse_missing(const nsr_run *run, nsr_err *err) {
    char gaps[NSR_SHARES_TEXT];
    int64_t missing = 0;
    for (int64_t u = 0; u < run->input.plan.n_segments; u++)
        missing += run->todo[u] != 0;
    return !missing ||
           (find_gaps(run, gaps, err) &&
            nsr_fail(err, NSR_ESTOPPED,
                     "%s: %" PRId64 " of %" PRId64 " segments are missing%s%s; %s`nsrender-mpi resume %s`, which makes "
                     "them and joins",
                     run->bundle.dir, missing, run->input.plan.n_segments, *gaps ? ": " : "", gaps,
                     *gaps ? "run these shares again, or " : "run ", run->bundle.dir));
}

/* The range is known now, and nothing is written yet. */
static bool check_precision(const nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    bool stored = false;
    for (int i = 0; i < run->bundle.n_outputs; i++)
        stored = stored || run->bundle.output[i].sink.kind->changed_by & NSR_CHANGES_ZARR;
    if (stored) nsr_stored_precise(&run->job, err); /* alike on all ranks */
    return nsr_from_root(comm, NULL, 0, err);
}

bool nsr_run_make(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    bool nothing = false;
    if (!check_precision(run, comm, err)) return false;
    if (!nsr_bundle_save_plan(&run->bundle, comm, err)) return false;
    if (!nsr_completeness_check(run, comm, &nothing, err)) return false;
    if (nothing) {
        nsr_note("%s is finished; nothing to do", run->bundle.dir);
        if (nsr_is_root(comm)) nsr_cleanup(&run->bundle, err);
        return nsr_agree(comm, err);
    }
    if (run->config.command == NSR_CMD_JOIN) return refuse_missing(run, err) && finish_or_leave(run, comm, err);
    return render_missing(run, comm, err) && finish_or_leave(run, comm, err);
}
