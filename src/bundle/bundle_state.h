/* SPDX-License-Identifier: MIT */
#ifndef NSR_BUNDLE_BUNDLE_STATE_H
#define NSR_BUNDLE_BUNDLE_STATE_H

#include <nsrender/file.h>

/* How far a bundle of one field is. */
typedef struct nsr_bundle_state {
    int64_t n_segments, done, failed;
    bool planned;            /* it has a plan; else a run is still finding the range */
    bool finished;           /* the manifest has every output that the plan wants */
    char holders[1024];      /* of its locks; "": nobody works on it */
    char first_failure[700]; /* why a segment failed; "": none has */
} nsr_bundle_state;

/* Reads plan, manifest and records, which may hold anything. NSR_ENOINPUT where there is no bundle, NSR_EDATA where the
   plan is damaged, NSR_EIO where files cannot be read. Local. */
bool nsr_bundle_state_find(nsr_bundle_state *state, const char *dir, nsr_err *err);

#endif
