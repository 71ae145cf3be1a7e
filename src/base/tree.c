/* SPDX-License-Identifier: MIT */
/* Removes a directory with its contents. */
#include <errno.h>
#include <ftw.h>
#include <nsrender/file.h>
#include <stdio.h>

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
    (void)st, (void)kind, (void)ftw;
    return remove(path) && errno != ENOENT ? -1 : 0;
}

bool nsr_remove_tree(const char *path, nsr_err *err) {
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT) return true;
    return nsr_fail_io(err, NSR_EIO, "remove", path);
}
