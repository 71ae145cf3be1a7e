/* SPDX-License-Identifier: MIT */
/* A file driver for reading only. It works like HDF5's driver for plain files, but can record the place of a read
   instead of reading. */
#include "locate.h"

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct nsr_locator {
    H5FD_t head; /* HDF5's part comes first */
    int fd;
    haddr_t end, allocated; /* end of the file; end of the part that HDF5 uses */
    struct stat is;
    bool noting;
    int noted; /* reads of raw data since noting began */
    haddr_t at;
    size_t bytes;
};

static H5FD_t *open_file(const char *name, unsigned flags, hid_t access, haddr_t most) {
    (void)access, (void)most;
    nsr_locator *file = flags & H5F_ACC_RDWR ? NULL : calloc(1, sizeof *file);
    if (!file) return NULL;
    file->fd = open(name, O_RDONLY | O_CLOEXEC);
    if (file->fd >= 0 && fstat(file->fd, &file->is) == 0) {
        file->end = (haddr_t)file->is.st_size;
        return &file->head;
    }
    if (file->fd >= 0) close(file->fd);
    free(file);
    return NULL;
}

static herr_t close_file(H5FD_t *head) {
    nsr_locator *file = (nsr_locator *)head;
    int failed = close(file->fd);
    free(file);
    return failed;
}

static int compare_files(const H5FD_t *a, const H5FD_t *b) {
    const struct stat *x = &((const nsr_locator *)a)->is, *y = &((const nsr_locator *)b)->is;
    if (x->st_dev != y->st_dev) return x->st_dev < y->st_dev ? -1 : 1;
    return (x->st_ino > y->st_ino) - (x->st_ino < y->st_ino);
}

static herr_t query_features(const H5FD_t *head, unsigned long *flags) {
    (void)head;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_AGGREGATE_SMALLDATA;
#ifdef H5FD_FEAT_DEFAULT_VFD_COMPATIBLE
    *flags |= H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
#endif
    return 0;
}

static haddr_t allocated(const H5FD_t *head, H5FD_mem_t type) {
    (void)type;
    return ((const nsr_locator *)head)->allocated;
}

static herr_t set_allocated(H5FD_t *head, H5FD_mem_t type, haddr_t end) {
    (void)type;
    ((nsr_locator *)head)->allocated = end;
    return 0;
}

static haddr_t end_of(const H5FD_t *head, H5FD_mem_t type) {
    (void)type;
    return ((const nsr_locator *)head)->end;
}

static herr_t get_handle(H5FD_t *head, hid_t access, void **to) {
    (void)access;
    *to = head;
    return 0;
}

static void push_error(const char *why) {
    H5Epush2(H5E_DEFAULT, __FILE__, __func__, __LINE__, H5E_ERR_CLS, H5E_IO, H5E_READERROR, "%s", why);
}

/* HDF5 expects zeros beyond the end of the file. */
static herr_t read_bytes(H5FD_t *head, H5FD_mem_t type, hid_t transfer, haddr_t at, size_t bytes, void *to) {
    (void)transfer;
    nsr_locator *file = (nsr_locator *)head;
    if (file->noting && type == H5FD_MEM_DRAW) {
        file->noted++;
        file->at = at, file->bytes = bytes;
        return 0;
    }
    for (char *next = to; bytes;) {
        ssize_t n = pread(file->fd, next, bytes, (off_t)at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return push_error(strerror(errno)), -1;
        if (n == 0) return memset(next, 0, bytes), 0;
        next += n, at += (haddr_t)n, bytes -= (size_t)n;
    }
    return 0;
}

static herr_t refuse_write(H5FD_t *head, H5FD_mem_t type, hid_t transfer, haddr_t at, size_t bytes, const void *from) {
    (void)head, (void)type, (void)transfer, (void)at, (void)bytes, (void)from;
    return -1;
}

static const H5FD_class_t class_of_driver = {
#if H5_VERSION_GE(1, 13, 0)
    .version = H5FD_CLASS_VERSION,
    .value = 512, /* from the range for unregistered drivers */
#endif
    .name = "locate",
    .maxaddr = HADDR_MAX,
    .fc_degree = H5F_CLOSE_STRONG,
    .open = open_file,
    .close = close_file,
    .cmp = compare_files,
    .query = query_features,
    .get_eoa = allocated,
    .set_eoa = set_allocated,
    .get_eof = end_of,
    .get_handle = get_handle,
    .read = read_bytes,
    .write = refuse_write,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

hid_t nsr_locator_driver(nsr_err *err) {
    hid_t driver = H5FDregister(&class_of_driver);
    if (driver < 0) nsr_h5_fail(err, NSR_EINTERNAL, "HDF5 does not take a file driver");
    return driver;
}

hid_t nsr_locator_access(hid_t driver, nsr_err *err) {
    hid_t access = nsr_h5_access(err);
    if (access < 0 || H5Pset_driver(access, driver, NULL) >= 0) return access;
    nsr_h5_fail(err, NSR_EINTERNAL, "HDF5 does not take a file driver");
    nsr_h5_close(access);
    return H5I_INVALID_HID;
}

nsr_locator *nsr_locator_of(hid_t object, hid_t driver) {
    void *found = NULL;
    hid_t file = H5Iget_file_id(object), access = file < 0 ? H5I_INVALID_HID : H5Fget_access_plist(file);
    bool ours = access >= 0 && H5Pget_driver(access) == driver && H5Fget_vfd_handle(file, access, &found) >= 0;
    nsr_h5_close(access);
    nsr_h5_close(file);
    H5Eclear2(H5E_DEFAULT);
    return ours ? found : NULL;
}

void nsr_locator_begin(nsr_locator *locator) {
    locator->noting = true;
    locator->noted = 0;
}

bool nsr_locator_found(nsr_locator *locator, hsize_t bytes, int64_t *offset) {
    locator->noting = false;
    *offset = (int64_t)locator->at;
    return locator->noted == 1 && locator->bytes == bytes;
}

int nsr_locator_fd(const nsr_locator *locator) { return locator->fd; }
