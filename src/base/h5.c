/* SPDX-License-Identifier: MIT */
/* HDF5 helpers. Error messages include the library's reason, which is the innermost entry of its error stack. */
#include "h5.h"

#include "file_kind.h"
#include "utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static herr_t keep_first(unsigned n, const H5E_error2_t *line, void *user) {
    if (n == 0 && line->desc) snprintf(user, 200, "%s", line->desc);
    return 0;
}

bool nsr_h5_fail(nsr_err *err, int code, const char *fmt, ...) {
    char reason[200] = "", text[700];
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, reason); /* upward begins at the innermost */
    H5Eclear2(H5E_DEFAULT);
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return reason[0] ? nsr_fail(err, code, "%s (HDF5: %s)", text, reason) : nsr_fail(err, code, "%s", text);
}

/* HDF5 copies parts of a number into 64 bits without a check, and corrupts the stack when they are wider. */
static bool too_wide(hid_t type) {
    size_t sign, at, exponent = 0, low, mantissa;
    if (H5Tget_class(type) == H5T_INTEGER) return H5Tget_size(type) > 8;
    return H5Tget_fields(type, &sign, &at, &exponent, &low, &mantissa) < 0 || exponent > 32 || H5Tget_size(type) > 16;
}

/* A conversion that claims types that are too wide, in order to fail; HDF5 converts all other types. */
static herr_t refuse_wide(hid_t from, hid_t to, H5T_cdata_t *what, size_t n, size_t step, size_t back_step,
                          void *buffer, void *back, hid_t transfer) {
    (void)n, (void)step, (void)back_step, (void)buffer, (void)back, (void)transfer;
    what->need_bkg = H5T_BKG_NO;
    if (what->command == H5T_CONV_FREE) return 0;
    if (what->command == H5T_CONV_INIT) return too_wide(from) || too_wide(to) ? 0 : -1;
    H5Epush2(H5E_DEFAULT, __FILE__, __func__, __LINE__, H5E_ERR_CLS, H5E_DATATYPE, H5E_UNSUPPORTED,
             "its numbers have more bits than can be converted");
    return -1;
}

void nsr_h5_never_end(bool mpi) {
    H5dont_atexit();
    if (mpi) H5open();
}

void nsr_h5_quiet(void) {
    const hid_t kinds[] = {H5T_NATIVE_INT, H5T_NATIVE_DOUBLE};
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5Tunregister(H5T_PERS_SOFT, "wide", H5I_INVALID_HID, H5I_INVALID_HID,
                  refuse_wide); /* registered by an earlier call */
    for (int i = 0; i < 4; i++)
        H5Tregister(H5T_PERS_SOFT, "wide", kinds[i / 2], kinds[i % 2], refuse_wide);
    H5Eclear2(H5E_DEFAULT);
}

/* Keeps the library's error stack, which closing would clear, for the message of the failure that led here. */
void nsr_h5_close(hid_t id) {
    if (id < 0) return;
    hid_t kept = H5Eget_num(H5E_DEFAULT) > 0 ? H5Eget_current_stack() : H5I_INVALID_HID;
    H5Idec_ref(id);
    if (kept >= 0) H5Eset_current_stack(kept);
}

hid_t nsr_h5_access(nsr_err *err) {
    hid_t fapl = H5Pcreate(H5P_FILE_ACCESS);
    /* No sieve buffer: after a failed read HDF5 1.10 considers it filled, and serves a retry from stale memory. */
    if (fapl >= 0 && H5Pset_file_locking(fapl, false, true) >= 0 && H5Pset_fclose_degree(fapl, H5F_CLOSE_STRONG) >= 0 &&
        H5Pset_sieve_buf_size(fapl, 0) >= 0)
        return fapl;
    nsr_h5_fail(err, NSR_EINTERNAL, "HDF5 gives no file access list");
    nsr_h5_close(fapl);
    return H5I_INVALID_HID;
}

/* Checks for reasons that HDF5 reports badly or not at all; opening a pipe would block. */
static bool readable(const char *file, nsr_err *err) {
    struct stat st;
    char kind[600];
    if (stat(file, &st) != 0)
        return nsr_file_kind(file, kind, sizeof kind) ? nsr_fail(err, NSR_ENOINPUT, "%s: %s", file, kind)
               : errno == ENOENT                      ? nsr_fail(err, NSR_ENOINPUT, "%s: no such file", file)
                                                      : nsr_fail(err, NSR_ENOINPUT, "%s: %s", file, strerror(errno));
    if (S_ISDIR(st.st_mode) && nsr_file_kind(file, kind, sizeof kind))
        return nsr_fail(err, NSR_ENOINPUT, "%s: %s", file, kind);
    if (S_ISDIR(st.st_mode)) return nsr_fail(err, NSR_ENOINPUT, "%s: is a directory, not an HDF5 file", file);
    if (!S_ISREG(st.st_mode)) return nsr_fail(err, NSR_EDATA, "%s: is not a regular file, so not HDF5", file);
    if (access(file, R_OK) != 0) return nsr_fail(err, NSR_ENOINPUT, "%s: cannot be read: %s", file, strerror(errno));
    if (st.st_size == 0) return nsr_fail(err, NSR_EDATA, "%s: is empty (0 bytes), not an HDF5 file", file);
    return true;
}

bool nsr_h5_fail_to_lock(const char *file, int code, nsr_err *err) {
    char reason[200] = "";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, reason);
    if (!strstr(reason, "unable to lock file")) return false;
    nsr_h5_fail(err, code, "%s: file locking is forced by HDF5_USE_FILE_LOCKING, and cannot be had here; unset it",
                file);
    return true;
}

/* Did HDF5 refuse a file whose superblock says that a writer has it open? Only its words tell. */
static bool is_marked_as_open(void) {
    char reason[200] = "";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, reason);
    return strstr(reason, "open for") || strstr(reason, "h5clear");
}

static hid_t open_with(const char *file, hid_t fapl, nsr_err *err) {
    hid_t id = H5Fopen(file, H5F_ACC_RDONLY, fapl);
    if (id >= 0) return id;
    unsigned a = 0, b = 0, c = 0;
    char kind[600];
    hid_t why = H5Eget_current_stack();
    bool foreign = H5Fis_hdf5(file) == 0;
    H5get_libversion(&a, &b, &c);
    if (why >= 0) H5Eset_current_stack(why);
    if (nsr_h5_fail_to_lock(file, NSR_EDATA, err)) return H5I_INVALID_HID;
    if (!foreign && is_marked_as_open())
        nsr_h5_fail(
            err, NSR_EDATA,
            "%s: is marked as being written: a program has it open (close it there), or was killed while it wrote "
            "(then h5clear -s removes the mark; check that the values are complete)",
            file);
    else if (!foreign)
        nsr_h5_fail(err, NSR_EDATA,
                    "%s: HDF5 %u.%u.%u cannot open it: damaged, truncated, or of a newer format (which a "
                    "newer h5repack --low=0 --high=2 rewrites)",
                    file, a, b, c);
    H5Eclear2(H5E_DEFAULT);
    bool known = foreign && nsr_file_kind(file, kind, sizeof kind);
    nsr_fail(err, NSR_EDATA, "%s: not an HDF5 file: it %s", file, known ? kind : "has no HDF5 signature");
    return H5I_INVALID_HID;
}

hid_t nsr_h5_open(const char *file, hid_t fapl, nsr_err *err) {
    nsr_h5_quiet();
    if (!readable(file, err)) return H5I_INVALID_HID;
    if (fapl != H5P_DEFAULT) return open_with(file, fapl, err);
    fapl = nsr_h5_access(err);
    hid_t id = fapl >= 0 ? open_with(file, fapl, err) : H5I_INVALID_HID;
    nsr_h5_close(fapl);
    return id;
}

/* H5Oopen also fails when a group on the way is missing, so the path need not be walked. */
H5I_type_t nsr_h5_kind(hid_t at, const char *path) {
    hid_t object = H5Oopen(at, path, H5P_DEFAULT);
    H5I_type_t kind = object >= 0 ? H5Iget_type(object) : H5I_BADID;
    nsr_h5_close(object);
    if (kind == H5I_BADID) H5Eclear2(H5E_DEFAULT);
    return kind;
}

bool nsr_h5_exists(hid_t at, const char *path) { return nsr_h5_kind(at, path) != H5I_BADID; }

bool nsr_h5_text_attr(hid_t object, const char *name, char *text, size_t size) {
    text[0] = 0;
    if (H5Aexists(object, name) <= 0) return false;
    hid_t attr = H5Aopen(object, name, H5P_DEFAULT), type = attr >= 0 ? H5Aget_type(attr) : H5I_INVALID_HID;
    hid_t space = attr >= 0 ? H5Aget_space(attr) : H5I_INVALID_HID;
    bool string = type >= 0 && H5Tget_class(type) == H5T_STRING && H5Sget_simple_extent_npoints(space) == 1;
    if (string && H5Tis_variable_str(type) > 0) {
        char *theirs = NULL;
        if (H5Aread(attr, type, &theirs) >= 0 && theirs) snprintf(text, size, "%s", theirs);
        if (theirs) H5free_memory(theirs);
    } else if (string && H5Tget_size(type) < size && H5Aread(attr, type, text) >= 0) {
        text[H5Tget_size(type)] = 0;
    }
    nsr_h5_close(space);
    nsr_h5_close(type);
    nsr_h5_close(attr);
    H5Eclear2(H5E_DEFAULT);
    nsr_text_clean(text);
    return text[0] != 0;
}

double nsr_h5_real_attr(hid_t object, const char *name, double otherwise) {
    double value = otherwise;
    if (H5Aexists(object, name) <= 0) return otherwise;
    hid_t attr = H5Aopen(object, name, H5P_DEFAULT), space = attr >= 0 ? H5Aget_space(attr) : H5I_INVALID_HID;
    if (space < 0 || H5Sget_simple_extent_npoints(space) != 1 || H5Aread(attr, H5T_NATIVE_DOUBLE, &value) < 0)
        value = otherwise;
    nsr_h5_close(space);
    nsr_h5_close(attr);
    H5Eclear2(H5E_DEFAULT);
    return value;
}

int nsr_h5_shape(hid_t dataset, int max, hsize_t *shape) {
    hid_t space = H5Dget_space(dataset);
    int dims = space >= 0 ? H5Sget_simple_extent_ndims(space) : -1;
    if (dims > max) dims = -1;
    if (dims > 0 && H5Sget_simple_extent_dims(space, shape, NULL) < 0) dims = -1;
    nsr_h5_close(space);
    return dims;
}
