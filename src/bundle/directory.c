/* SPDX-License-Identifier: MIT */
/* The directory of a bundle: made or opened under its lock, or moved away by --replace. Only the root touches it. */
#include "directory.h"
#include "ownership.h"
#include "plan_options.h"
#include <errno.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool make_bundle(nsr_bundle *bundle, nsr_err *err) {
    struct stat st;
    const char *dir = bundle->dir;
    bool new = stat(dir, &st) && errno == ENOENT;
    if (!nsr_make_dir(dir, err)) return false;
    bundle->made = bundle->made || new;
    return nsr_is_bundle(dir, err) || nsr_may_become_bundle(dir, err) ||
           nsr_fail(err, NSR_ECREATE, "%s: is a directory, but not a bundle of this program; choose another -o", dir);
}

/* The old bundle before this one is removed; anything else in its place stays. */
static bool remove_old(const char *old, nsr_err *err) {
    struct stat st;
    if (lstat(old, &st)) return errno == ENOENT || nsr_fail_io(err, NSR_EIO, "inspect", old);
    if (rmdir(old) == 0) return true; /* it was empty */
    if (S_ISDIR(st.st_mode) && nsr_is_bundle(old, err)) return nsr_remove_tree(old, err);
    return nsr_fail(err, NSR_ECREATE, "%s: is in the way of --replace, and is not a bundle of this program; move it",
                    old);
}

static bool set_aside(const char *dir, nsr_err *err) {
    char old[NSR_PATH];
    if (!nsr_path(old, err, "%s.old", dir) || !remove_old(old, err)) return false;
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
    if (!lock) return make_bundle(bundle, err);
    if (!make_bundle(bundle, err) || !nsr_lock_take(lock, bundle->dir, name, bundle->run_id, over, err)) return false;
    if (!bundle->config->output.replace || !nsr_is_bundle(bundle->dir, err)) return nsr_good(err);
    if (!nsr_lock_secure(lock, err)) return false;
    nsr_lock_release(lock);
    return set_aside(bundle->dir, err) && make_bundle(bundle, err) &&
           nsr_lock_take(lock, bundle->dir, name, bundle->run_id, over, err);
}

bool nsr_bundle_open(nsr_bundle *bundle, nsr_lock *lock, const nsr_comm *comm, nsr_err *err) {
    if (lock) lock->fd = -1;
    if (nsr_is_root(comm)) bundle->lock = lock;
    if (nsr_is_root(comm)) open_at_root(bundle, lock, err);
    if (nsr_is_root(comm) && nsr_good(err) && nsr_bundle_taken_holds(bundle, err))
        bundle->existing = nsr_bundle_has(bundle->dir, "plan.json", err);
    return nsr_from_root(comm, &bundle->existing, sizeof bundle->existing, err);
}
