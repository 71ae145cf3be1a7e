/* SPDX-License-Identifier: MIT */
#ifndef NSR_BUNDLE_DIRECTORY_H
#define NSR_BUNDLE_DIRECTORY_H

#include "bundle.h"
#include "lock.h"

/* Makes or opens bundle->dir and takes its lock (NULL: none is needed); --replace moves an old bundle away first. Sets
   bundle->existing and bundle->made. NSR_ECREATE where the directory is no bundle, NSR_EMISMATCH while another run
   works there. Collective. */
bool nsr_bundle_open(nsr_bundle *bundle, nsr_lock *lock, const nsr_comm *comm, nsr_err *err);

#endif
