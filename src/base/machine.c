/* SPDX-License-Identifier: MIT */
/* The cpus and the memory that this process may use: mpirun and Slurm bind ranks to cpus; cgroups and Slurm limit the
   memory. */
#include <nsrender/team.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int nsr_usable_cpus(void) {
    cpu_set_t mask;
    CPU_ZERO(&mask);
    return sched_getaffinity(0, sizeof mask, &mask) ? 1 : CPU_COUNT(&mask);
}

/* The number of ranks of this node that have this rank's affinity mask, and so compete for the same cpus. */
static int sharers(const nsr_comm *comm) {
    enum { BYTES = sizeof(cpu_set_t) };
    int n = nsr_ranks(comm), same = 0;
    cpu_set_t mine;
    CPU_ZERO(&mine);
    if (n == 1 || sched_getaffinity(0, sizeof mine, &mine)) return 1;
    cpu_set_t *all = calloc((size_t)n, BYTES);
    if (!all) MPI_Abort(nsr_comm_mpi(comm), NSR_EINTERNAL);
    MPI_Allgather(&mine, BYTES, MPI_BYTE, all, BYTES, MPI_BYTE, nsr_comm_mpi(comm));
    for (int i = 0; i < nsr_node_ranks(comm); i++)
        same += CPU_EQUAL(&mine, &all[nsr_node_member(comm, i)]);
    free(all);
    return same > 0 ? same : 1;
}

int nsr_default_threads(const nsr_comm *comm) {
    int threads = nsr_usable_cpus() / sharers(comm);
    return threads > 1 ? threads : 1;
}

/* The whole number at the start of a file; -1 when there is none ("max"). */
static int64_t number_in(const char *path) {
    FILE *file = fopen(path, "r");
    long long n = -1;
    if (!file) return -1;
    if (fscanf(file, "%lld", &n) != 1) n = -1;
    fclose(file);
    return n;
}

static int64_t machine_memory(void) {
    FILE *file = fopen("/proc/meminfo", "r");
    char line[256];
    long long kib = 0;
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %lld kB", &kib) == 1) break;
    if (file) fclose(file);
    return kib > 0 ? kib * 1024 : (int64_t)1 << 30;
}

static int64_t less(int64_t a, int64_t b) { return b > 0 && b < a ? b : a; }

/* In cgroup v2 a line `0::/path` of /proc/self/cgroup names the group of the process. */
static int64_t cgroup_memory(void) {
    char line[1024], path[1200];
    int64_t limit = number_in("/sys/fs/cgroup/memory.max");
    FILE *file = fopen("/proc/self/cgroup", "r");
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        if (strncmp(line, "0::/", 4)) continue;
        snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.max", line + 3);
        limit = less(limit > 0 ? limit : INT64_MAX, number_in(path));
    }
    if (file) fclose(file);
    return less(limit > 0 ? limit : INT64_MAX, number_in("/sys/fs/cgroup/memory/memory.limit_in_bytes"));
}

static int64_t slurm_memory(void) {
    const char *node = getenv("SLURM_MEM_PER_NODE"), *cpu = getenv("SLURM_MEM_PER_CPU"); /* MiB */
    const char *cpus = getenv("SLURM_CPUS_ON_NODE");
    if (node) return atoll(node) << 20;
    return cpu && cpus ? (atoll(cpu) * atoll(cpus)) << 20 : -1;
}

int64_t nsr_default_memory(const nsr_comm *comm) {
    int64_t grant = less(less(machine_memory(), cgroup_memory()), slurm_memory());
    return grant / 2 / nsr_node_ranks(comm);
}
