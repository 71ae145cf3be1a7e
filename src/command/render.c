/* SPDX-License-Identifier: MIT */
/* render: all stages for one field. Several fields take the same steps in turn (several.c). */
#include "bundle/directory.h"
#include "command.h"
#include "measure/color_limits.h"
#include "several.h"
#include <nsrender/log.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* All stages after the input is open, while `lock` is held. */
static bool render_locked(nsr_run *run, nsr_lock *lock, const nsr_comm *comm, nsr_err *err) {
    if (!nsr_bundle_open(&run->bundle, lock, comm, err)) return false;
    nsr_team_only_while(run->input.team, nsr_lock_held, lock);
    if (!nsr_run_range(run, comm, err)) return false;
    nsr_color_limits_log(&run->measured);
    return nsr_run_make(run, comm, err);
}

static bool render_one(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    nsr_lock lock = {.fd = -1};
    double start = nsr_seconds_now();
    if (!nsr_run_open(run, comm, err) || !nsr_run_prepare(run, comm, err)) return false;
    run->costs.open = nsr_seconds_now() - start;
    bool good = render_locked(run, &lock, comm, err);
    nsr_lock_release(&lock);
    if (!good && run->bundle.made) rmdir(run->bundle.dir); /* succeeds only where nothing was written */
    if (good)
        nsr_print_last_words(run, comm);
    else if (err->code == NSR_ESTOPPED && run->config.command != NSR_CMD_JOIN && run->todo)
        nsr_note("go on with: nsrender-mpi resume %s", run->bundle.dir);
    return good;
}

bool nsr_render_into(nsr_run *run, const char *dir, const nsr_comm *comm, nsr_err *err) {
    snprintf(run->bundle.dir, sizeof run->bundle.dir, "%s", dir);
    for (size_t n = strlen(run->bundle.dir); n > 1 && run->bundle.dir[n - 1] == '/'; n--)
        run->bundle.dir[n - 1] = 0;
    if (run->config.input_as.field.n > 1) return nsr_render_several(run, comm, err);
    return render_one(run, comm, err);
}

bool nsr_command_render(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    if (!run->config.output.dir) return nsr_fail(err, NSR_EUSAGE, "render needs a place for the result: -o OUT.nsr");
    return nsr_render_into(run, run->config.output.dir, comm, err);
}
