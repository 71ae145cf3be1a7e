/* SPDX-License-Identifier: MIT */
/* One function a command; all collective. */
#ifndef NSR_COMMAND_COMMAND_H
#define NSR_COMMAND_COMMAND_H

#include "stages/run.h"

bool nsr_command_render(nsr_run *run, const nsr_comm *comm, nsr_err *err); /* run.c */
bool nsr_command_resume(nsr_run *run, const nsr_comm *comm, nsr_err *err); /* run.c: also join */
bool nsr_command_status(nsr_run *run, const nsr_comm *comm, nsr_err *err); /* status.c */
bool nsr_command_range(nsr_run *run, const nsr_comm *comm, nsr_err *err);  /* range_command.c */
bool nsr_command_info(nsr_run *run, const nsr_comm *comm, nsr_err *err);   /* info.c */
bool nsr_command_layout(nsr_run *run, const nsr_comm *comm, nsr_err *err); /* map_command.c */
bool nsr_command_plan(nsr_run *run, const nsr_comm *comm, nsr_err *err);   /* dry_run.c */
bool nsr_command_verify(nsr_run *run, const nsr_comm *comm, nsr_err *err); /* verify.c */

/* run.c: the steps that one field goes through, and several fields in turn. */
/* Range and limits, from the plan that stands or by a scan. */
bool nsr_run_range(nsr_run *run, const nsr_comm *comm, nsr_err *err);
/* Plan, survey, render, join, manifest: all that follows the range. */
bool nsr_run_make(nsr_run *run, const nsr_comm *comm, nsr_err *err);
/* several.c: a bundle of several fields. */
bool nsr_render_several(nsr_run *run, const nsr_comm *comm, nsr_err *err);
/* summary.c: what was made, in how long, from how many bytes. */
void nsr_print_last_words(const nsr_run *run, const nsr_comm *comm);
/* "1.5 GB" (decimal) */
void nsr_bytes_text(int64_t bytes, char *text, size_t size);

#endif
