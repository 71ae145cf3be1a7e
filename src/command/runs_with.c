/* SPDX-License-Identifier: MIT */
/* The first line of a log. Most questions about a job are answered by it. */
#include "runs_with.h"
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t SMALL = INT64_C(32) << 20; /* what is left of 128 MB a rank */

typedef struct facts {
    int64_t nodes, threads[2], memory; /* smallest and largest number of threads, least memory */
} facts;

static facts gather_facts(const nsr_config *config, const nsr_comm *comm) {
    const int64_t threads = nsr_threads(config, comm);
    int64_t nodes = nsr_node_rank(comm) == 0, least[] = {threads, -threads, nsr_granted_memory(config, comm)};
    nsr_sum_i64(comm, &nodes, 1);
    nsr_min_i64(comm, least, 3);
    return (facts){nodes, {least[0], -least[1]}, least[2]};
}

static const char *setting(const char *name) {
    const char *text = getenv(name);
    return text && *text ? text : NULL;
}

/* ", Slurm job 17_3 (try 2)" */
static void job_text(char *text, size_t size) {
    const char *job = setting("SLURM_ARRAY_JOB_ID") ? setting("SLURM_ARRAY_JOB_ID") : setting("SLURM_JOB_ID"),
               *task = setting("SLURM_ARRAY_TASK_ID"), *tries = setting("SLURM_RESTART_COUNT"),
               *pbs = setting("PBS_JOBID"), *lsf = setting("LSB_JOBID");
    *text = 0;
    if (job)
        snprintf(text, size, ", Slurm job %.40s%s%.20s (try %d)", job, task ? "_" : "", task ? task : "",
                 tries ? atoi(tries) + 1 : 1);
    else if (pbs)
        snprintf(text, size, ", PBS job %.60s", pbs);
    else if (lsf)
        snprintf(text, size, ", LSF job %.60s", lsf);
}

static const char *plural(int64_t n) { return n == 1 ? "" : "s"; }

static void log_line(const facts *f, const nsr_comm *comm) {
    char job[120], memory[40], threads[60];
    job_text(job, sizeof job);
    nsr_bytes_text(f->memory, memory, sizeof memory);
    if (f->threads[0] == f->threads[1])
        snprintf(threads, sizeof threads, "%lld thread%s", (long long)f->threads[0], plural(f->threads[0]));
    else
        snprintf(threads, sizeof threads, "%lld to %lld threads", (long long)f->threads[0], (long long)f->threads[1]);
    if (nsr_ranks(comm) == 1)
        nsr_note("1 rank, %s, %s%s, nsrender-mpi %s", threads, memory, job, NSR_VERSION);
    else
        nsr_note("%d ranks on %lld node%s, %s each, %s a rank%s, nsrender-mpi %s", nsr_ranks(comm), (long long)f->nodes,
                 plural(f->nodes), threads, memory, job, NSR_VERSION);
}

static void warn_alone(const nsr_config *config, const nsr_comm *comm) {
    const char *tasks = setting("SLURM_NTASKS");
    if (tasks && atoi(tasks) > 1 && nsr_ranks(comm) == 1 && !config->output.share.n)
        nsr_warn("the job has %s tasks, and this process is alone: start it by srun --mpi=pmix or mpirun", tasks);
}

static void warn_mask(void) {
    const char *cpus = setting("SLURM_CPUS_PER_TASK");
    if (cpus && nsr_usable_cpus() < atoi(cpus))
        nsr_warn("Slurm granted %s cpus to each task, and this process may use %d: use srun --cpus-per-task=%s, or "
                 "mpirun --bind-to none",
                 cpus, nsr_usable_cpus(), cpus);
}

void nsr_log_runs_with(const nsr_config *config, const nsr_comm *comm) {
    const facts f = gather_facts(config, comm);
    char memory[40];
    log_line(&f, comm);
    warn_alone(config, comm);
    warn_mask();
    nsr_bytes_text(f.memory, memory, sizeof memory);
    if (!config->run.memory.n && f.memory < SMALL)
        nsr_warn("a rank has %s beside the libraries; ask for 256 MB or more a rank (--mem-per-cpu)", memory);
}
