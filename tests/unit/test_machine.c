/* SPDX-License-Identifier: MIT */
/* Machines with more cpus than a cpu_set_t holds: sched_getaffinity of this program plays them. */
#include "check.h"
#include <errno.h>
#include <nsrender/team.h>
#include <sched.h>
#include <sys/types.h>

/* Cpus of the machine, and those of them that this process may use: every `every`-th. */
static size_t cpus, every;

int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *mask) {
    (void)pid;
    if (size * 8 < cpus) return errno = EINVAL, -1; /* as the kernel does */
    memset(mask, 0, size);
    for (size_t i = 0; i < cpus; i += every)
        ((unsigned char *)mask)[i / 8] |= (unsigned char)(1u << i % 8);
    return 0;
}

static int usable(size_t of, size_t every_of) {
    cpus = of;
    every = every_of;
    return nsr_usable_cpus();
}

int main(void) {
    CHECK_EQ(usable(2, 1), 2);
    CHECK_EQ(usable(1024, 1), 1024);
    CHECK_EQ(usable(1025, 1), 1025);
    CHECK_EQ(usable(8192, 1), 8192);
    CHECK_EQ(usable(8192, 64), 128);
    CHECK_EQ(usable(65536, 32768), 2);
    CHECK_EQ(usable(1 << 20, 1), 1); /* more than anybody builds: one is right everywhere */
    return check_done();
}
