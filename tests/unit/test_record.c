/* SPDX-License-Identifier: MIT */
/* A record has room for every output of this version, whatever later versions wrote before it; none takes the place of
   another. */
#include "bundle/record.h"
#include "check.h"

static void test_unknown_outputs(int n) {
    json_t *outputs = json_object(), *json = json_pack("{sO}", "outputs", outputs);
    nsr_record record;
    char name[16];
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof name, "later%d", i);
        json_object_set_new(outputs, name, json_pack("{ss}", "digest", name));
    }
    nsr_record_from_json(&record, json);
    CHECK(record.n == (n < NSR_MOST_SLOTS - NSR_MOST_OUTPUTS ? n : NSR_MOST_SLOTS - NSR_MOST_OUTPUTS));
    for (int k = 0; nsr_sinks[k]; k++) {
        int slot = nsr_record_slot(&record, nsr_sinks[k]->name);
        CHECK(slot >= 0 && nsr_record_find(&record, nsr_sinks[k]->name) == slot);
    }
    for (int i = 0; i < record.n && i < n && i < NSR_MOST_SLOTS - NSR_MOST_OUTPUTS; i++)
        CHECK_TEXT(record.output[i].digest, record.output[i].name);
    json_decref(outputs);
    json_decref(json);
}

static void test_long_name(void) {
    nsr_record record = {0};
    CHECK(nsr_record_slot(&record, "a-name-of-more-letters") == -1 && record.n == 0);
}

int main(void) {
    for (int n = 0; n < 20; n++)
        test_unknown_outputs(n);
    test_long_name();
    return check_done();
}
