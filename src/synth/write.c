/* SPDX-License-Identifier: MIT */
/* `synth`: all ranks and threads write a synthetic recording into one HDF5 file, under a temporary name until all of it
   is on disk. */
#include "base/whole.h"
#include "synth.h"
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <nsrender/team.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH_BYTES = 1 << 22 };

/* The file that the root has created, for all ranks. */
typedef struct synth_places {
    char temp[NSR_PATH];
    int64_t at[SYNTH_DATASETS];
} synth_places;

/* --- names --- */

static bool refuse_existing(const char *path, nsr_err *err) {
    if (access(path, F_OK) && errno == ENOENT) return true;
    return nsr_fail(err, NSR_ECREATE, "%s: exists; remove it or choose another name", path);
}

static int directory_length(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? (int)(slash - path) + 1 : 0;
}

static bool temp_name(const char *path, char temp[NSR_PATH], nsr_err *err) {
    int dir = directory_length(path);
    return nsr_path(temp, err, "%.*s.%s.tmp-%ld", dir, path, path + dir, (long)getpid());
}

/* Renames the finished file to its final name. On the root. */
static bool publish(const char *temp, const char *path, nsr_err *err) {
    char parent[NSR_PATH];
    int dir = directory_length(path);
    if (!refuse_existing(path, err) || !nsr_path(parent, err, "%.*s", dir ? dir : 1, dir ? path : ".")) return false;
    if (rename(temp, path)) return nsr_fail_io(err, NSR_EIO, "rename into place", path);
    return nsr_sync_dir(parent, err);
}

/* --- contiguous values --- */

/* The memory of one thread: a batch of frames of the posterior, of positions or of times. */
typedef struct batch_memory {
    char *values;
    float *scratch;
} batch_memory;

typedef struct writer {
    const nsr_synth_job *job;
    const synth_places *where;
    int fd;
    int64_t batch; /* frames */
    batch_memory *memory; /* one per thread */
} writer;

static bool writer_open(writer *all, const nsr_synth_job *job, const synth_places *where, nsr_err *err) {
    int64_t fit = BATCH_BYTES / (int64_t)job->frame_bytes;
    *all = (writer){.job = job, .where = where, .fd = -1, .batch = fit > 0 ? fit : 1};
    /* A position has two doubles: more than a frame of one or two bins. */
    size_t bytes = (size_t)all->batch * (job->frame_bytes > 16 ? job->frame_bytes : 16);
    all->memory = calloc((size_t)job->threads, sizeof *all->memory);
    for (int i = 0; all->memory && i < job->threads; i++) {
        all->memory[i] = (batch_memory){malloc(bytes), malloc(nsr_synth_scratch(&job->model) * sizeof(float))};
        if (!all->memory[i].values || !all->memory[i].scratch)
            nsr_fail(err, NSR_EINTERNAL, "out of memory for %s", job->path);
    }
    if (!all->memory) return nsr_fail(err, NSR_EINTERNAL, "out of memory for %d threads", job->threads);
    all->fd = open(where->temp, O_WRONLY | O_CLOEXEC);
    return all->fd >= 0 ? nsr_good(err) : nsr_fail_io(err, NSR_EIO, "open", where->temp);
}

static void writer_close(writer *all, nsr_err *err) {
    if (all->fd >= 0 && (fsync(all->fd) | close(all->fd)))
        nsr_fail_io(err, NSR_EIO, "flush", all->job->path);
    for (int i = 0; all->memory && i < all->job->threads; i++) {
        free(all->memory[i].values);
        free(all->memory[i].scratch);
    }
    free(all->memory);
}

static void put_double(char *at, double value) {
    uint64_t word;
    memcpy(&word, &value, sizeof word);
    word = htole64(word);
    memcpy(at, &word, sizeof word);
}

static void fill_times(const nsr_synth_job *job, nsr_span frames, char *out) {
    for (int64_t i = frames.first; i < frames.end; i++, out += 8)
        put_double(out, (double)i / job->rate);
}

static void fill_positions(const nsr_synth_job *job, nsr_span frames, char *out) {
    for (int64_t i = frames.first; i < frames.end; i++, out += 16) {
        double xy[2];
        nsr_synth_position(&job->model, i, xy);
        put_double(out, xy[0]);
        put_double(out + 8, xy[1]);
    }
}

static bool write_values(const writer *all, int dataset, size_t frame_bytes, nsr_span frames, const char *values,
                         nsr_err *err) {
    size_t bytes = (size_t)(frames.end - frames.first) * frame_bytes;
    int64_t offset = all->where->at[dataset] + frames.first * (int64_t)frame_bytes;
    return nsr_pwrite_all(all->fd, values, bytes, offset, all->job->path, err);
}

static bool write_batch(const writer *all, nsr_span frames, nsr_err *err) {
    const nsr_synth_job *job = all->job;
    const batch_memory *own = &all->memory[omp_get_thread_num()];
    if (!job->gzip) {
        nsr_synth_values(job, frames.first, frames.end - frames.first, own->values, own->scratch);
        if (!write_values(all, SYNTH_POSTERIOR, job->frame_bytes, frames, own->values, err)) return false;
    }
    fill_times(job, frames, own->values);
    if (!write_values(all, SYNTH_TIME, 8, frames, own->values, err)) return false;
    fill_positions(job, frames, own->values);
    return write_values(all, SYNTH_POSITION, 16, frames, own->values, err);
}

/* After a failure the other threads stop at their next batch. */
static void write_batches(const writer *all, nsr_span batches, nsr_err *err) {
    bool stop = false;
#pragma omp parallel for num_threads(all->job->threads) schedule(dynamic)
    for (int64_t i = batches.first; i < batches.end; i++) {
        bool stopped;
        nsr_err mine = {0};
        int64_t first = i * all->batch, end = first + all->batch;
#pragma omp atomic read
        stopped = stop;
        if (stopped || write_batch(all, (nsr_span){first, end < all->job->frames ? end : all->job->frames}, &mine))
            continue;
#pragma omp critical
        nsr_fail(err, mine.code, "%s", mine.msg);
#pragma omp atomic write
        stop = true;
    }
}

/* Every rank writes an equal share of whole batches. Collective. */
static bool write_plain(const nsr_comm *comm, const nsr_synth_job *job, const synth_places *where, nsr_err *err) {
    writer all;
    writer_open(&all, job, where, err);
    if (nsr_agree(comm, err)) {
        int64_t n = nsr_divide_up(job->frames, all.batch), each = n / nsr_ranks(comm), more = n % nsr_ranks(comm);
        int64_t rank = nsr_rank(comm), first = rank * each + (rank < more ? rank : more);
        write_batches(&all, (nsr_span){first, first + each + (rank < more)}, err);
    }
    writer_close(&all, err);
    return nsr_agree(comm, err);
}

/* --- the whole file --- */

/* The root creates the file and, for compressed storage, stores all chunks in it. Collective. */
static bool lay_out(const nsr_comm *comm, const nsr_synth_job *job, synth_places *where, nsr_err *err) {
    nsr_synth_file *file = NULL;
    if (nsr_is_root(comm) && refuse_existing(job->path, err) && temp_name(job->path, where->temp, err))
        file = nsr_synth_file_create(job, where->temp, where->at, err);
    if (!file) where->temp[0] = 0; /* no temporary file to remove */
    if (nsr_agree(comm, err) && job->gzip) nsr_synth_store_chunks(comm, job, file, err);
    nsr_synth_file_close(file, err);
    nsr_bcast(comm, where, sizeof *where);
    return nsr_agree(comm, err);
}

static void make_file(const nsr_comm *comm, const nsr_synth_job *job, nsr_err *err) {
    synth_places where = {0};
    if (lay_out(comm, job, &where, err) && write_plain(comm, job, &where, err) && nsr_is_root(comm))
        publish(where.temp, job->path, err);
    if (!nsr_agree(comm, err) && nsr_is_root(comm) && where.temp[0]) unlink(where.temp);
}

bool nsr_synth(const nsr_comm *comm, const nsr_config *config, nsr_err *err) {
    nsr_synth_job job;
    int threads = nsr_threads(config, comm);
    nsr_synth_job_open(&job, config, threads, err);
    if (nsr_agree(comm, err)) make_file(comm, &job, err);
    nsr_synth_job_close(&job);
    return nsr_good(err);
}
