/* SPDX-License-Identifier: MIT */
/* The memory that control groups grant to this process. Local. */
#ifndef NSR_BASE_CGROUP_H
#define NSR_BASE_CGROUP_H

#include <stdint.h>

/* The least limit in bytes of the groups that `list` (/proc/self/cgroup) names and of all groups above them, which lie
   below `root` (/sys/fs/cgroup); -1: there is none. Batch systems set it on a group above that of the process. */
int64_t nsr_cgroup_memory(const char *list, const char *root);

#endif
