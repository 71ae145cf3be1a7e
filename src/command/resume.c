/* SPDX-License-Identifier: MIT */
/* resume and join: the same run with the options and the input that the bundle remembers. */
#include "bundle/plan_options.h"
#include "command.h"
#include <math.h>

bool nsr_command_resume(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    const char *dir = run->config.input;
    if (!nsr_bundle_remember(&run->bundle, dir, comm, err)) return false;
    run->config.input = run->bundle.input_path;
    run->config.output.dir = run->bundle.dir;
    run->config.output.max_files = INT64_MAX; /* render was allowed to make them */
    run->config.output.max_video = INFINITY;
    return nsr_render_into(run, dir, comm, err);
}
