/* SPDX-License-Identifier: MIT */
/* The folders of a bundle of several fields, as its plan names them. */
#include "several_folders.h"
#include "base/json.h"

int nsr_several_folders(const char *dir, char folder[][NSR_PATH], int most) {
    char path[NSR_PATH];
    nsr_err ignored = {0};
    size_t i;
    json_t *field;
    int n = 0;
    json_t *plan = nsr_path(path, &ignored, "%s/plan.json", dir) ? nsr_json_load(path, &ignored) : NULL;
    json_array_foreach(json_object_get(plan, "fields"), i,
                       field) if (n < most &&
                                  nsr_path(folder[n], &ignored, "%s/%s", dir, nsr_json_text(field, "folder"))) n++;
    json_decref(plan);
    return n;
}
