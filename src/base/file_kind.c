/* SPDX-License-Identifier: MIT */
/* Users pass pointers of git-annex, pages of failed downloads, Zarr folders and files of other formats. */
#include "file_kind.h"

#include <limits.h>
#include <nsrender/config.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD = 4096 };

typedef struct beginning {
    const char *bytes;
    size_t n;
    const char *what;
} beginning;

#define BEGINS(text) text, sizeof text - 1
static const beginning beginnings[] = {
    {BEGINS("/annex/objects/"),
     "is a pointer of git-annex, not the file itself; run git annex get (or datalad get) on it"},
    {BEGINS("version https://git-lfs"), "is a pointer of Git LFS, not the file itself; run git lfs pull"},
    {BEGINS("MATLAB 5.0 MAT-file"), "is a MATLAB file of an old version; in MATLAB, write it with save(name, '-v7.3')"},
    {BEGINS("CDF\001"), "is netCDF-3; nccopy -k nc4 makes a netCDF-4 file of it"},
    {BEGINS("CDF\002"), "is netCDF-3; nccopy -k nc4 makes a netCDF-4 file of it"},
    {BEGINS("CDF\005"), "is netCDF-3; nccopy -k nc4 makes a netCDF-4 file of it"},
    {BEGINS("\x93NUMPY"),
     "is a NumPy array; write it to HDF5: h5py.File('new.h5', 'w')['posterior'] = numpy.load(name)"},
    {BEGINS("PK\003\004"),
     "is a zip archive (npz, zipped Zarr, xlsx); write its arrays to HDF5, for example with h5py"},
    {BEGINS("\x1f\x8b"), "is compressed as a whole by gzip; unpack it with gunzip"},
    {BEGINS("BZh"), "is compressed as a whole by bzip2; unpack it with bunzip2"},
    {BEGINS("\xfd"
            "7zXZ"),
     "is compressed as a whole by xz; unpack it with unxz"},
    {BEGINS("\x28\xb5\x2f\xfd"), "is compressed as a whole by zstd; unpack it with unzstd"},
};

/* Texts, after blanks; case is ignored. */
static const beginning texts[] = {
    {BEGINS("<!doctype html"),
     "is a web page (HTML), not the file: the download failed; open it as text for the reason"},
    {BEGINS("<html"), "is a web page (HTML), not the file: the download failed; open it as text for the reason"},
    {BEGINS("<?xml"), "is XML text, perhaps the error of a failed download; open it as text for the reason"},
    {BEGINS("{"), "is JSON text; a reference file (kerchunk, LINDI) has to be exported to HDF5"},
};

static bool say_kind(char *text, size_t size, const char *what) {
    snprintf(text, size, "%s", what);
    return true;
}

static bool all_zero(const char *head, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (head[i]) return false;
    return n > 0;
}

static bool kind_of_bytes(const char *head, size_t n, char *text, size_t size) {
    size_t blank = 0;
    for (size_t i = 0; i < NSR_COUNTOF(beginnings); i++)
        if (n >= beginnings[i].n && memcmp(head, beginnings[i].bytes, beginnings[i].n) == 0)
            return say_kind(text, size, beginnings[i].what);
    while (blank < n && strchr(" \t\r\n", head[blank]) && head[blank])
        blank++;
    for (size_t i = 0; i < NSR_COUNTOF(texts); i++)
        if (n - blank >= texts[i].n && strncasecmp(head + blank, texts[i].bytes, texts[i].n) == 0)
            return say_kind(text, size, texts[i].what);
    if (all_zero(head, n))
        return say_kind(text, size, "begins with zeros only: it was not copied to the end; copy it again");
    return false;
}

static bool kind_of_folder(const char *file, char *text, size_t size) {
    static const char *const marks[] = {".zgroup", ".zarray", ".zmetadata", "zarr.json"};
    char path[PATH_MAX];
    for (size_t i = 0; i < NSR_COUNTOF(marks); i++)
        if (snprintf(path, sizeof path, "%s/%s", file, marks[i]) < (int)sizeof path && access(path, F_OK) == 0)
            return say_kind(text, size, "is a Zarr folder; export it to HDF5 (of NWB: NWBHDF5IO.export of hdmf)");
    if (snprintf(path, sizeof path, "%s/plan.json", file) < (int)sizeof path && access(path, F_OK) == 0)
        return say_kind(text, size, "is a bundle of this program, which is an output; give the recording");
    return false;
}

static bool kind_of_absent(const char *file, char *text, size_t size) {
    char target[PATH_MAX];
    ssize_t n = readlink(file, target, sizeof target - 1);
    if (n <= 0 && strstr(file, "://"))
        return say_kind(text, size, "is an address; only files are read: download it first");
    if (n <= 0) return false;
    target[n] = 0;
    bool annex = strstr(target, "annex/objects/") != NULL;
    snprintf(text, size, "is a link to %.300s, where no file is%s", target,
             annex ? "; run git annex get (or datalad get) on it" : "");
    return true;
}

bool nsr_file_kind(const char *file, char *text, size_t size) {
    char head[HEAD];
    struct stat st;
    text[0] = 0;
    if (stat(file, &st) != 0) return kind_of_absent(file, text, size);
    if (S_ISDIR(st.st_mode)) return kind_of_folder(file, text, size);
    FILE *stream = S_ISREG(st.st_mode) ? fopen(file, "rb") : NULL;
    if (!stream) return false;
    size_t n = fread(head, 1, sizeof head, stream);
    fclose(stream);
    return kind_of_bytes(head, n, text, size);
}
