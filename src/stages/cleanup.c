/* SPDX-License-Identifier: MIT */
/* Removes files that only an unfinished bundle needs, and temporary files of killed runs. */
#include "run.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* `.NAME.tmp-RUN`, with the 8 digits of a run's id. */
static bool is_temporary(const char *name) {
    const char *tail = name[0] == '.' ? strstr(name, ".tmp-") : NULL;
    return tail && strspn(tail + 5, "0123456789abcdef") == 8 && !tail[13];
}

static bool is_store(const char *name) { return strstr(name, ".ome.zarr") != NULL; }

/* A link may lead out of the bundle and is not followed. */
static bool is_folder(const char *path, const struct dirent *entry) {
    struct stat st;
    if (entry->d_type != DT_UNKNOWN) return entry->d_type == DT_DIR;
    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Stores have one folder more than other outputs. */
static bool sweep(const char *dir, int deeper, nsr_err *err) {
    DIR *list = opendir(dir);
    for (struct dirent *entry; list && nsr_good(err) && (entry = readdir(list));) {
        char path[NSR_PATH];
        if (!nsr_path(path, err, "%s/%s", dir, entry->d_name)) break;
        if (is_temporary(entry->d_name))
            nsr_remove_tree(path, err);
        else if (deeper && entry->d_name[0] != '.' && is_folder(path, entry))
            sweep(path, deeper - 1 + is_store(entry->d_name), err);
    }
    if (list) closedir(list);
    return nsr_good(err);
}

/* segments/ holds the mark that parts/ and itself are this program's, so it goes last, and in one step. */
bool nsr_cleanup(const nsr_bundle *bundle, nsr_err *err) {
    char parts[NSR_PATH], segments[NSR_PATH], gone[NSR_PATH];
    if (!nsr_path(parts, err, "%s/parts", bundle->dir) || !nsr_path(segments, err, "%s/segments", bundle->dir) ||
        !nsr_path(gone, err, "%s/.segments.tmp-%s", bundle->dir, bundle->run_id) || !nsr_remove_tree(parts, err))
        return false;
    if (rename(segments, gone) && errno != ENOENT) return nsr_fail_io(err, NSR_EIO, "remove", segments);
    return sweep(bundle->dir, 1, err);
}
