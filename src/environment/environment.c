/* SPDX-License-Identifier: MIT */
/* Who knows how the bins lie: the first kind that does. The root reads, everybody gets a copy. */
#include "readers.h"

#include "regions.h"

#include <stdlib.h>
#include <string.h>

static const nsr_environment_kind *const kinds[] = {&nsr_environment_named,  &nsr_environment_grid,
                                                    &nsr_environment_netcdf, &nsr_environment_bins,
                                                    &nsr_environment_nwb,    &nsr_environment_cube};

static bool find(nsr_environment *env, const nsr_config *config, const nsr_field *field, nsr_err *err) {
    for (size_t i = 0; i < NSR_COUNTOF(kinds); i++) {
        if (!kinds[i]->probe(config, field)) continue;
        if (kinds[i]->read(env, config, field, err)) return true;
        if (!nsr_good(err)) return false;
    }
    return nsr_fail(err, NSR_EUSAGE,
                    "%s: %s: nothing says how its %lld bins lie; give --grid AxB, or --environment FILE", field->file,
                    field->path, (long long)field->n_bins);
}

/* An array of the root for everybody; NULL stays NULL. */
static void share(const nsr_comm *comm, void **array, size_t bytes, nsr_err *err) {
    bool here = *array != NULL;
    nsr_bcast(comm, &here, sizeof here);
    if (!here) return;
    if (!nsr_is_root(comm) && !(*array = malloc(bytes)))
        nsr_fail(err, NSR_EINTERNAL, "out of memory for the environment");
    if (nsr_agree(comm, err)) nsr_bcast(comm, *array, bytes);
}

/* The arrays of `kept` behind the numbers of `env`. */
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

static bool share_all(nsr_environment *env, const nsr_comm *comm, nsr_err *err) {
    nsr_environment copy = *env;
    nsr_bcast(comm, &copy, sizeof copy);
    keep_arrays(&copy, env);
    *env = copy;
    const size_t real = sizeof(double), nx = (size_t)env->nx, ny = (size_t)env->ny, nz = (size_t)env->nz;
    const size_t n = (size_t)env->n_bins;
    share(comm, (void **)&env->x_edges, (nx + 1) * real, err);
    share(comm, (void **)&env->y_edges, (ny + 1) * real, err);
    share(comm, (void **)&env->z_edges, (nz + 1) * real, err);
    share(comm, (void **)&env->x_centers, nx * real, err);
    share(comm, (void **)&env->y_centers, ny * real, err);
    share(comm, (void **)&env->active, nx * ny * (nz ? nz : 1), err);
    share(comm, (void **)&env->centers, 2 * n * real, err);
    share(comm, (void **)&env->bin_line, 4 * n * real, err);
    share(comm, (void **)&env->linear, 2 * n * real, err);
    share(comm, (void **)&env->cell_first, (n + 1) * sizeof *env->cell_first, err);
    const size_t corners = env->cell_first ? (size_t)env->cell_first[n] : 0; /* in vain where memory was short */
    share(comm, (void **)&env->cell_xy, 2 * corners * real, err);
    return nsr_agree(comm, err);
}

static void clean_texts(nsr_environment *env) {
    char *const texts[] = {env->layout, env->units, env->origin, env->x_name, env->y_name};
    for (size_t i = 0; i < NSR_COUNTOF(texts); i++)
        nsr_text_clean(texts[i]);
    for (int i = 0; i < env->n_regions; i++)
        nsr_text_clean(env->region[i].name);
}

bool nsr_environment_find(nsr_environment *env, const nsr_comm *comm, const nsr_config *config, const nsr_field *field,
                          nsr_err *err) {
    memset(env, 0, sizeof *env);
    if (nsr_is_root(comm) && find(env, config, field, err)) clean_texts(env);
    if (nsr_agree(comm, err) && share_all(env, comm, err)) return true;
    nsr_environment_free(env);
    return false;
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
