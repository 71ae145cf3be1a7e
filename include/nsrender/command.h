/* SPDX-License-Identifier: MIT */
/* The commands, for the program and for other MPI programs that want to render. */
#ifndef NSRENDER_COMMAND_H
#define NSRENDER_COMMAND_H

#include <nsrender/comm.h>
#include <nsrender/config.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Runs config->command on all ranks of `comm`. Collective. True: all went well; else `err` is the same on every rank
   and err->code is the exit code. Documents go to stdout of the root, everything else to its stderr. `config` may be
   changed: `resume` fills in what the bundle remembers. */
bool nsr_command_run(nsr_config *config, const nsr_comm *comm, nsr_err *err);

#ifdef __cplusplus
}
#endif
#endif
