/* SPDX-License-Identifier: MIT */
/* The cpus and the memory that this process may use: mpirun and Slurm bind ranks to cpus; cgroups and Slurm limit the
   memory. */
#include "cgroup.h"
#include <nsrender/team.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The affinity mask of this process. The type cpu_set_t has room for 1,024 cpus; larger machines exist. */
enum { MASK_WORDS = 65536 / 64 };

static bool read_mask(uint64_t mask[MASK_WORDS]) {
    memset(mask, 0, MASK_WORDS * sizeof *mask);
    return sched_getaffinity(0, MASK_WORDS * sizeof *mask, (cpu_set_t *)(void *)mask) == 0;
}

int nsr_usable_cpus(void) {
    uint64_t mask[MASK_WORDS];
    int n = 0;
    if (!read_mask(mask)) return 1;
    for (int i = 0; i < MASK_WORDS; i++)
        n += __builtin_popcountll(mask[i]);
    return n > 0 ? n : 1;
}

/* A number that stands for the mask (FNV-1a); 0: it cannot be read. */
static uint64_t mask_hash(void) {
    uint64_t mask[MASK_WORDS], hash = 0xcbf29ce484222325;
    if (!read_mask(mask)) return 0;
    for (int i = 0; i < MASK_WORDS; i++)
        hash = (hash ^ mask[i]) * 0x100000001b3;
    return hash;
}

/* The number of ranks of this node that have this rank's affinity mask, and so compete for the same cpus. */
static int sharers(const nsr_comm *comm) {
    int n = nsr_ranks(comm), same = 0;
    uint64_t mine = mask_hash();
    if (n == 1) return 1;
    uint64_t *all = calloc((size_t)n, sizeof *all);
    if (!all) MPI_Abort(nsr_comm_mpi(comm), NSR_EINTERNAL);
    MPI_Allgather(&mine, 1, MPI_UINT64_T, all, 1, MPI_UINT64_T, nsr_comm_mpi(comm));
    for (int i = 0; i < nsr_node_ranks(comm); i++)
        same += all[nsr_node_member(comm, i)] == mine;
    free(all);
    return same > 0 ? same : 1;
}

int nsr_default_threads(const nsr_comm *comm) {
    int threads = nsr_usable_cpus() / sharers(comm);
    return threads > 1 ? threads : 1;
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

static int64_t slurm_memory(void) {
    const char *node = getenv("SLURM_MEM_PER_NODE"), *cpu = getenv("SLURM_MEM_PER_CPU"); /* MiB */
    const char *cpus = getenv("SLURM_CPUS_ON_NODE");
    if (node) return atoll(node) << 20;
    return cpu && cpus ? (atoll(cpu) * atoll(cpus)) << 20 : -1;
}

int64_t nsr_granted_memory(const nsr_config *config, const nsr_comm *comm) {
    if (config->run.memory.n) return config->run.memory.n;
    int64_t grant =
        less(less(machine_memory(), nsr_cgroup_memory("/proc/self/cgroup", "/sys/fs/cgroup")), slurm_memory());
    return grant / 2 / nsr_node_ranks(comm);
}
