/* SPDX-License-Identifier: MIT */
/* The files that hold the values of a dataset. */
#include "raw_files.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool raw_file(char path[NSR_PATH], const char *file, hid_t dcpl, int i, nsr_err *err) {
    static const char origin[] = "${ORIGIN}"; /* the folder of the file */
    const char *slash = strrchr(file, '/'), *prefix = getenv("HDF5_EXTFILE_PREFIX");
    bool beside = !prefix || strncmp(prefix, origin, sizeof origin - 1) == 0;
    char name[1024] = "";
    off_t offset;
    hsize_t size;
    if (H5Pget_external(dcpl, (unsigned)i, sizeof name - 1, name, &offset, &size) < 0)
        return nsr_h5_fail(err, NSR_EDATA, "%s: the external raw files of a dataset are not named", file);
    if (name[0] == '/') return nsr_path(path, err, "%s", name);
    if (!beside) return nsr_path(path, err, "%s/%s", prefix, name);
    return nsr_path(path, err, "%.*s%s/%s", slash ? (int)(slash - file) : 1, slash ? file : ".",
                    prefix ? prefix + sizeof origin - 1 : "", name);
}

bool nsr_raw_missing(char path[NSR_PATH], const char *file, hid_t dcpl, nsr_err *err) {
    int n = H5Pget_external_count(dcpl);
    for (int i = 0; i < n; i++) {
        if (!raw_file(path, file, dcpl, i, err)) return false;
        if (access(path, R_OK) != 0) return true;
    }
    path[0] = 0;
    return true;
}

bool nsr_stamp_dataset(nsr_stamps *stamps, hid_t dataset, nsr_err *err) {
    char file[NSR_PATH], path[NSR_PATH];
    if (H5Fget_name(dataset, file, sizeof file) <= 0) return nsr_h5_fail(err, NSR_EDATA, "a dataset is of no file");
    if (!nsr_stamps_add(stamps, file, err)) return false;
    hid_t dcpl = H5Dget_create_plist(dataset);
    int n = dcpl >= 0 ? H5Pget_external_count(dcpl) : 0;
    for (int i = 0; i < n && raw_file(path, file, dcpl, i, err); i++)
        nsr_stamps_add(stamps, path, err);
    nsr_h5_close(dcpl);
    return nsr_good(err);
}
