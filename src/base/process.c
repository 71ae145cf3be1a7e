/* SPDX-License-Identifier: MIT */
/* What /proc knows about a process. */
#include "process.h"
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int64_t nsr_process_start(int64_t pid) {
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    FILE *file = fopen(path, "r");
    if (!file) return -1;
    size_t n = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[n] = 0;
    char *at = strrchr(line, ')'), state = 0; /* the name before may hold anything */
    long long start = -1;
    if (!at || sscanf(at + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %lld",
                      &state, &start) != 2)
        return -1;
    return state == 'Z' ? 0 : start;
}

double nsr_process_age(int64_t pid) {
    struct timespec now;
    const int64_t start = nsr_process_start(pid);
    if (start <= 0 || clock_gettime(CLOCK_BOOTTIME, &now)) return 0;
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec - (double)start / (double)sysconf(_SC_CLK_TCK);
}
