/* SPDX-License-Identifier: MIT */
/* manifest.json: what was made, and that it is done. */
#ifndef NSR_BUNDLE_MANIFEST_H
#define NSR_BUNDLE_MANIFEST_H

#include "bundle.h"

/* The record of a segment as a finished bundle keeps it; segment n_segments gives the containers (headers of joined
 * files). */
void nsr_manifest_record(const json_t *manifest, int64_t segment, nsr_record *record);
/* One output of a finished bundle, NULL when there is none. */
const json_t *nsr_manifest_output(const json_t *manifest, const char *format);
/* Where the manifest stands while a finished bundle is made anew in part. */
bool nsr_manifest_kept(const char *dir, char path[NSR_PATH], nsr_err *err);
/* Is the header of a joined file there? contents: with its hash. */
bool nsr_container_good(const char *dir, const nsr_part *container, bool contents);
/* The same of a whole file. */
bool nsr_other_file_good(const char *dir, const nsr_part *file, bool contents);
/* Removes parts/, segments/ and temporary names that killed runs left behind. */
bool nsr_cleanup(const nsr_run *run, nsr_err *err);

#endif
