/* SPDX-License-Identifier: MIT */
/* The story of a run. Every step is collective and ends with all ranks of one mind, so a step that fails ends the run
   on all ranks with the same message. */
#include "bundle/bundle.h"
#include "command/command.h"
#include "measure/color_limits.h"
#include "bundle/manifest.h"
#include <inttypes.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool timed(double *seconds, double start) {
    *seconds += nsr_seconds_now() - start;
    return true;
}

static void say_range(const nsr_run *run) {
    const nsr_range *r = &run->range;
    if (r->n_finite == 0)
        nsr_warn("%s has no finite value (%" PRId64 " NaN, %" PRId64 " infinite): shown range %g .. %g",
                 run->field->path, r->n_nan, r->n_posinf + r->n_neginf, run->limits.vmin, run->limits.vmax);
    if (r->n_bad) nsr_warn("%" PRId64 " frames cannot be read; the range is that of the others", r->n_bad);
}

/* The range is scanned once in a bundle's life; its plan keeps it. */
bool nsr_run_range(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    double start = nsr_seconds_now();
    bool good = !run->existing || (nsr_identify(run, comm, err) && nsr_bundle_load_plan(run, comm, err));
    good = good && nsr_color_limits_measure(run, comm, err);
    if (good) nsr_color_limits_set(run, err);
    timed(&run->spent.range, start);
    if (!nsr_agree(comm, err)) return false;
    say_range(run);
    return true;
}

static bool render_missing(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    double start = nsr_seconds_now();
    if (run->frames_done)
        nsr_note("going on: %" PRId64 " of %" PRId64 " frames are done", run->frames_done, run->plan.n);
    bool good = nsr_render(run, comm, err);
    return timed(&run->spent.render, start) && good;
}

static bool finish(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    nsr_store_close(&run->store); /* joins have buffers of their own */
    if (!run->config.output.share.n) return nsr_finish(run, comm, err);
    nsr_note("share %d of %d is done; when all are, `nsrender-mpi join %s` makes the final files",
             run->config.output.share.k, run->config.output.share.n, run->dir);
    return true;
}

static bool refuse_missing(const nsr_run *run, nsr_err *err) {
    int64_t missing = 0;
    for (int64_t u = 0; u < run->plan.n_segments; u++)
        missing += run->todo[u] != 0;
    return !missing || nsr_fail(err, NSR_ESTOPPED,
                                "%s: %" PRId64 " of %" PRId64 " segments are missing; run the shares that are not "
                                "done, or `nsrender-mpi resume %s`",
                                run->dir, missing, run->plan.n_segments, run->dir);
}

bool nsr_run_make(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    bool nothing = false;
    if (!nsr_bundle_save_plan(run, comm, err)) return false;
    if (!nsr_completeness_check(run, comm, &nothing, err)) return false;
    if (nothing) {
        nsr_note("%s is finished; nothing to do", run->dir);
        if (nsr_is_root(comm)) nsr_cleanup(run, err);
        return nsr_agree(comm, err);
    }
    if (run->config.command == NSR_CMD_JOIN) return refuse_missing(run, err) && finish(run, comm, err);
    return render_missing(run, comm, err) && finish(run, comm, err);
}

static bool render(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    if (run->config.input_as.field.n > 1) return nsr_render_several(run, comm, err);
    nsr_lock lock = {.fd = -1};
    double start = nsr_seconds_now();
    bool ready = nsr_run_open(run, comm, err) && nsr_run_prepare(run, comm, err) && timed(&run->spent.open, start);
    bool good = ready && nsr_bundle_open(run, &lock, comm, err);
    if (good) nsr_team_only_while(run->team, nsr_lock_held, &lock);
    good = good && nsr_run_range(run, comm, err);
    if (good) nsr_color_limits_say(run);
    good = good && nsr_run_make(run, comm, err);
    nsr_lock_release(&lock);
    if (ready && !good && nsr_is_root(comm)) rmdir(run->dir); /* goes only if nothing was made in it */
    if (good)
        nsr_print_last_words(run, comm);
    else if (err->code == NSR_ESTOPPED && run->config.command != NSR_CMD_JOIN && run->todo)
        nsr_note("go on with: nsrender-mpi resume %s", run->dir);
    return good;
}

static void set_dir(nsr_run *run, const char *dir) {
    snprintf(run->dir, sizeof run->dir, "%s", dir);
    for (size_t n = strlen(run->dir); n > 1 && run->dir[n - 1] == '/'; n--)
        run->dir[n - 1] = 0;
}

bool nsr_command_render(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    if (!run->config.output.dir) return nsr_fail(err, NSR_EUSAGE, "render needs a place for the result: -o OUT.nsr");
    set_dir(run, run->config.output.dir);
    return render(run, comm, err);
}

/* resume and join: the same run with what the bundle remembers. */
bool nsr_command_resume(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    char *input = run->input;
    set_dir(run, run->config.input);
    nsr_bundle_remember(&run->config, run->dir, input, err); /* every rank reads: nothing is written yet */
    if (!nsr_agree(comm, err)) return false;
    run->config.input = input;
    run->config.output.dir = run->dir;
    run->config.output.max_files = INT64_MAX; /* render was allowed to make them */
    return render(run, comm, err);
}
