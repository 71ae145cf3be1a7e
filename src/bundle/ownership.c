/* SPDX-License-Identifier: MIT */
/* Marks of ownership: "nsrender" in plan.json and manifest.json, "path" in segments/input.json, "beats" in the files of
   locks/. */
#include "ownership.h"
#include "base/json.h"
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* False without an error: there is no such path. */
static bool inspect(const char *path, struct stat *st, nsr_err *err) {
    if (stat(path, st) == 0) return true;
    return errno == ENOENT || errno == ENOTDIR ? false : nsr_fail_io(err, NSR_EIO, "inspect", path);
}

bool nsr_bundle_exists(const char *dir, nsr_err *err) {
    struct stat st;
    return inspect(dir, &st, err) || (nsr_good(err) && nsr_fail(err, NSR_ENOINPUT, "%s: no such bundle", dir));
}

bool nsr_bundle_has(const char *dir, const char *name, nsr_err *err) {
    char path[NSR_PATH];
    struct stat st;
    return nsr_path(path, err, "%s/%s", dir, name) && inspect(path, &st, err);
}

/* Whether dir/name is a JSON object with this member. */
static bool has_mark(const char *dir, const char *name, const char *member, nsr_err *err) {
    char path[NSR_PATH];
    struct stat st;
    nsr_err failure = {0};
    if (!nsr_path(path, err, "%s/%s", dir, name) || !inspect(path, &st, err) || !S_ISREG(st.st_mode)) return false;
    json_t *json = nsr_json_load(path, &failure);
    bool marked = json_object_get(json, member) != NULL;
    json_decref(json);
    if (!nsr_good(&failure) && failure.code != NSR_ENOINPUT && failure.code != NSR_EDATA && nsr_good(err))
        *err = failure;
    return marked;
}

typedef bool allow_fn(const char *dir, const char *name, nsr_err *err);

/* Whether every visible entry of a directory is allowed. A directory that is missing has no entries. */
static bool holds_only(const char *dir, allow_fn *allowed, nsr_err *err) {
    bool good = true;
    DIR *list = opendir(dir);
    if (!list && errno == ENOTDIR) return false;
    if (!list) return errno == ENOENT || nsr_fail_io(err, NSR_EIO, "list", dir);
    for (struct dirent *entry; good && (entry = readdir(list));)
        good = entry->d_name[0] == '.' || allowed(dir, entry->d_name, err);
    closedir(list);
    return good && nsr_good(err);
}

/* A file that a node had not flushed when it died may be empty. Nobody misses such a file. */
static bool is_empty(const char *dir, const char *name, nsr_err *err) {
    char path[NSR_PATH];
    struct stat st;
    return nsr_path(path, err, "%s/%s", dir, name) && inspect(path, &st, err) && S_ISREG(st.st_mode) && st.st_size == 0;
}

static bool is_lock(const char *locks, const char *name, nsr_err *err) {
    return has_mark(locks, name, "beats", err) || is_empty(locks, name, err);
}

static bool is_work_folder(const char *dir, const char *name, nsr_err *err) {
    char path[NSR_PATH];
    if (!nsr_path(path, err, "%s/%s", dir, name)) return false;
    return has_mark(dir, "segments/input.json", "path", err) || holds_only(path, is_empty, err);
}

static bool is_left_over(const char *dir, const char *name, nsr_err *err) {
    char path[NSR_PATH];
    if (!nsr_path(path, err, "%s/%s", dir, name)) return false;
    if (!strcmp(name, "locks")) return holds_only(path, is_lock, err);
    return (!strcmp(name, "segments") || !strcmp(name, "parts")) && is_work_folder(dir, name, err);
}

bool nsr_is_bundle(const char *dir, nsr_err *err) {
    return has_mark(dir, "plan.json", "nsrender", err) || has_mark(dir, "manifest.json", "nsrender", err);
}

bool nsr_may_become_bundle(const char *dir, nsr_err *err) { return holds_only(dir, is_left_over, err); }

bool nsr_own_work_folders(const char *dir, nsr_err *err) {
    static const char *const folders[] = {"parts", "segments"};
    for (size_t i = 0; i < 2; i++)
        if (!is_work_folder(dir, folders[i], err))
            return nsr_fail(err, NSR_ECREATE,
                            "%s/%s: is not of this program, which would remove it at its end; move it, or choose "
                            "another -o",
                            dir, folders[i]);
    return true;
}
