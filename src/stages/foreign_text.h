/* SPDX-License-Identifier: MIT */
#ifndef NSR_STAGES_FOREIGN_TEXT_H
#define NSR_STAGES_FOREIGN_TEXT_H

#include "run.h"

/* Whether all paths and options of a run that writes JSON are UTF-8; NSR_EUSAGE names the one that is not. Local. */
bool nsr_check_names_given(const nsr_run *run, nsr_err *err);
/* The same for the name of the dataset, once it is open: NSR_EDATA. Local. */
bool nsr_check_field_name(const nsr_run *run, nsr_err *err);

#endif
