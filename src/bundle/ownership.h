/* SPDX-License-Identifier: MIT */
/* Whether files are this program's own. Their contents decide; a name such as plan.json or parts/ proves nothing. All
   calls are local and fail with NSR_EIO where that cannot be found out. */
#ifndef NSR_BUNDLE_OWNERSHIP_H
#define NSR_BUNDLE_OWNERSHIP_H

#include <nsrender/file.h>

/* NSR_ENOINPUT where there is no such directory. */
bool nsr_bundle_exists(const char *dir, nsr_err *err);
/* Whether the directory has an entry of this name. */
bool nsr_bundle_has(const char *dir, const char *name, nsr_err *err);
/* Whether the directory has a plan.json or manifest.json of this program. */
bool nsr_is_bundle(const char *dir, nsr_err *err);
/* Whether a new bundle may be made in the directory: it holds nothing but hidden files and what a run leaves that ends
   before its plan. */
bool nsr_may_become_bundle(const char *dir, nsr_err *err);
/* Whether parts/ and segments/ of a bundle, as far as they exist, are this program's: segments/input.json says so, or
   they are empty. NSR_ECREATE where they are not. */
bool nsr_own_work_folders(const char *dir, nsr_err *err);

#endif
