/* SPDX-License-Identifier: MIT */
/* What the parts of the completeness check share: the recorded state of a bundle and what they find. */
#ifndef NSR_STAGES_COMPLETENESS_H
#define NSR_STAGES_COMPLETENESS_H

#include "bundle/manifest_read.h"
#include "run.h"
#include <nsrender/team.h>

typedef struct nsr_completeness {
    nsr_run *run;
    bool finished;           /* the bundle has a manifest */
    json_t *manifest;        /* root: that manifest; else NULL */
    json_t *former_manifest; /* root: of a finished bundle that was reopened and not finished since; else NULL */
    unsigned char joined[NSR_MOST_OUTPUTS]; /* per output that is joined as a whole: its joined files hold segments, */
    unsigned char unjoined[NSR_MOST_OUTPUTS]; /* and some segments are missing from them, in whichever share */
} nsr_completeness;

/* Marks one segment of an output for rendering, unless the segment belongs to another share: two shares never write the
   same record. Local. */
void nsr_render_again(nsr_run *run, int output, int64_t segment);
/* Marks all segments of an output. Local. */
void nsr_render_all_again(nsr_run *run, int output);

/* --- segment_check.c. Collective. --- */
/* Checks the record and the files of every segment, shared by all workers, and tries unreadable frames again. */
bool nsr_check_segments(nsr_completeness *c, const nsr_comm *comm, nsr_err *err);

/* --- file_check.c. Root only. --- */
/* Checks the files that belong to no single segment: headers of joined files, tables, metadata. */
void nsr_check_files(const nsr_completeness *c, nsr_err *err);

/* --- reopen.c. Root only. --- */
/* Opens a finished bundle again: writes the records of its manifest to a journal, keeps joined files under another
   name, and renames the manifest, the sign that the bundle is finished. */
bool nsr_reopen(const nsr_completeness *c, nsr_err *err);

#endif
