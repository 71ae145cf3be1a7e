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

/* A positive number in the environment; 0: there is none. */
static int setting(const char *name) {
    const char *text = getenv(name);
    const int n = text ? atoi(text) : 0;
    return n > 0 ? n : 0;
}

static int lesser(int a, int b) { return b > 0 && b < a ? b : a; }

/* Where Slurm binds no task to cpus, the mask is the whole node, although the job may use a part of it. */
static int slurm_cpus(const nsr_comm *comm) {
    const int task = setting("SLURM_CPUS_PER_TASK"), node = setting("SLURM_CPUS_ON_NODE") / nsr_node_ranks(comm);
    return task ? task : node;
}

/* Ranks of the node that have the same affinity mask compete for the same cpus. */
int nsr_threads(const nsr_config *config, const nsr_comm *comm) {
    const int sharers = nsr_node_equal(comm, mask_hash());
    const int fitting = lesser(lesser(nsr_usable_cpus() / sharers, slurm_cpus(comm)), setting("OMP_NUM_THREADS"));
    if (config->input_as.io && !strcmp(config->input_as.io, "mpio")) return 1; /* only the main thread calls MPI */
    return config->run.threads != NSR_NOT_GIVEN ? (int)config->run.threads : fitting > 1 ? fitting : 1;
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

/* What MPI, HDF5 and the other libraries take in a rank that has read nothing. */
static const int64_t LIBRARIES = INT64_C(64) << 20, LEAST = INT64_C(8) << 20;

int64_t nsr_granted_memory(const nsr_config *config, const nsr_comm *comm) {
    if (config->run.memory.n) return config->run.memory.n;
    const int64_t grant =
        less(less(machine_memory(), nsr_cgroup_memory("/proc/self/cgroup", "/sys/fs/cgroup")), slurm_memory());
    const int64_t own = (grant / nsr_node_ranks(comm) - LIBRARIES) / 2;
    return own > LEAST ? own : LEAST;
}
