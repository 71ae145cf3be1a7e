/* SPDX-License-Identifier: MIT */
#ifndef NSR_BUNDLE_BUNDLE_STATE_H
#define NSR_BUNDLE_BUNDLE_STATE_H

#include "shares.h"
#include <nsrender/file.h>

/* How far a bundle of one field is. */
typedef struct nsr_bundle_state {
    int64_t n_segments, done, failed;
    bool planned;            /* it has a plan; else a run is still finding the range */
    bool finished;           /* the manifest has every output that the plan wants */
    nsr_shares shares;       /* which of them lack segments */
    char first_failure[700]; /* why a segment failed; "": none has */
} nsr_bundle_state;

/* Reads plan, manifest and records, which may hold anything. `locked`: somebody holds a lock, so a plan may come.
   NSR_ENOINPUT where there is no bundle, NSR_EDATA where the plan is damaged, NSR_EIO where files cannot be read.
   Local. */
bool nsr_bundle_state_find(nsr_bundle_state *state, const char *dir, bool locked, nsr_err *err);
/* Also allowed after a failure. Local. */
void nsr_bundle_state_close(nsr_bundle_state *state);

#endif
