/* SPDX-License-Identifier: MIT */
/* plan.json describes the run. It is written before the first part, and a later run compares itself with it. */
#include "plan_file.h"
#include "digest.h"
#include "existing_outputs.h"
#include "identity.h"
#include "places.h"
#include "plan_options.h"
#include "range_json.h"
#include <nsrender/log.h>
#include <stdlib.h>
#include <string.h>

static bool plan_path(const nsr_bundle *bundle, char path[NSR_PATH], nsr_err *err) {
    return nsr_path(path, err, "%s/plan.json", bundle->dir);
}

/* Outputs of this run and of the old plan, in the order of the registry. */
static json_t *outputs_json(const nsr_bundle *bundle, const json_t *old) {
    json_t *outputs = json_object();
    for (int k = 0; nsr_sinks[k]; k++) {
        const char *name = nsr_sinks[k]->name, *digest = nsr_json_text(json_object_get(old, "outputs"), name);
        for (int i = 0; i < bundle->n_outputs; i++)
            if (bundle->output[i].sink.kind == nsr_sinks[k]) digest = bundle->output[i].digest;
        if (*digest && nsr_sinks[k]->stored) json_object_set_new(outputs, name, json_string(digest));
    }
    return outputs;
}

static json_t *plan_json(const nsr_bundle *bundle, const json_t *old) {
    const nsr_plan *p = &bundle->input->plan;
    const char *known = nsr_source_known(bundle->input->source);
    json_t *json = json_pack(
        "{sis{sssIsIso}sss{sIsIsI}s{sIsI}sososo}", "nsrender", 1, "input", "dtype", bundle->input->field->dtype + 1,
        "n_frames", (json_int_t)bundle->input->field->n_frames, "n_bins", (json_int_t)bundle->input->field->n_bins,
        "identity", nsr_identity_json(&bundle->measured->identity), "field", bundle->input->field->path, "selection",
        "first", (json_int_t)p->first, "step", (json_int_t)p->step, "n", (json_int_t)p->n, "segments", "frames",
        (json_int_t)p->segment_frames, "n", (json_int_t)p->n_segments, "range", nsr_json_measured(bundle->measured),
        "options", nsr_bundle_options(bundle->config, bundle, old), "outputs", outputs_json(bundle, old));
    if (json && known) json_object_set_new(json, "known", json_loads(known, 0, NULL));
    return json;
}

char *nsr_bundle_known(const char *dir) {
    char path[NSR_PATH];
    nsr_err none = {0};
    json_t *plan = nsr_path(path, &none, "%s/plan.json", dir) ? nsr_json_load(path, &none) : NULL;
    char *text = json_dumps(json_object_get(plan, "known"), JSON_COMPACT); /* NULL of nothing */
    json_decref(plan);
    return text;
}

char *nsr_bundle_known_of(const char *dir) {
    json_t *places = nsr_bundle_places(dir);
    const char *stamp = json_string_value(json_object_get(places, "stamp"));
    char *text = stamp ? strdup(stamp) : NULL;
    json_decref(places);
    return text;
}

static bool differs(const nsr_bundle *bundle, const char *what, nsr_err *err) {
    return nsr_fail(err, NSR_EMISMATCH,
                    "%s: made with another %s; use the same, another -o, or --replace to start anew", bundle->dir,
                    what);
}

static bool compare_plan(const nsr_bundle *bundle, const json_t *old, nsr_err *err) {
    const json_t *input = json_object_get(old, "input"), *selection = json_object_get(old, "selection");
    const nsr_plan *p = &bundle->input->plan;
    if (nsr_json_int(old, "nsrender") != 1)
        return nsr_fail(err, NSR_EMISMATCH, "%s: plan.json is of another format version", bundle->dir);
    if (strcmp(nsr_json_text(old, "field"), bundle->input->field->path)) return differs(bundle, "--field", err);
    if (nsr_json_int(input, "n_frames") != bundle->input->field->n_frames ||
        nsr_json_int(input, "n_bins") != bundle->input->field->n_bins)
        return differs(bundle, "input: the number of frames or bins differs", err);
    if (nsr_json_int(selection, "first") != p->first || nsr_json_int(selection, "step") != p->step ||
        nsr_json_int(selection, "n") != p->n)
        return differs(bundle, "--frames or --time", err);
    if (nsr_json_int(json_object_get(old, "segments"), "frames") != p->segment_frames)
        return differs(bundle, "--segment-frames", err);
    if (strcmp(bundle->measured->identity.bins, nsr_json_text(json_object_get(input, "identity"), "bins")))
        return differs(bundle, "--state, --slice or geometry", err);
    if (!nsr_identity_same(&bundle->measured->identity, json_object_get(input, "identity")))
        return differs(bundle, "input: its values, type or times differ (or --times-from, --sampling-rate)", err);
    return true;
}

static void recall_places(nsr_bundle *bundle) {
    char *now = realpath(bundle->input->field->file, NULL);
    json_t *places = nsr_bundle_places(bundle->dir);
    const char *before = nsr_json_text(places, "path");
    if (now && *before && strcmp(now, before)) nsr_note("the input was %s and is now %s: the same values", before, now);
    snprintf(bundle->range_of, sizeof bundle->range_of, "%s", nsr_json_text(places, "stamp"));
    json_decref(places);
    free(now);
}

bool nsr_bundle_of_other_values(const nsr_bundle *bundle, nsr_err *err) {
    return differs(bundle, "input: its values differ", err);
}

bool nsr_bundle_load_plan(nsr_bundle *bundle, const nsr_comm *comm, nsr_err *err) {
    char path[NSR_PATH];
    if (nsr_is_root(comm) && plan_path(bundle, path, err)) {
        json_t *old = nsr_json_load(path, err);
        if (old && compare_plan(bundle, old, err) && nsr_existing_outputs_match(bundle, old, err))
            nsr_json_get_measured(bundle->measured, json_object_get(old, "range"));
        json_decref(old);
        if (nsr_good(err)) recall_places(bundle);
    }
    if (!nsr_agree(comm, err)) return false;
    nsr_bcast(comm, bundle->range_of, sizeof bundle->range_of);
    nsr_bcast(comm, &bundle->measured->range, sizeof bundle->measured->range);
    nsr_bcast(comm, &bundle->measured->percentiles, sizeof bundle->measured->percentiles);
    return true;
}

static void save_at_root(nsr_bundle *bundle, nsr_err *err) {
    char path[NSR_PATH];
    if (!plan_path(bundle, path, err) || !nsr_bundle_save_input(bundle, err)) return;
    json_t *old = bundle->existing ? nsr_json_load(path, err) : NULL;
    json_t *plan = nsr_good(err) ? plan_json(bundle, old) : NULL;
    if (nsr_good(err) && !plan) nsr_fail(err, NSR_EINTERNAL, "%s: the plan cannot be written as JSON", bundle->dir);
    if (plan && !json_equal(plan, old))
        nsr_json_save(path, plan, bundle->run_id, bundle->existing ? NSR_PUT_DURABLY : NSR_PUT_NEW, err);
    if (err->code == NSR_EMISMATCH &&
        !bundle->existing) { /* another share has written the plan first: it must be the same */
        *err = (nsr_err){0};
        old = nsr_json_load(path, err);
        if (old) compare_plan(bundle, old, err);
    }
    json_decref(plan);
    json_decref(old);
}

/* All ranks must render the same: a file that they read may differ between nodes. The style is the root's alone. */
static bool agree_digests(nsr_bundle *bundle, const nsr_comm *comm, nsr_err *err) {
    for (int i = 0; i < bundle->n_outputs; i++) {
        char digest[NSR_HASH_CHARS];
        nsr_output *output = &bundle->output[i];
        memcpy(digest, output->digest, sizeof digest);
        nsr_bcast(comm, digest, sizeof digest);
        nsr_bcast(comm, output->style, sizeof output->style);
        if (strcmp(digest, output->digest))
            nsr_fail(err, NSR_EMISMATCH,
                     "%s: rank %d would render another %s than rank 0: its node sees other files, options or "
                     "libraries; run again when all nodes see the same",
                     bundle->dir, nsr_rank(comm), output->sink.kind->name);
    }
    return nsr_agree(comm, err);
}

bool nsr_bundle_save_plan(nsr_bundle *bundle, const nsr_comm *comm, nsr_err *err) {
    for (int i = 0; i < bundle->n_outputs; i++)
        nsr_output_digest(&bundle->output[i], bundle, err);
    if (!agree_digests(bundle, comm, err)) return false;
    if (nsr_is_root(comm) && nsr_good(err)) save_at_root(bundle, err);
    return nsr_from_root(comm, NULL, 0, err);
}
