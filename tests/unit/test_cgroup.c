/* SPDX-License-Identifier: MIT */
/* Memory limits of control groups, in a made-up tree: the least of a group and of all above it. */
#include "base/cgroup.h"
#include "check.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/nsr-cgroup-XXXXXX";

static void put(const char *folder, const char *name, const char *text) {
    char path[400];
    snprintf(path, sizeof path, "%s%s", root, folder);
    for (char *slash = path + strlen(root); (slash = strchr(slash + 1, '/'));) {
        *slash = 0;
        mkdir(path, 0700);
        *slash = '/';
    }
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s%s/%s", root, folder, name);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    if (!file) return;
    fputs(text, file);
    fclose(file);
}

static int64_t limit_of(const char *list) {
    char path[400];
    put("", "list", list);
    snprintf(path, sizeof path, "%s/list", root);
    return nsr_cgroup_memory(path, root);
}

int main(void) {
    if (!mkdtemp(root)) return 1;
    CHECK(limit_of("0::/\n") == -1);
    put("/slurm/job_7/step_0/task_1", "memory.max", "max\n");
    put("/slurm/job_7/step_0", "memory.max", "max\n");
    put("/slurm/job_7", "memory.max", "3000\n");
    put("/slurm", "memory.max", "9000\n");
    CHECK(limit_of("0::/slurm/job_7/step_0/task_1\n") == 3000);
    CHECK(limit_of("0::/slurm/other\n") == 9000);
    CHECK(limit_of("0::/elsewhere\n") == -1);
    put("/slurm/job_7/step_0/task_1", "memory.max", "2000\n");
    CHECK(limit_of("0::/slurm/job_7/step_0/task_1\n") == 2000);
    put("/memory/slurm/uid_0/job_8/step_0/task_0", "memory.limit_in_bytes", "9223372036854771712\n");
    put("/memory/slurm/uid_0/job_8", "memory.limit_in_bytes", "1500\n");
    CHECK(limit_of("5:cpu,cpuacct:/x\n4:memory:/slurm/uid_0/job_8/step_0/task_0\n") == 1500);
    CHECK(limit_of("4:hugetlb,memory:/slurm/uid_0/job_8\n0::/slurm\n") == 1500);
    CHECK(limit_of("4:memoryless:/slurm/uid_0/job_8\n") == -1);
    CHECK(limit_of("no line\n:\n::\n0::\n") == -1);
    put("", "memory.max", "1000\n");
    CHECK(limit_of("0::/slurm/job_7/step_0/task_1\n") == 1000);
    CHECK(limit_of("") == 1000);
    return check_done();
}
