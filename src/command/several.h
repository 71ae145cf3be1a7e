/* SPDX-License-Identifier: MIT */
#ifndef NSR_COMMAND_SEVERAL_H
#define NSR_COMMAND_SEVERAL_H

#include "stages/run.h"

/* Renders the fields of run->config.input_as.field into folders of one bundle, run->bundle.dir. Collective. */
bool nsr_render_several(nsr_run *run, const nsr_comm *comm, nsr_err *err);

#endif
