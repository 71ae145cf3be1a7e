/* SPDX-License-Identifier: MIT */
/* Removes files that only an unfinished bundle needs, and temporary files of killed runs. */
#include "run.h"
#include <dirent.h>
#include <string.h>

static bool is_temporary(const char *name) { return name[0] == '.' && strstr(name, ".tmp-"); }

static bool is_store(const char *name) { return strstr(name, ".ome.zarr") != NULL; }

/* Stores have one folder more than other outputs. */
static bool sweep(const char *dir, int deeper, nsr_err *err) {
    DIR *list = opendir(dir);
    for (struct dirent *entry; list && nsr_good(err) && (entry = readdir(list));) {
        char path[NSR_PATH];
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (!nsr_path(path, err, "%s/%s", dir, entry->d_name)) break;
        if (is_temporary(entry->d_name))
            nsr_remove_tree(path, err);
        else if (deeper && entry->d_type != DT_REG)
            sweep(path, deeper - 1 + is_store(entry->d_name), err);
    }
    if (list) closedir(list);
    return nsr_good(err);
}

bool nsr_cleanup(const char *dir, nsr_err *err) {
    static const char *const folders[] = {"parts", "segments"};
    char path[NSR_PATH];
    for (size_t i = 0; i < NSR_COUNTOF(folders); i++)
        if (!nsr_path(path, err, "%s/%s", dir, folders[i]) || !nsr_remove_tree(path, err)) return false;
    return sweep(dir, 1, err);
}
