/* SPDX-License-Identifier: MIT */
/* The registry of kinds: the first that has the geometry of the field reads it, on the root; all ranks get a copy. */
#include "base/utf8.h"
#include "readers.h"

#include <string.h>

static const nsr_environment_kind *const kinds[] = {&nsr_environment_named,  &nsr_environment_grid,
                                                    &nsr_environment_netcdf, &nsr_environment_bins,
                                                    &nsr_environment_nwb,    &nsr_environment_cube};

static bool find_geometry(nsr_environment *env, const nsr_config *config, const nsr_field *field, nsr_err *err) {
    for (size_t i = 0; i < NSR_COUNTOF(kinds); i++) {
        if (!kinds[i]->probe(config, field)) continue;
        if (kinds[i]->read(env, config, field, err)) return nsr_grid_agrees(env, config, err);
        if (!nsr_good(err)) return false;
    }
    return nsr_fail(err, NSR_EUSAGE,
                    "%s: %s: the geometry of its %lld bins is unknown; give --grid AxB, or --environment FILE",
                    field->file, field->path, (long long)field->n_bins);
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
    if (nsr_is_root(comm) && find_geometry(env, config, field, err)) clean_texts(env);
    if (nsr_from_root(comm, NULL, 0, err) && nsr_environment_share(env, comm, err)) return true;
    nsr_environment_free(env);
    return false;
}
