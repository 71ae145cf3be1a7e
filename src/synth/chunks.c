/* SPDX-License-Identifier: MIT */
/* Compressed storage. Computing a chunk costs a hundred times as much as storing it, so all threads of all ranks
   compute chunks and the root stores them, in frame order, so that the file does not depend on the number of ranks.
   Rounds bound the memory. */
#include "base/whole.h"
#include "synth.h"
#include <libdeflate.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { ROUND_BYTES = 64 << 20, MAX_SLOTS = 64, ROOT = 0 };

/* The memory of one thread. */
typedef struct chunk_memory {
    unsigned char *values, *planes;
    float *scratch;
    struct libdeflate_compressor *compressor;
} chunk_memory;

typedef struct chunk_round {
    const nsr_synth_job *job;
    size_t raw, bound;       /* bytes of a chunk before and, at most, after compression */
    int64_t n_chunks, slots; /* slots: chunks that a rank computes in one round */
    unsigned char *data;     /* slots x bound */
    int64_t bytes[MAX_SLOTS];
    chunk_memory *memory; /* one per thread */
} chunk_round;

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static bool no_memory(const chunk_round *all, nsr_err *err) {
    return nsr_fail(err, NSR_EINTERNAL, "out of memory for chunks of %zu bytes; choose a smaller --chunk-frames",
                    all->raw);
}

static bool chunk_memory_open(chunk_memory *own, const chunk_round *all, nsr_err *err) {
    *own =
        (chunk_memory){malloc(all->raw), malloc(all->raw), malloc(nsr_synth_scratch(&all->job->model) * sizeof(float)),
                       libdeflate_alloc_compressor(all->job->level)};
    return own->values && own->planes && own->scratch && own->compressor ? true : no_memory(all, err);
}

static void chunk_memory_close(chunk_memory *own) {
    free(own->values);
    free(own->planes);
    free(own->scratch);
    if (own->compressor) libdeflate_free_compressor(own->compressor);
}

static bool round_open(chunk_round *all, const nsr_synth_job *job, int ranks, nsr_err *err) {
    *all = (chunk_round){.job = job, .raw = (size_t)job->chunk_frames * job->frame_bytes};
    all->bound = libdeflate_zlib_compress_bound(NULL, all->raw);
    all->n_chunks = nsr_divide_up(job->frames, job->chunk_frames);
    int64_t fit = ROUND_BYTES / (int64_t)all->bound, fair = nsr_divide_up(all->n_chunks, ranks);
    all->slots = least(least(fit > 0 ? fit : 1, MAX_SLOTS), fair);
    all->data = malloc((size_t)all->slots * all->bound);
    all->memory = calloc((size_t)job->threads, sizeof *all->memory);
    if (!all->data || !all->memory) return no_memory(all, err);
    for (int i = 0; i < job->threads && nsr_good(err); i++)
        chunk_memory_open(&all->memory[i], all, err);
    return nsr_good(err);
}

static void round_close(chunk_round *all) {
    for (int i = 0; all->memory && i < all->job->threads; i++)
        chunk_memory_close(&all->memory[i]);
    free(all->memory);
    free(all->data);
}

/* --- computing --- */

/* HDF5's shuffle filter: the first bytes of all values, then the second bytes, ... */
static void shuffle(unsigned char *restrict planes, const unsigned char *restrict values, size_t n, size_t size) {
    for (size_t k = 0; k < size; k++)
        for (size_t i = 0; i < n; i++)
            planes[k * n + i] = values[i * size + k];
}

static bool make_chunk(chunk_round *all, chunk_memory *own, int64_t chunk, int64_t slot) {
    const nsr_synth_job *job = all->job;
    int64_t first = chunk * job->chunk_frames, n = least(job->chunk_frames, job->frames - first);
    size_t size = nsr_type_size(job->type), used = (size_t)n * job->frame_bytes;
    nsr_synth_values(job, first, n, own->values, own->scratch);
    memset(own->values + used, 0, all->raw - used); /* after the last frame */
    shuffle(own->planes, own->values, all->raw / size, size);
    unsigned char *out = all->data + (size_t)slot * all->bound;
    all->bytes[slot] = (int64_t)libdeflate_zlib_compress(own->compressor, own->planes, all->raw, out, all->bound);
    return all->bytes[slot] > 0;
}

static bool make_chunks(chunk_round *all, nsr_span chunks, nsr_err *err) {
    bool good = true;
#pragma omp parallel for num_threads(all->job->threads) schedule(dynamic) reduction(&& : good)
    for (int64_t chunk = chunks.first; chunk < chunks.end; chunk++)
        good = make_chunk(all, &all->memory[omp_get_thread_num()], chunk, chunk - chunks.first) && good;
    return good ? true : nsr_fail(err, NSR_EINTERNAL, "libdeflate cannot compress a chunk of %zu bytes", all->raw);
}

/* --- storing --- */

static nsr_span chunks_of(const chunk_round *all, int64_t round_first, int rank) {
    int64_t first = least(round_first + rank * all->slots, all->n_chunks);
    return (nsr_span){first, least(first + all->slots, all->n_chunks)};
}

static void store(const chunk_round *all, nsr_span chunks, nsr_synth_file *file, nsr_err *err) {
    for (int64_t chunk = chunks.first; chunk < chunks.end && nsr_good(err); chunk++) {
        int64_t slot = chunk - chunks.first;
        nsr_synth_file_chunk(file, chunk * all->job->chunk_frames, all->data + (size_t)slot * all->bound,
                             (size_t)all->bytes[slot], err);
    }
}

static void send_chunks(const chunk_round *all, nsr_span chunks, MPI_Comm mpi, nsr_err *err) {
    int n = (int)(chunks.end - chunks.first);
    int status = n ? MPI_Send(all->bytes, n, MPI_INT64_T, ROOT, 0, mpi) : MPI_SUCCESS;
    for (int slot = 0; slot < n && status == MPI_SUCCESS; slot++)
        status = MPI_Send(all->data + (size_t)slot * all->bound, (int)all->bytes[slot], MPI_BYTE, ROOT, 1, mpi);
    if (status != MPI_SUCCESS) nsr_fail(err, NSR_EINTERNAL, "cannot send chunks to the root: MPI error %d", status);
}

static void receive_chunks(chunk_round *all, nsr_span chunks, int from, MPI_Comm mpi, nsr_err *err) {
    int n = (int)(chunks.end - chunks.first);
    int status = n ? MPI_Recv(all->bytes, n, MPI_INT64_T, from, 0, mpi, MPI_STATUS_IGNORE) : MPI_SUCCESS;
    for (int slot = 0; slot < n && status == MPI_SUCCESS; slot++)
        status = MPI_Recv(all->data + (size_t)slot * all->bound, (int)all->bytes[slot], MPI_BYTE, from, 1, mpi,
                          MPI_STATUS_IGNORE);
    if (status != MPI_SUCCESS)
        nsr_fail(err, NSR_EINTERNAL, "cannot receive chunks of rank %d: MPI error %d", from, status);
}

/* Collective. The root receives all chunks even after a failure, because the other ranks wait for it. */
static void deliver(const nsr_comm *comm, chunk_round *all, int64_t round_first, nsr_synth_file *file, nsr_err *err) {
    nsr_span own = chunks_of(all, round_first, nsr_rank(comm));
    if (!nsr_is_root(comm)) {
        send_chunks(all, own, nsr_comm_mpi(comm), err);
        return;
    }
    store(all, own, file, err);
    for (int rank = 1; rank < nsr_ranks(comm); rank++) {
        nsr_span theirs = chunks_of(all, round_first, rank);
        receive_chunks(all, theirs, rank, nsr_comm_mpi(comm), err);
        store(all, theirs, file, err);
    }
}

bool nsr_synth_store_chunks(const nsr_comm *comm, const nsr_synth_job *job, nsr_synth_file *file, nsr_err *err) {
    chunk_round all;
    round_open(&all, job, nsr_ranks(comm), err);
    int64_t round = nsr_ranks(comm) * all.slots;
    for (int64_t first = 0; nsr_agree(comm, err) && first < all.n_chunks; first += round) {
        make_chunks(&all, chunks_of(&all, first, nsr_rank(comm)), err);
        if (nsr_agree(comm, err)) deliver(comm, &all, first, file, err);
    }
    round_close(&all);
    return nsr_good(err);
}
