/* SPDX-License-Identifier: MIT */
/* The files that hold the values of a dataset. */
#include "raw_files.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where a dataset's values lie in one of its raw files. */
typedef struct raw_extent {
    off_t offset;
    hsize_t bytes; /* H5F_UNLIMITED: all that the files before lack */
} raw_extent;

static bool raw_file(char path[NSR_PATH], raw_extent *extent, const char *file, hid_t dcpl, int i, nsr_err *err) {
    static const char origin[] = "${ORIGIN}"; /* the folder of the file */
    const char *slash = strrchr(file, '/'), *prefix = getenv("HDF5_EXTFILE_PREFIX");
    bool beside = !prefix || strncmp(prefix, origin, sizeof origin - 1) == 0;
    char name[1024] = "";
    if (H5Pget_external(dcpl, (unsigned)i, sizeof name - 1, name, &extent->offset, &extent->bytes) < 0)
        return nsr_h5_fail(err, NSR_EDATA, "%s: the external raw files of a dataset are not named", file);
    if (name[0] == '/') return nsr_path(path, err, "%s", name);
    if (!beside) return nsr_path(path, err, "%s/%s", prefix, name);
    return nsr_path(path, err, "%.*s%s/%s", slash ? (int)(slash - file) : 1, slash ? file : ".",
                    prefix ? prefix + sizeof origin - 1 : "", name);
}

static hsize_t bytes_of(hid_t dataset) {
    hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset);
    hssize_t n = space >= 0 ? H5Sget_simple_extent_npoints(space) : 0;
    size_t size = type >= 0 ? H5Tget_size(type) : 0;
    nsr_h5_close(type);
    nsr_h5_close(space);
    return n > 0 ? (hsize_t)n * size : 0;
}

/* HDF5 reads zeros behind the end of a raw file. */
static bool holds(const char *path, raw_extent extent) {
    struct stat st;
    return access(path, R_OK) == 0 && stat(path, &st) == 0 &&
           (extent.bytes == 0 ||
            (st.st_size >= extent.offset && (hsize_t)(st.st_size - extent.offset) >= extent.bytes));
}

static bool find_unusable(char path[NSR_PATH], const char *file, hid_t dcpl, hsize_t left, nsr_err *err) {
    int n = H5Pget_external_count(dcpl);
    raw_extent extent;
    for (int i = 0; i < n; i++, left -= extent.bytes) {
        if (!raw_file(path, &extent, file, dcpl, i, err)) return false;
        if (extent.bytes > left) extent.bytes = left;
        if (!holds(path, extent)) return true;
    }
    path[0] = 0;
    return true;
}

bool nsr_raw_unusable(char path[NSR_PATH], const char *file, hid_t dataset, nsr_err *err) {
    hid_t dcpl = H5Dget_create_plist(dataset);
    bool known = dcpl >= 0 ? find_unusable(path, file, dcpl, bytes_of(dataset), err)
                           : nsr_h5_fail(err, NSR_EDATA, "%s: the storage of a dataset cannot be read", file);
    nsr_h5_close(dcpl);
    return known;
}

bool nsr_stamp_dataset(nsr_stamps *stamps, hid_t dataset, nsr_err *err) {
    char file[NSR_PATH], path[NSR_PATH];
    raw_extent extent;
    if (H5Fget_name(dataset, file, sizeof file) <= 0) return nsr_h5_fail(err, NSR_EDATA, "a dataset is of no file");
    if (!nsr_stamps_add(stamps, file, err)) return false;
    hid_t dcpl = H5Dget_create_plist(dataset);
    int n = dcpl >= 0 ? H5Pget_external_count(dcpl) : 0;
    for (int i = 0; i < n && raw_file(path, &extent, file, dcpl, i, err); i++)
        nsr_stamps_add(stamps, path, err);
    nsr_h5_close(dcpl);
    return nsr_good(err);
}
