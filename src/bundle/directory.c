/* SPDX-License-Identifier: MIT */
/* The directory of a bundle: made or opened under its lock, or moved away by --replace. Only the root touches it. */
#include "directory.h"
#include <dirent.h>
#include <errno.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool nsr_bundle_has(const char *dir, const char *name) {
    char path[NSR_PATH];
    nsr_err ignored = {0};
    return nsr_path(path, &ignored, "%s/%s", dir, name) && access(path, F_OK) == 0;
}

/* Files of the user are never overwritten: a directory is a bundle when it has a plan or a manifest, or holds only the
   entries that a run creates before its plan. */
static bool is_bundle(const char *dir) {
    bool bundle_only = true;
    DIR *list = opendir(dir);
    for (struct dirent *entry; list && bundle_only && (entry = readdir(list));)
        bundle_only = entry->d_name[0] == '.' || !strcmp(entry->d_name, "locks") ||
                      !strcmp(entry->d_name, "segments") || !strcmp(entry->d_name, "parts");
    if (list) closedir(list);
    return bundle_only || nsr_bundle_has(dir, "plan.json") || nsr_bundle_has(dir, "manifest.json");
}

static bool make_bundle(const char *dir, nsr_err *err) {
    if (!nsr_make_dir(dir, err)) return false;
    return is_bundle(dir) ||
           nsr_fail(err, NSR_ECREATE, "%s: is a directory, but not a bundle of this program; choose another -o", dir);
}

static bool set_aside(const char *dir, nsr_err *err) {
    char old[NSR_PATH];
    if (!nsr_path(old, err, "%s.old", dir)) return false;
    if (access(old, F_OK) == 0 && !is_bundle(old))
        return nsr_fail(err, NSR_ECREATE,
                        "%s: is in the way of --replace, and is not a bundle of this program; move it", old);
    if (!nsr_remove_tree(old, err)) return false;
    if (rename(dir, old)) return nsr_fail(err, NSR_EIO, "%s: cannot be moved to %s: %s", dir, old, strerror(errno));
    nsr_note("the old bundle is now %s", old);
    return true;
}

static void lock_name(const nsr_bundle *bundle, char *name, size_t size) {
    nsr_share share = bundle->config->output.share;
    if (share.n)
        snprintf(name, size, "share-%d-of-%d", share.k, share.n);
    else
        snprintf(name, size, "%s", bundle->config->command == NSR_CMD_JOIN ? "join" : "run");
}

static bool open_at_root(nsr_bundle *bundle, nsr_lock *lock, nsr_err *err) {
    char name[64];
    bool over = bundle->config->output.take_over;
    lock_name(bundle, name, sizeof name);
    if (!lock) return make_bundle(bundle->dir, err);
    if (!make_bundle(bundle->dir, err) || !nsr_lock_take(lock, bundle->dir, name, bundle->run_id, over, err))
        return false;
    if (!bundle->config->output.replace ||
        !(nsr_bundle_has(bundle->dir, "plan.json") || nsr_bundle_has(bundle->dir, "manifest.json")))
        return true;
    nsr_lock_release(lock);
    return set_aside(bundle->dir, err) && make_bundle(bundle->dir, err) &&
           nsr_lock_take(lock, bundle->dir, name, bundle->run_id, over, err);
}

bool nsr_bundle_open(nsr_bundle *bundle, nsr_lock *lock, const nsr_comm *comm, nsr_err *err) {
    if (lock) lock->fd = -1;
    if (nsr_is_root(comm)) open_at_root(bundle, lock, err);
    if (!nsr_agree(comm, err)) return false;
    if (nsr_is_root(comm)) bundle->existing = nsr_bundle_has(bundle->dir, "plan.json");
    nsr_bcast(comm, &bundle->existing, sizeof bundle->existing);
    return true;
}
