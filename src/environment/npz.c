/* SPDX-License-Identifier: MIT */
/* libzip unpacks the members and checks their checksums. Memory grows with the bytes read instead of the size that the
   archive claims, up to a limit that no environment reaches. */
#include "npz.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zip.h>

enum { FIRST_BYTES = 1 << 16 };

/* Reads to the end of the member; NULL on failure. */
static unsigned char *read_all(zip_file_t *file, size_t *size, const char *where, nsr_err *err) {
    size_t room = FIRST_BYTES;
    unsigned char *bytes = malloc(room);
    zip_int64_t n = 0;
    for (*size = 0; bytes && (n = zip_fread(file, bytes + *size, room - *size)) > 0;) {
        *size += (size_t)n;
        if (*size < room) continue;
        unsigned char *more = room < NSR_NPZ_BYTES ? realloc(bytes, room * 2) : NULL;
        if (!more) free(bytes);
        bytes = more;
        room *= 2;
    }
    if (!bytes) {
        nsr_fail(err, NSR_EDATA, "%s: more than %zu bytes, which is no environment or does not fit the memory", where,
                 *size);
        return NULL;
    }
    if (n == 0) return bytes;
    nsr_fail(err, NSR_EDATA, "%s: npz: damaged: %s", where, zip_file_strerror(file));
    free(bytes);
    return NULL;
}

static bool read_member(nsr_npz *npz, zip_t *zip, zip_int64_t at, const char *name, const char *path, nsr_err *err) {
    char where[4300];
    size_t size = 0;
    snprintf(where, sizeof where, "%.4096s: %s", path, name);
    zip_file_t *file = zip_fopen_index(zip, (zip_uint64_t)at, 0);
    if (!file) return nsr_fail(err, NSR_EDATA, "%s: npz: %s", where, zip_strerror(zip));
    unsigned char *bytes = read_all(file, &size, where, err);
    zip_fclose(file);
    if (!bytes) return false;
    int i = npz->n++;
    npz->member[i].name = name;
    npz->member[i].bytes = bytes;
    return nsr_npy_parse(&npz->member[i].array, bytes, size, where, err);
}

static bool read_members(nsr_npz *npz, zip_t *zip, const char *path, const char *const *names, nsr_err *err) {
    bool good = true;
    for (size_t i = 0; good && names[i] && npz->n < NSR_NPZ_MOST; i++) {
        char member[80];
        snprintf(member, sizeof member, "%s.npy", names[i]);
        zip_int64_t at = zip_name_locate(zip, member, 0);
        good = at < 0 || read_member(npz, zip, at, names[i], path, err);
    }
    return good;
}

static bool readable(const char *path, nsr_err *err) {
    struct stat st;
    if (stat(path, &st) != 0)
        return nsr_fail(err, NSR_ENOINPUT, "%s: %s", path, errno == ENOENT ? "no such file" : strerror(errno));
    return S_ISREG(st.st_mode) || nsr_fail(err, NSR_EDATA, "%s: npz: not a regular file", path);
}

bool nsr_npz_open(nsr_npz *npz, const char *path, const char *const *names, nsr_err *err) {
    *npz = (nsr_npz){0};
    if (!readable(path, err)) return false;
    int code = 0;
    zip_t *zip = zip_open(path, ZIP_RDONLY, &code);
    if (!zip) {
        zip_error_t why;
        zip_error_init_with_code(&why, code);
        nsr_fail(err, NSR_EDATA, "%s: npz: cannot be read as a zip archive: %s", path, zip_error_strerror(&why));
        zip_error_fini(&why);
        return false;
    }
    bool good = read_members(npz, zip, path, names, err);
    zip_discard(zip);
    return good;
}

bool nsr_npz_open_bytes(nsr_npz *npz, const void *bytes, size_t size, const char *const *names, nsr_err *err) {
    *npz = (nsr_npz){0};
    zip_error_t why;
    zip_error_init(&why);
    zip_source_t *source = zip_source_buffer_create(bytes, size, 0, &why);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, &why) : NULL;
    if (!zip) {
        nsr_fail(err, NSR_EDATA, "memory: npz: cannot be read as a zip archive: %s", zip_error_strerror(&why));
        if (source) zip_source_free(source);
    }
    bool good = zip && read_members(npz, zip, "memory", names, err);
    if (zip) zip_discard(zip);
    zip_error_fini(&why);
    return good;
}

void nsr_npz_close(nsr_npz *npz) {
    for (int i = 0; i < npz->n; i++)
        free(npz->member[i].bytes);
    *npz = (nsr_npz){0};
}

const nsr_npy *nsr_npz_get(const nsr_npz *npz, const char *name) {
    for (int i = 0; i < npz->n; i++)
        if (strcmp(npz->member[i].name, name) == 0) return &npz->member[i].array;
    return NULL;
}
