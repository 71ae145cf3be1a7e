/* SPDX-License-Identifier: MIT */
/* Files that all ranks write together. */
#include "shared_file.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

void nsr_shared_file_init(nsr_shared_file *shared) { *shared = (nsr_shared_file){.file.fd = -1, .slice.fd = -1}; }

bool nsr_shared_file_create(nsr_shared_file *shared, const nsr_comm *comm, const char *dir, const char *name,
                            const char *run, nsr_err *err) {
    if (nsr_path(shared->path, err, "%s/%s", dir, name) && nsr_is_root(comm) &&
        nsr_file_create(&shared->file, shared->path, run, err))
        memcpy(shared->temp, shared->file.temp, sizeof shared->temp);
    return nsr_from_root(comm, shared->temp, sizeof shared->temp, err);
}

bool nsr_shared_file_open(nsr_shared_file *shared, const nsr_comm *comm, int64_t bytes, nsr_err *err) {
    const int fd = open(shared->temp, O_RDWR | O_CLOEXEC);
    shared->slice = nsr_file_slice_of(fd, shared->path, bytes, nsr_rank(comm), nsr_ranks(comm));
    return fd >= 0 || nsr_fail_io(err, NSR_EIO, "open", shared->temp);
}

bool nsr_shared_file_leave(nsr_shared_file *shared, nsr_err *err) {
    const int fd = shared->slice.fd;
    shared->slice.fd = -1;
    return fd < 0 || close(fd) == 0 || nsr_fail_io(err, NSR_EIO, "close", shared->path);
}

bool nsr_shared_file_commit(nsr_shared_file *shared, nsr_err *err) { return nsr_file_commit(&shared->file, NULL, err); }

void nsr_shared_file_drop(nsr_shared_file *shared) {
    nsr_err ignored = {0};
    nsr_shared_file_leave(shared, &ignored);
    nsr_file_drop(&shared->file);
}
