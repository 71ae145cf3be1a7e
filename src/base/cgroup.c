/* SPDX-License-Identifier: MIT */
/* Version 2 has one tree: a line `0::/path` names the group of the process, and each group has memory.max. Version 1
   has a tree for each controller: `4:memory:/path`, below `memory`, with memory.limit_in_bytes. */
#include "cgroup.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The whole number at the start of a file; -1 when there is none ("max"). */
static int64_t number_in(const char *path) {
    FILE *file = fopen(path, "r");
    long long n = -1;
    if (!file) return -1;
    if (fscanf(file, "%lld", &n) != 1) n = -1;
    fclose(file);
    return n;
}

static int64_t lesser_limit(int64_t a, int64_t b) { return b > 0 && (a <= 0 || b < a) ? b : a; }

/* The least limit of a group and of those above it. Inside a container the path may be unknown below `top`, whose own
   limit counts then. `group` is cut. */
static int64_t least_above(const char *top, char *group, const char *name) {
    char path[4600];
    int64_t least = -1;
    for (char *slash = group + strlen(group); slash; slash = strrchr(group, '/')) {
        *slash = 0;
        snprintf(path, sizeof path, "%s%s/%s", top, group, name);
        least = lesser_limit(least, number_in(path));
    }
    return least;
}

static bool has_memory(const char *controllers, const char *end) {
    for (const char *at = controllers; at && at < end; at = memchr(at, ',', (size_t)(end - at)), at += at != NULL)
        if (!strncmp(at, "memory", 6) && (at[6] == ',' || at + 6 == end)) return true;
    return false;
}

int64_t nsr_cgroup_memory(const char *list, const char *root) {
    char line[4200], top[300], here[2] = "";
    snprintf(top, sizeof top, "%s/memory", root);
    int64_t least =
        lesser_limit(least_above(root, here, "memory.max"), least_above(top, here, "memory.limit_in_bytes"));
    FILE *file = fopen(list, "r");
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!path || path[1] != '/') continue;
        if (path == controllers + 1)
            least = lesser_limit(least, least_above(root, path + 1, "memory.max"));
        else if (has_memory(controllers + 1, path))
            least = lesser_limit(least, least_above(top, path + 1, "memory.limit_in_bytes"));
    }
    if (file) fclose(file);
    return least;
}
