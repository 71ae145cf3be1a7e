/* SPDX-License-Identifier: MIT */
/* The records of a bundle: from the manifest where it is finished, else from its journals. */
#include "manifest_read.h"
#include "records.h"

static bool take_manifest(nsr_records *r, const json_t *manifest, nsr_err *err) {
    for (int64_t segment = 0; segment <= r->n; segment++) {
        nsr_record record;
        nsr_manifest_record(manifest, segment, &record);
        if (!nsr_records_put(r, segment, &record, err)) return false;
    }
    return true;
}

bool nsr_records_load(nsr_records *r, const char *dir, json_t **manifest, nsr_err *damage, nsr_err *err) {
    char path[NSR_PATH];
    nsr_err failure = {0};
    *manifest = nsr_path(path, err, "%s/manifest.json", dir) ? nsr_json_load(path, &failure) : NULL;
    if (*manifest) return take_manifest(r, *manifest, err);
    if (failure.code == NSR_EDATA)
        *damage = failure;
    else if (!nsr_good(&failure) && failure.code != NSR_ENOINPUT && nsr_good(err))
        *err = failure;
    return nsr_good(err) && nsr_records_read(r, dir, NULL, err);
}
