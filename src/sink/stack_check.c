/* SPDX-License-Identifier: MIT */
/* Compares a finished segment of the stack with its record, and removes it. */
#include "kinds.h"
#include "stack.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void nsr_stack_erase(const nsr_sink *sink, int64_t segment) {
    char path[NSR_PATH], part[256];
    nsr_err ignored = {0};
    nsr_stack_part_path(part, segment);
    if (nsr_path(path, &ignored, "%s/%s", sink->job->dir, part)) unlink(path);
}

/* From the options of the run; `verify` knows the bundle alone, and reads the array's own metadata. */
static bool find_array(const nsr_job *job, nsr_zarr_array *array, nsr_err *err) {
    if (!job->raster || !job->raster->map.bin) return nsr_zarr_get_array(array, job->dir, NSR_STACK_ARRAY, err);
    *array = nsr_stack_array(job);
    return true;
}

/* Chunk by chunk first, because that names the damaged chunk, then the hash of the file. Without readable metadata,
   which are reported as damaged themselves, the hash alone decides. */
static bool check_shard(const nsr_job *job, const char *path, const nsr_part *part, nsr_err *err) {
    char hash[NSR_HASH_CHARS], why[1000];
    nsr_zarr_array array;
    nsr_err ignored = {0};
    if (!nsr_hash_file(path, 0, -1, hash, err)) return false;
    if (find_array(job, &array, &ignored) && !nsr_shard_check(path, &array, why, sizeof why))
        return nsr_fail(err, NSR_EDATA, "%s", why);
    return !strcmp(hash, part->hash) || nsr_fail(err, NSR_EDATA, "its contents have changed");
}

/* The message without "PATH: " in front, which the caller of `check` adds. */
static const char *without_path(const nsr_err *err, const char *path) {
    const size_t n = strlen(path);
    return !strncmp(err->msg, path, n) && !strncmp(err->msg + n, ": ", 2) ? err->msg + n + 2 : err->msg;
}

bool nsr_stack_check(const nsr_sink *sink, int64_t segment, const nsr_part *part, bool contents, char *why,
                     size_t size) {
    char path[NSR_PATH], want[256];
    nsr_err err = {0};
    struct stat st;
    nsr_stack_part_path(want, segment);
    if (strcmp(part->path, want) || part->offset)
        return nsr_part_wrong("the record does not name its shard", why, size);
    if (!nsr_path(path, &err, "%s/%s", sink->job->dir, want)) return nsr_part_wrong(err.msg, why, size);
    if (stat(path, &st)) return nsr_part_wrong("is missing", why, size);
    if (st.st_size != part->bytes) return nsr_part_wrong("has another length", why, size);
    if (contents && !check_shard(sink->job, path, part, &err))
        return nsr_part_wrong(without_path(&err, path), why, size);
    return true;
}
