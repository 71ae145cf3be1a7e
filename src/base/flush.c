/* SPDX-License-Identifier: MIT */
/* Durability. One syncfs makes everything durable that was written before, and costs far less than an fsync of each
   file. Linux reports write errors through it since 5.8; on an older kernel each file is flushed as it is finished. */
#include <errno.h>
#include <fcntl.h>
#include <nsrender/file.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

/* syncfs reports the errors since the descriptor was opened, so a caller that keeps one open misses none. */
static bool syncfs_tells_errors(void) {
    struct utsname system;
    int major = 0, minor = 0;
    if (uname(&system) || sscanf(system.release, "%d.%d", &major, &minor) != 2) return false;
    return major > 5 || (major == 5 && minor >= 8);
}

bool nsr_sync_file(int fd, const char *path, nsr_err *err) {
    return fsync(fd) == 0 || nsr_fail_io(err, NSR_EIO, "flush", path);
}

bool nsr_leave_to_flush(int fd, const char *path, nsr_err *err) {
    return syncfs_tells_errors() || nsr_sync_file(fd, path, err);
}

bool nsr_flush_all(int fd, const char *path, nsr_err *err) {
    return syncfs(fd) == 0 || nsr_fail_io(err, NSR_EIO, "flush", path);
}

bool nsr_sync_dir(const char *path, nsr_err *err) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return nsr_fail_io(err, NSR_EIO, "open", path);
    int failed = fsync(fd) ? errno : 0;
    close(fd);
    /* Some network file systems cannot flush a directory; that is no error. */
    if (!failed || failed == EINVAL || failed == ENOTSUP || failed == ENOSYS || failed == EBADF) return true;
    errno = failed;
    return nsr_fail_io(err, NSR_EIO, "flush", path);
}
