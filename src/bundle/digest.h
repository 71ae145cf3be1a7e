/* SPDX-License-Identifier: MIT */
#ifndef NSR_BUNDLE_DIGEST_H
#define NSR_BUNDLE_DIGEST_H

#include "stages/run.h"

/* Fills output->digest; the limits must be known. Local, equal on all ranks. */
bool nsr_output_digest(nsr_output *output, const nsr_run *run, nsr_err *err);

#endif
