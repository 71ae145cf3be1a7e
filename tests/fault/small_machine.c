/* SPDX-License-Identifier: MIT */
/* Preloaded into the program by tests: a machine that gives less than this one. In the environment:
     SMALL_SHM       bytes that are free in /dev/shm
     SMALL_PROVIDED  the level of threads that MPI_Init_thread reports */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

int PMPI_Init_thread(int *argc, char ***argv, int required, int *provided);
int MPI_Init_thread(int *argc, char ***argv, int required, int *provided);

int MPI_Init_thread(int *argc, char ***argv, int required, int *provided) {
    int result = PMPI_Init_thread(argc, argv, required, provided);
    if (getenv("SMALL_PROVIDED")) *provided = atoi(getenv("SMALL_PROVIDED"));
    return result;
}

int statvfs(const char *path, struct statvfs *disk) {
    int (*real)(const char *, struct statvfs *) = (int (*)(const char *, struct statvfs *))dlsym(RTLD_NEXT, "statvfs");
    int failed = real(path, disk);
    if (getenv("SMALL_SHM") && !strcmp(path, "/dev/shm"))
        disk->f_bavail = strtoul(getenv("SMALL_SHM"), NULL, 10) / disk->f_frsize;
    return failed;
}
