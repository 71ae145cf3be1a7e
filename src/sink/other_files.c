/* SPDX-License-Identifier: MIT */
/* The list of files of a finished output that are not parts. */
#include <nsrender/sink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool nsr_files_put(nsr_files *files, const nsr_part *part, nsr_err *err) {
    nsr_part *more = realloc(files->file, (size_t)(files->n + 1) * sizeof *more);
    if (!more) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the list of files");
    files->file = more;
    files->file[files->n++] = *part;
    return true;
}

bool nsr_files_add(nsr_files *files, const nsr_job *job, const char *path, nsr_err *err) {
    char full[NSR_PATH];
    struct stat st;
    nsr_part part = {.files = 1};
    if (!nsr_team_goes_on(job->team, err)) return false;
    if (strlen(path) >= sizeof part.path) return nsr_fail(err, NSR_EINTERNAL, "%s: the name is too long", path);
    snprintf(part.path, sizeof part.path, "%s", path);
    if (!nsr_path(full, err, "%s/%s", job->dir, path) || !nsr_hash_file(full, 0, -1, part.hash, err)) return false;
    if (stat(full, &st)) return nsr_fail(err, NSR_EIO, "%s: was written and is gone", full);
    part.bytes = st.st_size;
    return nsr_files_put(files, &part, err);
}

void nsr_files_free(nsr_files *files) {
    free(files->file);
    *files = (nsr_files){0};
}
