/* SPDX-License-Identifier: MIT */
/* --limits FILE.json: limits that range --json has found before, after a look at whether they are of this field. They
   become --vmin and --vmax, so that a bundle remembers numbers and no file. */
#include "bundle/bundle.h"
#include "color_limits.h"
#include <math.h>
#include <string.h>

static bool belongs(const nsr_run *run, const json_t *json, const char *path, nsr_err *err) {
    const char *field = nsr_json_text(json, "field");
    if (!json_is_number(json_object_get(json, "vmin")) || !json_is_number(json_object_get(json, "vmax")))
        return nsr_fail(err, NSR_EDATA, "%s: has no vmin and vmax; make it with: nsrender-mpi range %s --json > %s",
                        path, run->config.input, path);
    if (strcmp(field, run->field->path) != 0)
        return nsr_fail(err, NSR_EDATA,
                        "%s: is of the field %s, not of %s; make one with range --json, or use --vmin and "
                        "--vmax",
                        path, *field ? field : "?", run->field->path);
    if (nsr_json_int(json, "n_bins") != run->field->n_bins)
        return nsr_fail(err, NSR_EDATA, "%s: is of a field of %lld bins, not %lld; make it again with range --json",
                        path, (long long)nsr_json_int(json, "n_bins"), (long long)run->field->n_bins);
    return true;
}

bool nsr_color_limits_load(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    double both[2] = {NAN, NAN};
    const char *path = run->config.show.limits;
    if (nsr_is_root(comm)) {
        json_t *json = nsr_json_load(path, err);
        if (json && belongs(run, json, path, err)) {
            both[0] = json_number_value(json_object_get(json, "vmin"));
            both[1] = json_number_value(json_object_get(json, "vmax"));
        }
        json_decref(json);
    }
    if (!nsr_agree(comm, err)) return false;
    nsr_bcast(comm, both, sizeof both);
    if (isnan(run->config.show.vmin)) run->config.show.vmin = both[0];
    if (isnan(run->config.show.vmax)) run->config.show.vmax = both[1];
    run->config.show.limits = NULL;
    return true;
}
