/* SPDX-License-Identifier: MIT */
/* The folders of a bundle of several fields, as its plan names them. */
#include "several_folders.h"
#include "base/json.h"
#include <stdlib.h>
#include <string.h>

/* Anyone may have written the plan. */
static bool is_name(const char *name) {
    return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static bool list_folders(nsr_folders *folders, const char *dir, const json_t *fields, nsr_err *err) {
    size_t n = json_array_size(fields);
    folders->path = n ? malloc(n * sizeof *folders->path) : NULL;
    if (n && !folders->path) return nsr_fail(err, NSR_EINTERNAL, "out of memory for %zu folders", n);
    for (size_t i = 0; i < n; i++) {
        const char *name = nsr_json_text(json_array_get(fields, i), "folder");
        if (!is_name(name))
            return nsr_fail(err, NSR_EDATA, "%s/plan.json: '%s' is not a folder of this bundle; run render again", dir,
                            name);
        if (!nsr_path(folders->path[i], err, "%s/%s", dir, name)) return false;
    }
    folders->n = (int)n;
    return true;
}

bool nsr_several_folders(nsr_folders *folders, const char *dir, const nsr_comm *comm, nsr_err *err) {
    char path[NSR_PATH];
    *folders = (nsr_folders){0};
    json_t *plan = nsr_path(path, err, "%s/plan.json", dir) ? nsr_json_share(path, comm, err) : NULL;
    if (nsr_good(err)) list_folders(folders, dir, json_object_get(plan, "fields"), err);
    json_decref(plan);
    return nsr_agree(comm, err);
}
