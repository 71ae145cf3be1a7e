/* SPDX-License-Identifier: MIT */
/* Runs one command and reports the time and memory that it took. `launch RESULT COMMAND...` Linux counts the memory of
   the process that forks towards the peak of its child, so a large Python may not fork what is measured. */
#include "common.h"
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

static double seconds(struct timeval t) { return (double)t.tv_sec + 1e-6 * (double)t.tv_usec; }

int main(int argc, char **argv) {
    if (argc < 3) return 64;
    pid_t child;
    int status;
    struct rusage use;
    double start = wall_now();
    int failure = posix_spawnp(&child, argv[2], NULL, NULL, argv + 2, environ);
    if (failure) {
        fprintf(stderr, "%s: %s\n", argv[2], strerror(failure));
        return 127;
    }
    if (wait4(child, &status, 0, &use) < 0) die("wait4");
    double wall = wall_now() - start, sys = seconds(use.ru_stime), cpu = seconds(use.ru_utime) + sys;
    FILE *out = fopen(argv[1], "w");
    if (!out) die(argv[1]);
    fprintf(out, "{\"wall\": %.6f, \"cpu\": %.6f, \"sys\": %.6f, \"rss\": %.3f}\n", wall, cpu, sys,
            (double)use.ru_maxrss / 1024);
    if (fclose(out)) die(argv[1]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
