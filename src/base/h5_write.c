/* SPDX-License-Identifier: MIT */
/* Laying out HDF5 tables: metadata only; the caller writes the values. */
#include "h5_write.h"

#include "h5.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* A string of variable length, because readers return fixed strings as bytes. */
static bool put_text(hid_t object, const char *name, const char *text) {
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR), attr = H5I_INVALID_HID;
    bool good = type >= 0 && space >= 0 && H5Tset_size(type, H5T_VARIABLE) >= 0 &&
                H5Tset_cset(type, H5T_CSET_UTF8) >= 0;
    if (good) attr = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    good = attr >= 0 && H5Awrite(attr, type, &text) >= 0;
    nsr_h5_close(attr);
    nsr_h5_close(space);
    nsr_h5_close(type);
    return good;
}

/* Space is allocated at once and not filled, because every cell will be written; no time stamps. */
static hid_t dataset_list(void) {
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    if (list >= 0 && H5Pset_obj_track_times(list, false) >= 0 && H5Pset_fill_time(list, H5D_FILL_TIME_NEVER) >= 0 &&
        H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY) >= 0)
        return list;
    nsr_h5_close(list);
    return H5I_INVALID_HID;
}

static bool make_column(hid_t file, const nsr_h5_column *column, hid_t space, hid_t list, int64_t *offset) {
    hid_t type = column->whole ? H5T_NATIVE_INT64 : H5T_NATIVE_DOUBLE;
    hid_t dataset = H5Dcreate2(file, column->name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    bool good = dataset >= 0 && put_text(dataset, "description", column->description) &&
                (!column->units || put_text(dataset, "units", column->units));
    haddr_t at = good ? H5Dget_offset(dataset) : HADDR_UNDEF;
    *offset = (int64_t)at;
    nsr_h5_close(dataset);
    return at != HADDR_UNDEF;
}

static bool make_columns(hid_t file, const nsr_h5_table *table, int64_t *offset) {
    hsize_t shape = (hsize_t)table->rows;
    hid_t space = H5Screate_simple(1, &shape, NULL), list = dataset_list();
    bool good = space >= 0 && list >= 0 && put_text(file, "field", table->field);
    for (int i = 0; i < table->n && good; i++) good = make_column(file, &table->columns[i], space, list, &offset[i]);
    nsr_h5_close(list);
    nsr_h5_close(space);
    return good;
}

/* Writes more bytes than HDF5 will, so that a full disk or quota is reported by us, with its remedy. */
static bool probe_space(const nsr_file *file, nsr_err *err) {
    static const char nothing[1 << 16];
    return nsr_pwrite_all(file->fd, nothing, sizeof nothing, 0, file->path, err);
}

/* As HDF5 1.10 writes by default, so that later libraries make the same bytes, and older ones can read them. */
static hid_t file_access(nsr_err *err) {
    hid_t access = nsr_h5_access(err);
    if (access < 0 || H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST) >= 0) return access;
    nsr_h5_close(access);
    nsr_h5_fail(err, NSR_EINTERNAL, "HDF5 cannot write its earliest format");
    return H5I_INVALID_HID;
}

bool nsr_h5_table_make(nsr_file *file, const nsr_h5_table *table, int64_t *offset, nsr_err *err) {
    if (!probe_space(file, err)) return false;
    nsr_h5_quiet();
    hid_t access = file_access(err);
    if (access < 0) return false;
    errno = 0;
    hid_t id = H5Fcreate(file->temp, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    bool good = id >= 0 && make_columns(id, table, offset);
    if (id >= 0) good &= H5Fclose(id) >= 0;
    if (!good && !nsr_h5_fail_to_lock(file->path, NSR_EIO, err)) nsr_fail_io(err, NSR_EIO, "lay it out", file->path);
    nsr_h5_close(access);
    H5Eclear2(H5E_DEFAULT);
    return good;
}
