/* SPDX-License-Identifier: MIT */
/* The HDF5 file of `synth`. HDF5 lays it out; contiguous values are written without HDF5, at the offsets that it
   returns, because any number of processes can do that in parallel. Objects have no time stamps, so that the same
   options give the same bytes. Space is reserved before HDF5 writes, so that a full disk is detected here. */
#include "base/h5.h"
#include "synth.h"
#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MARGIN = 1 << 20 }; /* bytes for the metadata of HDF5 */

struct nsr_synth_file {
    const nsr_synth_job *job;
    int fd;           /* for reserving space, beside HDF5's own */
    int64_t reserved; /* bytes from the start */
    hid_t file, posterior;
};

/* Reserves the space up to byte `end`; file systems that cannot reserve space are no error. */
static bool reserve_space(nsr_synth_file *file, int64_t end, nsr_err *err) {
    if (end <= file->reserved) return true;
    int status;
    do
        status = fallocate(file->fd, FALLOC_FL_KEEP_SIZE, file->reserved, end - file->reserved);
    while (status && errno == EINTR);
    if (status && errno != EOPNOTSUPP && errno != ENOSYS)
        return nsr_fail_io(err, NSR_EIO, "reserve its space", file->job->path);
    file->reserved = end;
    return true;
}

/* Reserves the space whose size is known before the chunks. Starts at byte 0, because creating an HDF5 file truncates
 * it. */
static bool reserve_plain(nsr_synth_file *file, nsr_err *err) {
    const nsr_synth_job *job = file->job;
    size_t frame_bytes = (job->gzip ? 0 : job->frame_bytes) + 3 * sizeof(double);
    file->reserved = 0;
    return reserve_space(file, MARGIN + job->frames * (int64_t)frame_bytes, err);
}

/* --- attributes --- */

static bool put_attribute(hid_t object, const char *name, hid_t type, const void *value) {
    hid_t space = H5Screate(H5S_SCALAR), attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    bool good = attribute >= 0 && H5Awrite(attribute, type, value) >= 0;
    if (attribute >= 0) good = H5Aclose(attribute) >= 0 && good;
    if (space >= 0) H5Sclose(space);
    return good;
}

static bool put_text(hid_t object, const char *name, const char *text) {
    hid_t type = H5Tcopy(H5T_C_S1);
    bool good = type >= 0 && H5Tset_size(type, strlen(text)) >= 0 && put_attribute(object, name, type, text);
    if (type >= 0) H5Tclose(type);
    return good;
}

static bool put_texts(hid_t object, const char *description, const char *units) {
    return put_text(object, "description", description) && put_text(object, "units", units);
}

/* --- datasets --- */

/* A contiguous dataset is allocated at once and not filled, because all of it will be written. */
static hid_t storage_list(const hsize_t *chunk, int n_dims, int level) {
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    bool good = list >= 0 && H5Pset_obj_track_times(list, 0) >= 0;
    if (good && chunk)
        good = H5Pset_chunk(list, n_dims, chunk) >= 0 && H5Pset_shuffle(list) >= 0 &&
               H5Pset_deflate(list, (unsigned)level) >= 0;
    else if (good)
        good = H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY) >= 0 && H5Pset_fill_time(list, H5D_FILL_TIME_NEVER) >= 0;
    if (good || list < 0) return list;
    H5Pclose(list);
    return -1;
}

static hid_t add_dataset(const nsr_synth_file *file, const char *name, hid_t type, int n_dims, const hsize_t *dims,
                         const hsize_t *chunk) {
    hid_t list = storage_list(chunk, n_dims, file->job->level), space = H5Screate_simple(n_dims, dims, NULL), data = -1;
    if (list >= 0 && space >= 0) data = H5Dcreate2(file->file, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    if (space >= 0) H5Sclose(space);
    if (list >= 0) H5Pclose(list);
    return data;
}

static bool add_posterior(nsr_synth_file *file) {
    const nsr_synth_job *job = file->job;
    hid_t type = job->type == NSR_F32 ? job->big_endian ? H5T_IEEE_F32BE : H5T_IEEE_F32LE
                 : job->big_endian    ? H5T_IEEE_F64BE
                                      : H5T_IEEE_F64LE;
    hsize_t rows = (hsize_t)job->model.rows, cols = (hsize_t)job->model.cols, n = (hsize_t)job->frames;
    hsize_t dims[3] = {n, job->flat ? rows * cols : rows, cols};
    hsize_t chunk[3] = {(hsize_t)job->chunk_frames, dims[1], dims[2]};
    file->posterior = add_dataset(file, "posterior", type, job->flat ? 2 : 3, dims, job->gzip ? chunk : NULL);
    return file->posterior >= 0 &&
           put_text(file->posterior, "description",
                    job->flat ? "made-up decoded position; axes: time, bin = row * columns + column; NaN: no data"
                              : "made-up decoded position; axes: time, y (row), x (column); NaN: no data") &&
           put_attribute(file->posterior, "seed", H5T_STD_I64LE, &(int64_t){(int64_t)htole64((uint64_t)job->seed)});
}

/* Adds a dataset of `width` doubles per frame. Returns its offset, -1 on failure. */
static int64_t add_series(nsr_synth_file *file, const char *name, int width, const char *description,
                          const char *units) {
    hsize_t dims[2] = {(hsize_t)file->job->frames, (hsize_t)width};
    hid_t data = add_dataset(file, name, H5T_IEEE_F64LE, width > 1 ? 2 : 1, dims, NULL);
    if (data < 0) return -1;
    haddr_t at = put_texts(data, description, units) ? H5Dget_offset(data) : HADDR_UNDEF;
    return H5Dclose(data) < 0 || at == HADDR_UNDEF ? -1 : (int64_t)at;
}

static bool add_datasets(nsr_synth_file *file, int64_t at[SYNTH_DATASETS], nsr_err *err) {
    errno = 0;
    if (!add_posterior(file)) return nsr_fail_io(err, NSR_EIO, "create the dataset 'posterior'", file->job->path);
    at[SYNTH_TIME] = add_series(file, "time", 1, "time of each frame", "s");
    at[SYNTH_POSITION] = add_series(file, "position", 2, "where the animal is: x (column), y (row)", "cells");
    if (at[SYNTH_TIME] < 0 || at[SYNTH_POSITION] < 0)
        return nsr_fail_io(err, NSR_EIO, "create the datasets of times and positions", file->job->path);
    at[SYNTH_POSTERIOR] = file->job->gzip ? -1 : (int64_t)H5Dget_offset(file->posterior);
    return true;
}

/* Creates the file without HDF5, which does not report the reason when it cannot. */
static bool create_file(nsr_synth_file *file, const char *path, nsr_err *err) {
    const nsr_synth_job *job = file->job;
    file->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file->fd < 0)
        return nsr_fail_io(err, NSR_ECREATE, "create", job->path);
    return reserve_plain(file, err);
}

static hid_t make_file(const char *path, nsr_err *err) {
    hid_t access = nsr_h5_access(err);
    errno = 0;
    hid_t id = access >= 0 ? H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access) : H5I_INVALID_HID;
    nsr_h5_close(access);
    return id;
}

static void name_failure(const char *path, nsr_err *err) {
    if (!nsr_h5_fail_to_lock(path, NSR_EIO, err)) nsr_fail_io(err, NSR_EIO, "create", path);
}

nsr_synth_file *nsr_synth_file_create(const nsr_synth_job *job, const char *path, int64_t at[SYNTH_DATASETS],
                                      nsr_err *err) {
    nsr_synth_file *file = malloc(sizeof *file);
    if (!file) {
        nsr_fail(err, NSR_EINTERNAL, "out of memory for %s", job->path);
        return NULL;
    }
    *file = (nsr_synth_file){job, -1, 0, -1, -1};
    if (create_file(file, path, err)) {
        H5E_BEGIN_TRY {
            file->file = make_file(path, err);
            if (file->file < 0)
                name_failure(file->job->path, err);
            else if (reserve_plain(file, err))
                add_datasets(file, at, err);
        }
        H5E_END_TRY
    }
    if (nsr_good(err)) return file;
    if (file->fd >= 0) unlink(path);
    nsr_synth_file_close(file, err);
    return NULL;
}

bool nsr_synth_file_chunk(nsr_synth_file *file, int64_t first_frame, const void *data, size_t bytes, nsr_err *err) {
    hsize_t at[3] = {(hsize_t)first_frame, 0, 0}, size;
    herr_t status;
    H5E_BEGIN_TRY {
        errno = 0;
        status = H5Fget_filesize(file->file, &size);
        if (status >= 0 && reserve_space(file, (int64_t)size + (int64_t)bytes + MARGIN, err))
            status = H5Dwrite_chunk(file->posterior, H5P_DEFAULT, 0, at, bytes, data);
    }
    H5E_END_TRY
    if (status < 0) nsr_fail_io(err, NSR_EIO, "write", file->job->path);
    return nsr_good(err);
}

bool nsr_synth_file_close(nsr_synth_file *file, nsr_err *err) {
    if (!file) return true;
    struct stat st;
    H5E_BEGIN_TRY {
        errno = 0;
        if (file->posterior >= 0 && H5Dclose(file->posterior) < 0) nsr_fail_io(err, NSR_EIO, "finish", file->job->path);
        if (file->file >= 0 && H5Fclose(file->file) < 0) nsr_fail_io(err, NSR_EIO, "finish", file->job->path);
    }
    H5E_END_TRY
    /* Truncating a file to its own size frees the space reserved after its end. */
    if (file->fd >= 0 && (fstat(file->fd, &st) || ftruncate(file->fd, st.st_size) || close(file->fd)))
        nsr_fail_io(err, NSR_EIO, "finish", file->job->path);
    free(file);
    return nsr_good(err);
}
