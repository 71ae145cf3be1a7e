/* SPDX-License-Identifier: MIT */
/* What the three files of `synth` share: the model (what the values are), the file (HDF5), the job (who writes what).
 */
#ifndef NSR_SYNTH_SYNTH_H
#define NSR_SYNTH_SYNTH_H

#include <nsrender/field.h>
#include <nsrender/file.h>
#include <nsrender/synth.h>

/* --- synth_model.c, local: any frame can be made alone, in any order, by any thread --- */
enum { SYNTH_WAVES = 4 };
typedef struct nsr_synth_wave {
    double amplitude, omega, phase;
} nsr_synth_wave;

typedef struct nsr_synth_model {
    uint64_t seed;
    int rows, cols;
    double rate, nan_share;
    nsr_synth_wave wave[2][SYNTH_WAVES]; /* the walk along x and y */
    float *inside;                       /* per bin: 1 in the arena, 0 outside */
    float *hole;                         /* per bin: 0 in the arena, NaN outside */
} nsr_synth_model;

bool nsr_synth_model_open(nsr_synth_model *model, int rows, int cols, const nsr_config *config, nsr_err *err);
void nsr_synth_model_close(nsr_synth_model *model); /* also after a failed open */
/* Floats that one thread needs to make frames. */
size_t nsr_synth_scratch(const nsr_synth_model *model);
void nsr_synth_position(const nsr_synth_model *model, int64_t frame, double xy[2]);
/* The posterior of one frame: rows*cols values of `type` in native byte order. */
void nsr_synth_frame(const nsr_synth_model *model, int64_t frame, nsr_type type, void *values, float *scratch);

/* --- synth_job.c --- */
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

/* Local, and the same on all ranks but for `threads`. NSR_EUSAGE for a bad option. Close also after a failed open. */
bool nsr_synth_job_open(nsr_synth_job *job, const nsr_config *config, int threads, nsr_err *err);
void nsr_synth_job_close(nsr_synth_job *job);
/* `n` frames from `first` on, in the byte order of the file. */
void nsr_synth_values(const nsr_synth_job *job, int64_t first, int64_t n, void *values, float *scratch);

/* --- synth_file.c, local: the only calls of HDF5, by the root --- */
enum { SYNTH_POSTERIOR, SYNTH_TIME, SYNTH_POSITION, SYNTH_DATASETS };
typedef struct nsr_synth_file nsr_synth_file;

/* All datasets, still without values. `at`: byte offsets of those that lie in one piece, -1 for chunks. NULL on
   failure, and then nothing is left behind. */
nsr_synth_file *nsr_synth_file_create(const nsr_synth_job *job, const char *path, int64_t at[SYNTH_DATASETS],
                                      nsr_err *err);
/* One finished chunk, shuffled and deflated. */
bool nsr_synth_file_chunk(nsr_synth_file *file, int64_t first_frame, const void *data, size_t bytes, nsr_err *err);
bool nsr_synth_file_close(nsr_synth_file *file, nsr_err *err); /* NULL is allowed */

/* --- synth_gzip.c, collective: all chunks, made by all ranks, stored by the root (who has `file`) in frame order ---
 */
bool nsr_synth_store_chunks(const nsr_comm *comm, const nsr_synth_job *job, nsr_synth_file *file, nsr_err *err);

#endif
