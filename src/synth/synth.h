/* SPDX-License-Identifier: MIT */
/* The parts of `synth`: the model (values of any frame), the file (HDF5), the job (parameters and division of work).
   Private to src/synth. */
#ifndef NSR_SYNTH_SYNTH_H
#define NSR_SYNTH_SYNTH_H

#include <nsrender/field.h>
#include <nsrender/file.h>
#include <nsrender/synth.h>

/* --- model.c, local: any thread can compute any frame, in any order --- */
enum { SYNTH_WAVES = 4 };
typedef struct nsr_synth_wave {
    double amplitude, omega, phase;
} nsr_synth_wave;

typedef struct nsr_synth_model {
    uint64_t seed;
    int rows, cols;
    double rate, nan_share;
    nsr_synth_wave wave[2][SYNTH_WAVES]; /* the path of the animal along x and y: sums of sines */
    float *inside;                       /* per bin: 1 in the arena, 0 outside */
    float *hole;                         /* per bin: 0 in the arena, NaN outside */
} nsr_synth_model;

/* A model of rows x cols bins, with seed, rate and gaps from config->synth. Fails when memory is short; close is
   allowed after a failed open. */
bool nsr_synth_model_open(nsr_synth_model *model, int rows, int cols, const nsr_config *config, nsr_err *err);
void nsr_synth_model_close(nsr_synth_model *model);
/* Floats of scratch memory that a thread needs for nsr_synth_frame. */
size_t nsr_synth_scratch(const nsr_synth_model *model);
/* The animal's position (column, row; in cells) at a frame. */
void nsr_synth_position(const nsr_synth_model *model, int64_t frame, double xy[2]);
/* The posterior of one frame: rows x cols values of `type` in native byte order. */
void nsr_synth_frame(const nsr_synth_model *model, int64_t frame, nsr_type type, void *values, float *scratch);

/* --- job.c --- */
typedef struct nsr_synth_job {
    nsr_synth_model model;
    const char *path; /* the final name */
    int64_t frames, chunk_frames, seed;
    size_t n_bins, frame_bytes;
    nsr_type type;
    bool big_endian, flat, gzip;
    int level, threads;
    double rate;
} nsr_synth_job;

/* The job that config->synth describes, the same on all ranks except for `threads` (of this rank). NSR_EUSAGE for a bad
   option. Close is also allowed after a failed open. Local. */
bool nsr_synth_job_open(nsr_synth_job *job, const nsr_config *config, int threads, nsr_err *err);
void nsr_synth_job_close(nsr_synth_job *job);
/* Values of `n` frames from `first` on, in the byte order of the file. Local. */
void nsr_synth_values(const nsr_synth_job *job, int64_t first, int64_t n, void *values, float *scratch);

/* --- hdf5_file.c: the only calls of HDF5; local, on the root --- */
enum { SYNTH_POSTERIOR, SYNTH_TIME, SYNTH_POSITION, SYNTH_DATASETS };
typedef struct nsr_synth_file nsr_synth_file;

/* Creates the file with all datasets, without values. `at`: byte offsets of the contiguous datasets, -1 for chunked
   ones. NULL on failure, which leaves no file. */
nsr_synth_file *nsr_synth_file_create(const nsr_synth_job *job, const char *path, int64_t at[SYNTH_DATASETS],
                                      nsr_err *err);
/* Stores one chunk, already shuffled and deflated. */
bool nsr_synth_file_chunk(nsr_synth_file *file, int64_t first_frame, const void *data, size_t bytes, nsr_err *err);
bool nsr_synth_file_close(nsr_synth_file *file, nsr_err *err); /* NULL is allowed */

/* --- chunks.c: all ranks compute and compress chunks, the root (which has `file`; NULL elsewhere) stores them in frame
   order. Collective. --- */
bool nsr_synth_store_chunks(const nsr_comm *comm, const nsr_synth_job *job, nsr_synth_file *file, nsr_err *err);

#endif
