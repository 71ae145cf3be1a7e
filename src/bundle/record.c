/* SPDX-License-Identifier: MIT */
/* Records as values and as JSON. */
#include "record.h"
#include <nsrender/log.h>
#include <stdio.h>
#include <string.h>

void nsr_limits_text(char text[NSR_LIMITS_CHARS], double vmin, double vmax) {
    snprintf(text, NSR_LIMITS_CHARS, "%a %a", vmin, vmax);
}

int nsr_record_find(const nsr_record *record, const char *name) {
    for (int i = 0; i < record->n; i++)
        if (!strcmp(record->output[i].name, name)) return i;
    return -1;
}

int nsr_record_slot(nsr_record *record, const char *name) {
    int i = nsr_record_find(record, name), room = NSR_MOST_SLOTS - (nsr_sink_find(name) ? 0 : NSR_MOST_OUTPUTS);
    if (i >= 0) return i;
    if (record->n >= room || strlen(name) >= sizeof record->output[0].name) {
        nsr_warn("'%.40s' is no output of this version; its record is left out", name);
        return -1;
    }
    snprintf(record->output[record->n].name, sizeof record->output[0].name, "%s", name);
    return record->n++;
}

json_t *nsr_part_json(const nsr_part *p) {
    return json_pack("{sssIsIsIsIss}", "path", p->path, "offset", (json_int_t)p->offset, "bytes", (json_int_t)p->bytes,
                     "files", (json_int_t)p->files, "frames", (json_int_t)p->frames, "hash", p->hash);
}

void nsr_part_from_json(nsr_part *p, const json_t *json) {
    *p = (nsr_part){.offset = nsr_json_int(json, "offset"),
                    .bytes = nsr_json_int(json, "bytes"),
                    .files = nsr_json_int(json, "files"),
                    .frames = nsr_json_int(json, "frames")};
    snprintf(p->path, sizeof p->path, "%s", nsr_json_text(json, "path"));
    snprintf(p->hash, sizeof p->hash, "%s", nsr_json_text(json, "hash"));
}

json_t *nsr_record_json(const nsr_record *record, int64_t segment) {
    json_t *outputs = json_object();
    for (int i = 0; i < record->n; i++) {
        json_t *output = nsr_part_json(&record->output[i].part);
        json_object_set_new(output, "digest", json_string(record->output[i].digest));
        json_object_set_new(outputs, record->output[i].name, output);
    }
    return json_pack("{sIsIsIsIsssIssso}", "segment", (json_int_t)segment, "below",
                     (json_int_t)record->facts.clip.below, "above", (json_int_t)record->facts.clip.above, "no_data",
                     (json_int_t)record->facts.clip.nodata, "limits", record->facts.limits, "bad_frames",
                     (json_int_t)record->facts.bad_frames, "values", record->facts.values, "outputs", outputs);
}

void nsr_record_from_json(nsr_record *record, const json_t *json) {
    *record = (nsr_record){
        .facts = {.clip = {nsr_json_int(json, "below"), nsr_json_int(json, "above"), nsr_json_int(json, "no_data")},
                  .bad_frames = nsr_json_int(json, "bad_frames")}};
    snprintf(record->facts.limits, sizeof record->facts.limits, "%s", nsr_json_text(json, "limits"));
    snprintf(record->facts.values, sizeof record->facts.values, "%s", nsr_json_text(json, "values"));
    const char *name;
    json_t *output;
    json_object_foreach(json_object_get(json, "outputs"), name, output) {
        int i = nsr_record_slot(record, name);
        if (i < 0) continue;
        nsr_part_from_json(&record->output[i].part, output);
        snprintf(record->output[i].digest, sizeof record->output[i].digest, "%s", nsr_json_text(output, "digest"));
    }
}

void nsr_record_remove(nsr_record *record, int slot) { record->output[slot] = record->output[--record->n]; }
