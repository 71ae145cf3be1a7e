/* SPDX-License-Identifier: MIT */
#ifndef NSR_BUNDLE_DIGEST_H
#define NSR_BUNDLE_DIGEST_H

#include "bundle.h"

/* Fills output->digest and output->style; the colour limits must be known. Local, equal on all ranks. */
bool nsr_output_digest(nsr_output *output, const nsr_bundle *bundle, nsr_err *err);

#endif
