/* SPDX-License-Identifier: MIT */
/* The files of a bundle that belong to no single segment: headers of joined files, tables, metadata. */
#include "completeness.h"
#include <nsrender/log.h>
#include <stdio.h>
#include <string.h>

/* Damaged headers of a joined file (its container) make everything in the file doubtful. */
static void check_containers(const nsr_completeness *c, bool contents) {
    nsr_run *run = c->run;
    nsr_record record = {0};
    if (c->manifest) nsr_manifest_record(c->manifest, run->input.plan.n_segments, &record);
    for (int i = 0; i < run->bundle.n_outputs; i++) {
        int slot = nsr_record_find(&record, run->bundle.output[i].sink.kind->name);
        if (slot < 0 || nsr_container_good(run->bundle.dir, &record.output[slot].part, contents)) continue;
        nsr_warn("%s: the headers of %s are damaged; it is written again", run->bundle.dir,
                 record.output[slot].part.path);
        nsr_render_all_again(run, i);
    }
}

/* --- the files that the manifest lists for each output --- */

typedef enum listing_state {
    OF_A_FINISHED_BUNDLE,
    OF_JOINED_FILES, /* reopened bundle whose output is still joined */
    OUT_OF_DATE,     /* reopened bundle whose output is not joined any more */
    N_LISTINGS
} listing_state;

typedef enum file_class { METADATA, DATA_OF_ALL_SEGMENTS, OTHER_DATA, N_FILE_CLASSES } file_class;

typedef enum remedy { IGNORE_FILE, WRITE_FILE_AGAIN, RENDER_OUTPUT_AGAIN } remedy;

/* What follows when a listed file is damaged or missing. While a bundle is reopened its metadata may be missing, or be
   newer than the listing. */
static const remedy remedy_for[N_LISTINGS][N_FILE_CLASSES] = {
    /*                          METADATA          DATA_OF_ALL_SEGMENTS  OTHER_DATA */
    [OF_A_FINISHED_BUNDLE] = {WRITE_FILE_AGAIN, RENDER_OUTPUT_AGAIN, WRITE_FILE_AGAIN},
    [OF_JOINED_FILES] = {IGNORE_FILE, RENDER_OUTPUT_AGAIN, WRITE_FILE_AGAIN},
    [OUT_OF_DATE] = {IGNORE_FILE, IGNORE_FILE, IGNORE_FILE},
};

static listing_state listing_of(const nsr_completeness *c, int output) {
    return c->manifest ? OF_A_FINISHED_BUNDLE : c->joined[output] ? OF_JOINED_FILES : OUT_OF_DATE;
}

static file_class class_of(const nsr_sink_kind *kind, const char *path) {
    const char *name = strrchr(path, '/');
    if (name && !strcmp(name, "/zarr.json")) return METADATA;
    return kind->whole ? DATA_OF_ALL_SEGMENTS : OTHER_DATA;
}

static remedy check_file(const nsr_completeness *c, int output, const nsr_part *file, bool contents) {
    const nsr_run *run = c->run;
    remedy then = remedy_for[listing_of(c, output)][class_of(run->bundle.output[output].sink.kind, file->path)];
    if (then == IGNORE_FILE || nsr_other_file_good(run->bundle.dir, file, contents)) return IGNORE_FILE;
    nsr_warn("%s: %s is damaged or missing; it is written again", run->bundle.dir, file->path);
    return then;
}

/* An output that is rendered again needs no further check. */
static void check_files_of(const nsr_completeness *c, int output, bool contents, nsr_err *err) {
    nsr_run *run = c->run;
    const char *name = run->bundle.output[output].sink.kind->name;
    const json_t *listed = nsr_manifest_output(c->manifest ? c->manifest : c->former_manifest, name), *file;
    size_t k;
    json_array_foreach(json_object_get(listed, "other_files"), k, file) {
        nsr_part part;
        if (!nsr_team_goes_on(run->input.team, err)) return;
        nsr_part_from_json(&part, file);
        remedy then = check_file(c, output, &part, contents);
        if (then != IGNORE_FILE) run->refinish = true;
        if (then != RENDER_OUTPUT_AGAIN) continue;
        nsr_render_all_again(run, output);
        return;
    }
}

/* Another style (title, units, colour map of a stack) changes files that hold no frames. */
static bool has_other_style(const nsr_completeness *c, int output) {
    const nsr_output *wanted = &c->run->bundle.output[output];
    const json_t *listed = nsr_manifest_output(c->manifest, wanted->sink.kind->name);
    return listed && strcmp(nsr_json_text(listed, "style"), wanted->style);
}

/* The next manifest lists every file with its hash, so a file that is kept must be good byte for byte then. */
static void check_kept_files(const nsr_completeness *c, nsr_err *err) {
    nsr_run *run = c->run;
    for (int i = 0; i < run->bundle.n_outputs; i++)
        if (run->bundle.output[i].sink.kind->whole && !nsr_must_render(run, i)) check_files_of(c, i, true, err);
}

void nsr_check_files(const nsr_completeness *c, nsr_err *err) {
    nsr_run *run = c->run;
    bool contents = !strcmp(run->config.output.check, "hash");
    check_containers(c, contents);
    for (int i = 0; i < run->bundle.n_outputs; i++) {
        check_files_of(c, i, contents, err);
        if (has_other_style(c, i)) run->refinish = true;
    }
    bool writes_manifest = !c->manifest || run->refinish || nsr_must_render_any(run);
    if (writes_manifest && !contents) check_kept_files(c, err);
}
