/* SPDX-License-Identifier: MIT */
/* manifest.json of a finished bundle, and checks of the files that it lists. All calls are local. */
#ifndef NSR_BUNDLE_MANIFEST_READ_H
#define NSR_BUNDLE_MANIFEST_READ_H

#include "record.h"

/* The record of a segment as the manifest keeps it; segment n_segments gives the containers (heads of joined files). */
void nsr_manifest_record(const json_t *manifest, int64_t segment, nsr_record *record);
/* The entry of one output, owned by the manifest; NULL when there is none. */
const json_t *nsr_manifest_output(const json_t *manifest, const char *format);
/* The path of the old manifest while a finished bundle is partly rendered again. */
bool nsr_manifest_kept(const char *dir, char path[NSR_PATH], nsr_err *err);
/* Whether the head of a joined file exists with its size; contents: and with its hash. */
bool nsr_container_good(const char *dir, const nsr_part *container, bool contents);
/* Whether a whole file exists with its size; contents: and with its hash. */
bool nsr_other_file_good(const char *dir, const nsr_part *file, bool contents);

#endif
