/* SPDX-License-Identifier: MIT */
/* The arrays of an environment: copies on all ranks, and freeing. */
#include "readers.h"

#include "regions.h"

#include <stdlib.h>
#include <string.h>

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
    env->x_edges = kept->x_edges;
    env->y_edges = kept->y_edges;
    env->z_edges = kept->z_edges;
    env->x_centers = kept->x_centers;
    env->y_centers = kept->y_centers;
    env->active = kept->active;
    env->centers = kept->centers;
    env->cell_first = kept->cell_first;
    env->cell_xy = kept->cell_xy;
    env->bin_line = kept->bin_line;
    env->linear = kept->linear;
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
    free(env->x_edges);
    free(env->y_edges);
    free(env->z_edges);
    free(env->x_centers);
    free(env->y_centers);
    free(env->active);
    free(env->centers);
    free(env->cell_first);
    free(env->cell_xy);
    free(env->bin_line);
    free(env->linear);
    nsr_regions_free(env->region, env->n_regions);
    memset(env, 0, sizeof *env);
}
