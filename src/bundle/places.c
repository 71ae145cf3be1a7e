/* SPDX-License-Identifier: MIT */
/* The paths of input and environment, and the stamp of the input. The plan has none, so that a moved input does not
   change it: an unfinished
   bundle has the paths in segments/input.json, a finished one in the manifest. */
#include "places.h"
#include "lock.h"
#include "ownership.h"
#include <limits.h>
#include <nsrender/file.h>
#include <stdlib.h>
#include <unistd.h>

/* The absolute path, for a later run from another folder. A dataset behind the file's name stays: FILE:PATH. */
static json_t *absolute_name(const char *name) {
    char *here = name && name[0] != '/' ? getcwd(NULL, 0) : NULL;
    json_t *whole = here ? json_sprintf("%s/%s", here, name) : name ? json_string(name) : NULL;
    free(here);
    return whole;
}

json_t *nsr_json_places(const nsr_bundle *bundle) {
    char *full = realpath(bundle->input->field->file, NULL);
    json_t *places = json_pack("{ssso*ss}", "path", full ? full : bundle->input->field->file, "environment",
                               absolute_name(bundle->config->input_as.environment), "stamp", bundle->range_of);
    free(full);
    return places;
}

json_t *nsr_bundle_places(const char *dir) {
    nsr_err none = {0};
    char where[NSR_PATH];
    json_t *places = nsr_path(where, &none, "%s/segments/input.json", dir) ? nsr_json_load(where, &none) : NULL;
    if (places) return places;
    none = (nsr_err){0};
    json_t *json = nsr_path(where, &none, "%s/manifest.json", dir) ? nsr_json_load(where, &none) : NULL;
    places = json_incref(json_object_get(json, "input"));
    json_decref(json);
    return places;
}

bool nsr_bundle_save_input(const nsr_bundle *bundle, nsr_err *err) {
    char path[NSR_PATH];
    if (bundle->lock && !nsr_lock_secure(bundle->lock, err)) return false;
    json_t *json = nsr_json_places(bundle), *before = nsr_bundle_places(bundle->dir);
    json_t *environment = json_object_get(before, "environment");
    const bool keeps =
        bundle->config->command == NSR_CMD_RANGE &&
        !bundle->config->input_as.environment; /* range needs no geometry, and must not forget that of the outputs */
    if (keeps && json_is_string(environment)) json_object_set(json, "environment", environment);
    json_decref(before);
    bool good = nsr_own_work_folders(bundle->dir, err) && nsr_make_dirs(bundle->dir, "segments", err) &&
                nsr_path(path, err, "%s/segments/input.json", bundle->dir) &&
                nsr_json_save(path, json, bundle->run_id, bundle->existing ? NSR_PUT_DURABLY : NSR_PUT, err);
    json_decref(json);
    return good;
}
