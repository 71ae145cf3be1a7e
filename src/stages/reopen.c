/* SPDX-License-Identifier: MIT */
/* Opening a finished bundle again. Its manifest is the only place of its records, so these go into a journal before the
   manifest is renamed. A run that is killed on the way leaves a finished bundle. */
#include "bundle/journal.h"
#include "completeness.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A second name for a joined file, which stays in place until the new file replaces it in one step. A file system
   without hard links renames it. ENOENT: the file is gone, and the check of its segments has found that. */
static bool keep_file(const char *dir, nsr_part *part, nsr_err *err) {
    char from[NSR_PATH], to[NSR_PATH], kept[sizeof part->path];
    if (!strncmp(part->path, "parts/", 6)) return true;
    snprintf(kept, sizeof kept, "parts/kept-%.200s", part->path);
    if (!nsr_path(from, err, "%s/%s", dir, part->path) || !nsr_path(to, err, "%s/%s", dir, kept)) return false;
    if (access(to, F_OK) && link(from, to) && rename(from, to) && errno != ENOENT)
        return nsr_fail(err, NSR_EIO, "%s: cannot be kept as %s: %s", from, to, strerror(errno));
    memcpy(part->path, kept, sizeof kept);
    return true;
}

/* Joined files that are written again are read meanwhile, under the name that the record then holds. */
static bool keep_joined_files(const nsr_run *run, nsr_record *record, nsr_err *err) {
    for (int i = 0; i < run->bundle.n_outputs; i++) {
        const nsr_sink_kind *kind = run->bundle.output[i].sink.kind;
        int slot = nsr_record_find(record, kind->name);
        if (slot < 0 || !kind->join || !nsr_must_render(run, i)) continue;
        if (kind->whole)
            nsr_record_remove(record, slot);
        else if (!keep_file(run->bundle.dir, &record->output[slot].part, err))
            return false;
    }
    return true;
}

/* The last record, behind those of the segments, holds the containers. */
static bool put_records(const nsr_run *run, nsr_journal *journal, nsr_err *err) {
    for (int64_t segment = 0; segment <= run->records.n; segment++) {
        nsr_record record;
        if (!nsr_team_goes_on(run->input.team, err)) return false;
        nsr_records_get(&run->records, segment, &record);
        if (record.n && !(keep_joined_files(run, &record, err) && nsr_journal_put(journal, segment, &record, err)))
            return false;
    }
    return true;
}

/* A journal of a run of its own, because this run's journals begin when it renders. */
static bool write_records(nsr_run *run, nsr_err *err) {
    nsr_journal journal;
    const nsr_journal_writer writer = {
        .run = ++run->records.runs, .run_id = run->bundle.run_id, .stamp = run->records.facts[0].stamp};
    bool good = nsr_journal_open(&journal, run->bundle.dir, &writer, err) && nsr_journal_anew(&journal, err) &&
                put_records(run, &journal, err);
    return nsr_journal_close(&journal, true, err) && good;
}

static bool rename_manifest(const nsr_run *run, nsr_err *err) {
    char path[NSR_PATH], kept[NSR_PATH];
    if (!nsr_path(path, err, "%s/manifest.json", run->bundle.dir) || !nsr_manifest_kept(run->bundle.dir, kept, err))
        return false;
    if (rename(path, kept)) return nsr_fail(err, NSR_EIO, "%s: cannot be renamed: %s", path, strerror(errno));
    return nsr_sync_dir(run->bundle.dir, err);
}

bool nsr_reopen(const nsr_completeness *c, nsr_err *err) {
    return nsr_make_dirs(c->run->bundle.dir, "parts", err) && nsr_make_dirs(c->run->bundle.dir, "segments", err) &&
           write_records(c->run, err) && rename_manifest(c->run, err);
}
