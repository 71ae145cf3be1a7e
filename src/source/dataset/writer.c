/* SPDX-License-Identifier: MIT */
/* Does another program write the file? HDF5 takes an exclusive lock (flock) on a file that it writes, and this program
   opens files without locks, because they fail on many cluster file systems. So one shared lock is tried; where locks
   do not work, nothing is known. */
#include "missing.h"

#include <errno.h>
#include <fcntl.h>
#include <nsrender/log.h>
#include <sys/file.h>
#include <unistd.h>

static bool is_locked_by_writer(const char *file) {
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return false;
    bool locked = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(fd); /* unlocks */
    return locked;
}

void nsr_warn_of_writer(const char *file) {
    if (is_locked_by_writer(file))
        nsr_warn("%s: another program has this file open for writing: what is not written yet is missing; close the "
                 "file there and run again",
                 file);
}
