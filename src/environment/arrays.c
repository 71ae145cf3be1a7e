/* SPDX-License-Identifier: MIT */
/* The arrays of an environment: copies on all ranks, and freeing. */
#include "readers.h"

#include "regions.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Offsets of the pointers to all arrays; regions are kept apart, because only the root has them. */
#define AT(array) offsetof(nsr_environment, array)
static const size_t arrays[] = {AT(x_edges), AT(y_edges),    AT(z_edges), AT(x_centers), AT(y_centers), AT(active),
                                AT(centers), AT(cell_first), AT(cell_xy), AT(bin_line),  AT(linear)};

/* Copies an array of the root to all ranks; NULL stays NULL. */
static void share_array(const nsr_comm *comm, void **array, size_t bytes, nsr_err *err) {
    bool here = *array != NULL;
    nsr_bcast(comm, &here, sizeof here);
    if (!here) return;
    if (!nsr_is_root(comm) && !(*array = malloc(bytes)))
        nsr_fail(err, NSR_EINTERNAL, "out of memory for the environment");
    if (nsr_agree(comm, err)) nsr_bcast(comm, *array, bytes);
}

/* Sets the pointers of `env` to the arrays of `kept`. */
static void keep_arrays(nsr_environment *env, const nsr_environment *kept) {
    for (size_t i = 0; i < NSR_COUNTOF(arrays); i++)
        memcpy((char *)env + arrays[i], (const char *)kept + arrays[i], sizeof(void *));
    env->region = kept->region;
    env->n_regions = kept->n_regions;
}

bool nsr_environment_share(nsr_environment *env, const nsr_comm *comm, nsr_err *err) {
    nsr_environment copy = *env;
    nsr_bcast(comm, &copy, sizeof copy);
    keep_arrays(&copy, env);
    *env = copy;
    const size_t real = sizeof(double), nx = (size_t)env->nx, ny = (size_t)env->ny, nz = (size_t)env->nz;
    const size_t n = (size_t)env->n_bins;
    share_array(comm, (void **)&env->x_edges, (nx + 1) * real, err);
    share_array(comm, (void **)&env->y_edges, (ny + 1) * real, err);
    share_array(comm, (void **)&env->z_edges, (nz + 1) * real, err);
    share_array(comm, (void **)&env->x_centers, nx * real, err);
    share_array(comm, (void **)&env->y_centers, ny * real, err);
    share_array(comm, (void **)&env->active, nx * ny * (nz ? nz : 1), err);
    share_array(comm, (void **)&env->centers, 2 * n * real, err);
    share_array(comm, (void **)&env->bin_line, 4 * n * real, err);
    share_array(comm, (void **)&env->linear, 2 * n * real, err);
    share_array(comm, (void **)&env->cell_first, (n + 1) * sizeof *env->cell_first, err);
    const size_t corners = env->cell_first ? (size_t)env->cell_first[n] : 0; /* unused after a failure */
    share_array(comm, (void **)&env->cell_xy, 2 * corners * real, err);
    return nsr_agree(comm, err);
}

void nsr_environment_free(nsr_environment *env) {
    for (size_t i = 0; i < NSR_COUNTOF(arrays); i++) {
        void *array;
        memcpy(&array, (const char *)env + arrays[i], sizeof array);
        free(array);
    }
    nsr_regions_free(env->region, env->n_regions);
    memset(env, 0, sizeof *env);
}
