/* SPDX-License-Identifier: MIT */
/* The JSON of a bundle: whatever stands in a record, a manifest or a plan, it is taken without harm, and a record that
   was taken is written and taken again with the same words. */
#include "bundle/identity.h"
#include "bundle/manifest_read.h"
#include "bundle/range_json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again(const nsr_record *record) {
    nsr_record twice;
    json_t *json = nsr_record_json(record, 0);
    if (!json) return; /* texts that are no UTF-8 cannot come from JSON */
    nsr_record_from_json(&twice, json);
    if (twice.n != record->n || memcmp(&twice.facts.clip, &record->facts.clip, sizeof twice.facts.clip)) abort();
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    json_t *json = json_loadb((const char *)data, size, 0, NULL);
    nsr_record record;
    nsr_range range;
    nsr_identity identity = {.shape = "0", .n = 2, .row = {"1", ""}};
    nsr_record_from_json(&record, json);
    again(&record);
    for (int64_t segment = 0; segment < 3; segment++)
        nsr_manifest_record(json, segment, &record);
    nsr_json_get_range(&range, json);
    nsr_identity_same(&identity, json);
    json_decref(json);
    return 0;
}
