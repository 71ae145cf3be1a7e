/* SPDX-License-Identifier: MIT */
/* What of a bundle is done: its plan says what is wanted, manifest or journals say what is there. */
#include "bundle_state.h"
#include "base/utf8.h"
#include "manifest_read.h"
#include "ownership.h"
#include "records.h"
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A plan whose digest is no text wants what no record has. */
static bool has_all(const nsr_record *record, const json_t *outputs) {
    const char *name;
    json_t *digest;
    json_object_foreach((json_t *)outputs, name, digest) {
        const char *wanted = json_string_value(digest);
        int slot = nsr_record_find(record, name);
        if (!wanted || slot < 0 || strcmp(record->output[slot].digest, wanted) != 0) return false;
    }
    return true;
}

/* Another run may want more outputs, or others, than a finished one has. A segment that failed is not missing. */
static bool count_records(nsr_bundle_state *s, const nsr_records *records, const json_t *plan, bool ended,
                          nsr_err *err) {
    const json_t *outputs = json_object_get(plan, "outputs");
    const bool any = json_object_size(outputs) > 0; /* none after `range`, and where nothing is stored */
    unsigned char *missing = calloc((size_t)s->n_segments, 1);
    if (!missing) return nsr_fail(err, NSR_EINTERNAL, "out of memory for %lld segments", (long long)s->n_segments);
    for (int64_t segment = 0; segment < s->n_segments; segment++) {
        nsr_record record;
        nsr_records_get(records, segment, &record);
        bool done = any ? has_all(&record, outputs) : ended, failed = records->facts[segment].failed;
        s->done += done;
        s->failed += failed;
        missing[segment] = !done && !failed;
    }
    nsr_shares_count(&s->shares, records->shares, missing, s->n_segments, err);
    free(missing);
    if (s->failed) snprintf(s->first_failure, sizeof s->first_failure, "%s", records->failure);
    nsr_text_clean(s->first_failure);
    return nsr_good(err);
}

static bool count_segments(nsr_bundle_state *s, const char *dir, const json_t *plan, nsr_err *err) {
    nsr_records records = {0};
    nsr_err damage = {0};
    json_t *manifest = NULL;
    s->planned = true;
    s->n_segments = nsr_json_int(json_object_get(plan, "segments"), "n");
    if (s->n_segments < 1 || s->n_segments > NSR_MOST_SEGMENTS || !json_is_integer(json_object_get(plan, "nsrender")))
        return nsr_fail(err, NSR_EDATA, "%s/plan.json: is no plan of this program; render --replace starts anew", dir);
    if (nsr_records_open(&records, s->n_segments, err) && nsr_records_load(&records, dir, &manifest, &damage, err))
        count_records(s, &records, plan, manifest != NULL, err);
    if (!nsr_good(&damage)) nsr_warn("%s; resume checks all files again", damage.msg);
    s->finished = manifest && s->done == s->n_segments;
    nsr_records_close(&records);
    json_decref(manifest);
    return nsr_good(err);
}

void nsr_bundle_state_close(nsr_bundle_state *s) { nsr_shares_close(&s->shares); }

bool nsr_bundle_state_find(nsr_bundle_state *s, const char *dir, bool locked, nsr_err *err) {
    char path[NSR_PATH];
    nsr_err failure = {0};
    *s = (nsr_bundle_state){0};
    if (!nsr_bundle_exists(dir, err) || !nsr_path(path, err, "%s/plan.json", dir)) return false;
    json_t *plan = nsr_json_load(path, &failure);
    if (plan) {
        count_segments(s, dir, plan, err);
        json_decref(plan);
    } else if (failure.code != NSR_ENOINPUT) {
        *err = failure;
    } else if (!locked) {
        nsr_fail(err, NSR_ENOINPUT, "%s: has no plan.json: not a bundle", dir);
    }
    return nsr_good(err);
}
