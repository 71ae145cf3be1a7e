/* SPDX-License-Identifier: MIT */
/* The file of a source of a virtual dataset. HDF5 has no function that tells whether it finds one, so its search is
   repeated here: an absolute name; then, with the last component of an absolute name, the folders of HDF5_VDS_PREFIX,
   the folder of the virtual dataset's file, the working directory, the folder to which links of that file lead. */
#include "missing.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME = 2 * PATH_MAX };

typedef struct file_search {
    const char *from, *name;
    bool there;
} file_search;

static hid_t try_file(file_search *s, const char *path) {
    nsr_err none = {0};
    if (access(path, F_OK) != 0) return H5I_INVALID_HID;
    s->there = true;
    hid_t file = nsr_h5_open(path, H5P_DEFAULT, &none);
    if (file >= 0) nsr_warn_of_writer(path);
    H5Eclear2(H5E_DEFAULT);
    return file;
}

static hid_t try_folder(file_search *s, const char *folder, size_t length) {
    char path[NAME];
    if (length == 0) return H5I_INVALID_HID;
    int n = snprintf(path, sizeof path, "%.*s/%s", (int)length, folder, s->name);
    return n < (int)sizeof path ? try_file(s, path) : H5I_INVALID_HID;
}

/* The folder that holds `file`. */
static hid_t try_beside(file_search *s, const char *file) {
    const char *slash = strrchr(file, '/');
    return slash == file ? try_folder(s, "/.", 2)
           : slash       ? try_folder(s, file, (size_t)(slash - file))
                         : try_folder(s, ".", 1);
}

/* "${ORIGIN}/a" is beside the virtual dataset's file. */
static hid_t try_prefix(file_search *s, const char *prefix, size_t length) {
    static const char origin[] = "${ORIGIN}";
    const size_t begin = sizeof origin - 1;
    char folder[NAME];
    if (length < begin || strncmp(prefix, origin, begin) != 0) return try_folder(s, prefix, length);
    const char *slash = strrchr(s->from, '/');
    int n = snprintf(folder, sizeof folder, "%.*s%.*s", slash ? (int)(slash - s->from) : 1, slash ? s->from : ".",
                     (int)(length - begin), prefix + begin);
    return n < (int)sizeof folder ? try_folder(s, folder, (size_t)n) : H5I_INVALID_HID;
}

static hid_t try_prefixes(file_search *s) {
    hid_t file = H5I_INVALID_HID;
    const char *at = getenv("HDF5_VDS_PREFIX");
    while (file < 0 && at && *at) {
        size_t length = strcspn(at, ":");
        file = try_prefix(s, at, length);
        at += length + (at[length] == ':');
    }
    return file;
}

static hid_t try_behind_links(file_search *s) {
    char *real = realpath(s->from, NULL);
    hid_t file = real ? try_beside(s, real) : H5I_INVALID_HID;
    free(real);
    return file;
}

hid_t nsr_virtual_file_open(const char *from, const char *name, bool *there) {
    file_search s = {from, name, false};
    hid_t file = H5I_INVALID_HID;
    if (name[0] == '/') {
        file = try_file(&s, name);
        s.name = strrchr(name, '/') + 1;
    }
    if (file < 0) file = try_prefixes(&s);
    if (file < 0) file = try_beside(&s, from);
    if (file < 0) file = try_file(&s, s.name);
    if (file < 0) file = try_behind_links(&s);
    *there = s.there;
    return file;
}
