/* SPDX-License-Identifier: MIT */
/* Who knows how the bins lie: the first kind that does. The root reads, everybody gets a copy. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

static const nsr_environment_kind *const kinds[] = {&nsr_environment_named, &nsr_environment_grid, &nsr_environment_nwb,
                                                    &nsr_environment_cube};

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

static bool share_all(nsr_environment *env, const nsr_comm *comm, nsr_err *err) {
    nsr_environment copy = *env;
    nsr_bcast(comm, &copy, sizeof copy);
    copy.x_edges = env->x_edges;
    copy.y_edges = env->y_edges;
    copy.active = env->active;
    *env = copy;
    size_t nx = (size_t)env->nx, ny = (size_t)env->ny;
    share(comm, (void **)&env->x_edges, (nx + 1) * sizeof *env->x_edges, err);
    share(comm, (void **)&env->y_edges, (ny + 1) * sizeof *env->y_edges, err);
    share(comm, (void **)&env->active, nx * ny, err);
    return nsr_agree(comm, err);
}

bool nsr_environment_find(nsr_environment *env, const nsr_comm *comm, const nsr_config *config, const nsr_field *field,
                          nsr_err *err) {
    memset(env, 0, sizeof *env);
    if (nsr_is_root(comm)) find(env, config, field, err);
    if (nsr_agree(comm, err) && share_all(env, comm, err)) return true;
    nsr_environment_free(env);
    return false;
}

void nsr_environment_free(nsr_environment *env) {
    free(env->x_edges);
    free(env->y_edges);
    free(env->active);
    memset(env, 0, sizeof *env);
}
