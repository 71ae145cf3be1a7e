/* SPDX-License-Identifier: MIT */
/* The job of `synth`: checks the options, and computes frames in the byte order of the file. */
#include "synth.h"
#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_SIDE = 16384, MAX_BINS = 1 << 26, MAX_CHUNK = 1 << 30 };

static bool read_grid(const char *text, int *rows, int *cols, nsr_err *err) {
    int end = 0;
    bool good = text && sscanf(text, "%5dx%5d%n", rows, cols, &end) == 2 && !text[end];
    if (good && *rows >= 1 && *cols >= 1 && *rows <= MAX_SIDE && *cols <= MAX_SIDE && *rows <= MAX_BINS / *cols)
        return true;
    return nsr_fail(err, NSR_EUSAGE,
                    "--grid %s: want ROWSxCOLUMNS, each 1 to %d, %d bins at most; for example --grid 40x40",
                    text ? text : "(none)", MAX_SIDE, MAX_BINS);
}

/* Sets `*second`: is the text the second of two words? Fails when it is neither. */
static bool choose_word(const char *name, const char *text, const char *first, const char *other, bool *second,
                        nsr_err *err) {
    *second = text && !strcmp(text, other);
    if (*second || (text && !strcmp(text, first))) return true;
    return nsr_fail(err, NSR_EUSAGE, "--%s %s: want %s or %s", name, text ? text : "(none)", first, other);
}

static bool read_words(nsr_synth_job *job, const nsr_config *config, nsr_err *err) {
    bool wide;
    if (!choose_word("dtype", config->synth.dtype, "f4", "f8", &wide, err) ||
        !choose_word("storage", config->synth.storage, "contiguous", "gzip", &job->gzip, err) ||
        !choose_word("order", config->synth.order, "little", "big", &job->big_endian, err))
        return false;
    job->type = wide ? NSR_F64 : NSR_F32;
    return true;
}

static bool check_numbers(const nsr_config *config, nsr_err *err) {
    if (!config->input)
        return nsr_fail(err, NSR_EUSAGE, "synth: no file named; for example nsrender-mpi synth demo.h5");
    if (config->synth.frames < 1)
        return nsr_fail(err, NSR_EUSAGE, "--frames %lld: want at least one", (long long)config->synth.frames);
    if (!isfinite(config->synth.sampling_rate) || config->synth.sampling_rate <= 0)
        return nsr_fail(err, NSR_EUSAGE, "--sampling-rate %g: want frames per second, more than 0",
                        config->synth.sampling_rate);
    if (!(config->synth.nan_share >= 0 && config->synth.nan_share <= 1))
        return nsr_fail(err, NSR_EUSAGE, "--nan-share %g: want 0 to 1", config->synth.nan_share);
    if (config->synth.chunk_frames < 1)
        return nsr_fail(err, NSR_EUSAGE, "--chunk-frames %lld: want at least one",
                        (long long)config->synth.chunk_frames);
    if (config->synth.gzip_level < 0 || config->synth.gzip_level > 9)
        return nsr_fail(err, NSR_EUSAGE, "--gzip-level %lld: want 0 to 9", (long long)config->synth.gzip_level);
    return true;
}

static bool check_size(const nsr_synth_job *job, nsr_err *err) {
    if (job->frames > INT64_MAX / 64 / (int64_t)job->frame_bytes)
        return nsr_fail(err, NSR_EUSAGE, "--frames %lld: a recording of %zu bytes per frame cannot be that long",
                        (long long)job->frames, job->frame_bytes);
    if (job->gzip && job->chunk_frames > MAX_CHUNK / (int64_t)job->frame_bytes)
        return nsr_fail(err, NSR_EUSAGE, "--chunk-frames %lld: a chunk would exceed 1 GiB; %lld frames fit",
                        (long long)job->chunk_frames, (long long)(MAX_CHUNK / (int64_t)job->frame_bytes));
    return true;
}

bool nsr_synth_job_open(nsr_synth_job *job, const nsr_config *config, int threads, nsr_err *err) {
    int rows = 0, cols = 0;
    *job = (nsr_synth_job){.path = config->input,
                           .frames = config->synth.frames,
                           .seed = config->synth.seed,
                           .flat = config->synth.flat,
                           .level = (int)config->synth.gzip_level,
                           .rate = config->synth.sampling_rate,
                           .threads = threads};
    if (!check_numbers(config, err) || !read_words(job, config, err) ||
        !read_grid(config->synth.grid, &rows, &cols, err))
        return false;
    job->chunk_frames = config->synth.chunk_frames < job->frames ? config->synth.chunk_frames : job->frames;
    job->n_bins = (size_t)rows * (size_t)cols;
    job->frame_bytes = job->n_bins * nsr_type_size(job->type);
    return check_size(job, err) && nsr_synth_model_open(&job->model, rows, cols, config, err);
}

void nsr_synth_job_close(nsr_synth_job *job) { nsr_synth_model_close(&job->model); }

/* By memcpy, because the words are floats elsewhere (aliasing); compilers vectorise it. */
static void order_32(unsigned char *at, size_t n, bool big_endian) {
    for (size_t i = 0; i < n; i++, at += 4) {
        uint32_t word;
        memcpy(&word, at, 4);
        word = big_endian ? htobe32(word) : htole32(word);
        memcpy(at, &word, 4);
    }
}

static void order_64(unsigned char *at, size_t n, bool big_endian) {
    for (size_t i = 0; i < n; i++, at += 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        word = big_endian ? htobe64(word) : htole64(word);
        memcpy(at, &word, 8);
    }
}

void nsr_synth_values(const nsr_synth_job *job, int64_t first, int64_t n, void *values, float *scratch) {
    for (int64_t i = 0; i < n; i++)
        nsr_synth_frame(&job->model, first + i, job->type, (char *)values + (size_t)i * job->frame_bytes, scratch);
    (job->type == NSR_F32 ? order_32 : order_64)(values, (size_t)n * job->n_bins, job->big_endian);
}
