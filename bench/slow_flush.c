/* SPDX-License-Identifier: MIT */
/* Preloaded into the program: each flush takes 100 ms more, as on the file system of a cluster. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

#define SLOW(name)                                                                                                     \
    int name(int fd) {                                                                                                 \
        int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, #name);                                                      \
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);                                                     \
        return real(fd);                                                                                               \
    }
SLOW(fsync)
SLOW(fdatasync)
SLOW(syncfs)
