/* SPDX-License-Identifier: MIT */
/* Preloaded into the program by tests: another MPI, as far as its name and its plugins tell.
     OTHER_MPI     what MPI_Get_library_version says
     OTHER_PLUGIN  the only plugin of Open MPI that is found */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int MPI_Get_library_version(char *text, int *n) {
    const char *said = getenv("OTHER_MPI");
    if (!said) return ((int (*)(char *, int *))dlsym(RTLD_NEXT, "MPI_Get_library_version"))(text, n);
    *n = snprintf(text, 256, "%s", said);
    return 0;
}

int glob(const char *pattern, int flags, int (*failed)(const char *, int), glob_t *found) {
    const char *plugin = getenv("OTHER_PLUGIN");
    if (!plugin || !strstr(pattern, "mca_pmix"))
        return ((int (*)(const char *, int, int (*)(const char *, int), glob_t *))dlsym(RTLD_NEXT, "glob"))(
            pattern, flags, failed, found);
    *found = (glob_t){.gl_pathc = 1, .gl_pathv = calloc(2, sizeof(char *))};
    found->gl_pathv[0] = strdup(plugin);
    return 0;
}
