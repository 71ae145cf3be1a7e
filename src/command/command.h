/* SPDX-License-Identifier: MIT */
/* One function per command, and what they share. All are collective. */
#ifndef NSR_COMMAND_COMMAND_H
#define NSR_COMMAND_COMMAND_H

#include "stages/run.h"

/* render.c: all stages, into the bundle that -o names. */
bool nsr_command_render(nsr_run *run, const nsr_comm *comm, nsr_err *err);
/* resume.c: resume and join. */
bool nsr_command_resume(nsr_run *run, const nsr_comm *comm, nsr_err *err);
/* status.c: how far a bundle is. */
bool nsr_command_status(nsr_run *run, const nsr_comm *comm, nsr_err *err);
/* range.c: the colour range, as text or JSON. */
bool nsr_command_range(nsr_run *run, const nsr_comm *comm, nsr_err *err);
/* info.c: what is in an input file. */
bool nsr_command_info(nsr_run *run, const nsr_comm *comm, nsr_err *err);
/* layout.c: the layout alone as a picture. */
bool nsr_command_layout(nsr_run *run, const nsr_comm *comm, nsr_err *err);
/* plan.c: what a render would do. */
bool nsr_command_plan(nsr_run *run, const nsr_comm *comm, nsr_err *err);
/* verify.c: every file of a bundle against the manifest. */
bool nsr_command_verify(nsr_run *run, const nsr_comm *comm, nsr_err *err);

/* render.c: renders one or several fields into the bundle `dir`. */
bool nsr_render_into(nsr_run *run, const char *dir, const nsr_comm *comm, nsr_err *err);
/* last_words.c: what was rendered, in how long, from how many bytes; on the root's stderr, and with --json on stdout.
 */
void nsr_print_last_words(const nsr_run *run, const nsr_comm *comm);

#endif
