/* SPDX-License-Identifier: MIT */
#ifndef NSR_STAGES_BEGIN_JOURNAL_H
#define NSR_STAGES_BEGIN_JOURNAL_H

#include "bundle/journal.h"
#include "run.h"

/* Opens the journal of this rank. Rank 0 makes the records of parts that this run renders again void, durably; call it
   before any rank touches them. Local. */
bool nsr_begin_journal(nsr_journal *journal, const nsr_run *run, int rank, nsr_err *err);

#endif
