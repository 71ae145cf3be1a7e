/* SPDX-License-Identifier: MIT */
/* --limits FILE.json reads the colour limits that range --json wrote, and checks that they belong to this field. They
   become --vmin and --vmax, so that a bundle remembers numbers and no file. */
#include "base/json.h"
#include "color_limits.h"
#include <math.h>
#include <string.h>

static bool belongs(const nsr_measurement *m, const json_t *json, const char *path, nsr_err *err) {
    const char *field = nsr_json_text(json, "field");
    if (!json_is_number(json_object_get(json, "vmin")) || !json_is_number(json_object_get(json, "vmax")))
        return nsr_fail(err, NSR_EDATA, "%s: has no vmin and vmax; make it with: nsrender-mpi range %s --json > %s",
                        path, m->config->input, path);
    if (strcmp(field, m->input->field->path) != 0)
        return nsr_fail(err, NSR_EDATA,
                        "%s: is of the field %s, not of %s; make one with range --json, or use --vmin and "
                        "--vmax",
                        path, *field ? field : "?", m->input->field->path);
    if (nsr_json_int(json, "n_bins") != m->input->field->n_bins)
        return nsr_fail(err, NSR_EDATA, "%s: is of a field of %lld bins, not %lld; make it again with range --json",
                        path, (long long)nsr_json_int(json, "n_bins"), (long long)m->input->field->n_bins);
    return true;
}

bool nsr_color_limits_load(nsr_measurement *m, const nsr_comm *comm, nsr_err *err) {
    double both[2] = {NAN, NAN};
    const char *path = m->config->show.limits;
    if (nsr_is_root(comm)) {
        json_t *json = nsr_json_load(path, err);
        if (json && belongs(m, json, path, err)) {
            both[0] = json_number_value(json_object_get(json, "vmin"));
            both[1] = json_number_value(json_object_get(json, "vmax"));
        }
        json_decref(json);
    }
    if (!nsr_agree(comm, err)) return false;
    nsr_bcast(comm, both, sizeof both);
    if (isnan(m->config->show.vmin)) m->config->show.vmin = both[0];
    if (isnan(m->config->show.vmax)) m->config->show.vmax = both[1];
    m->config->show.limits = NULL;
    return true;
}
