/* SPDX-License-Identifier: MIT */
/* Records and files that the manifest of a finished bundle lists, and the check of these files. */
#include "manifest_read.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const json_t *nsr_manifest_output(const json_t *manifest, const char *format) {
    size_t i;
    json_t *output;
    json_array_foreach(json_object_get(manifest, "outputs"), i,
                       output) if (!strcmp(nsr_json_text(output, "format"), format)) return output;
    return NULL;
}

bool nsr_manifest_kept(const char *dir, char path[NSR_PATH], nsr_err *err) {
    return nsr_path(path, err, "%s/segments/manifest.json", dir);
}

static const char *text_at(const json_t *list, size_t i) {
    const char *text = json_string_value(json_array_get(list, i));
    return text ? text : "";
}

/* Counts that are null belong to no limits. */
static void read_counts(const json_t *manifest, int64_t segment, nsr_record *record) {
    const json_t *counts = json_array_get(json_object_get(manifest, "clipped_by_segment"), (size_t)segment);
    const json_t *limits = json_object_get(manifest, "limits");
    *record = (nsr_record){
        .facts = {.clip = {json_integer_value(json_array_get(counts, 0)), json_integer_value(json_array_get(counts, 1)),
                           json_integer_value(json_array_get(counts, 2))},
                  .bad_frames = json_integer_value(json_array_get(counts, 3))}};
    snprintf(record->facts.values, sizeof record->facts.values, "%s",
             text_at(json_object_get(manifest, "values_by_segment"), (size_t)segment));
    snprintf(record->facts.stamp, sizeof record->facts.stamp, "%s",
             nsr_json_text(json_object_get(manifest, "input"), "stamp"));
    if (json_is_integer(json_array_get(counts, 0)))
        nsr_limits_text(record->facts.limits, json_number_value(json_object_get(limits, "vmin")),
                        json_number_value(json_object_get(limits, "vmax")));
}

void nsr_manifest_record(const json_t *manifest, int64_t segment, nsr_record *record) {
    size_t i;
    json_t *output;
    read_counts(manifest, segment, record);
    json_array_foreach(json_object_get(manifest, "outputs"), i, output) {
        const json_t *segments = json_object_get(output, "segments"), *part = json_array_get(segments, (size_t)segment);
        if ((size_t)segment == json_array_size(segments)) part = json_object_get(output, "container");
        int slot = json_is_object(part) ? nsr_record_slot(record, nsr_json_text(output, "format")) : -1;
        if (slot < 0) continue;
        nsr_part_from_json(&record->output[slot].part, part);
        snprintf(record->output[slot].digest, NSR_HASH_CHARS, "%s", nsr_json_text(output, "digest"));
    }
}

bool nsr_container_good(const char *dir, const nsr_part *c, bool contents) {
    char path[NSR_PATH], hash[NSR_HASH_CHARS];
    nsr_err err = {0};
    struct stat st;
    if (!nsr_path(path, &err, "%s/%s", dir, c->path) || stat(path, &st) || st.st_size < c->offset + c->bytes)
        return false;
    return !contents || (nsr_hash_file(path, c->offset, c->bytes, hash, &err) && !strcmp(hash, c->hash));
}

bool nsr_other_file_good(const char *dir, const nsr_part *file, bool contents) {
    char path[NSR_PATH];
    nsr_err err = {0};
    struct stat st;
    return nsr_path(path, &err, "%s/%s", dir, file->path) && !stat(path, &st) && st.st_size == file->bytes &&
           nsr_container_good(dir, file, contents);
}
