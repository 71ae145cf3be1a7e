/* SPDX-License-Identifier: MIT */
/* The arrays of a .npz file, which is a zip archive of .npy files. */
#ifndef NSR_ENVIRONMENT_NPZ_H
#define NSR_ENVIRONMENT_NPZ_H

#include "npy_read.h"

enum {
    NSR_NPZ_MOST = 8,        /* arrays of one environment */
    NSR_NPZ_BYTES = 64 << 20 /* of an array, also as doubles; an archive may make so many of a thousandth */
};

typedef struct nsr_npz {
    struct {
        const char *name; /* without .npy */
        nsr_npy array;
        void *bytes; /* the memory that the array points into */
    } member[NSR_NPZ_MOST];
    int n;
} nsr_npz;

/* Reads the arrays of these names (a NULL-terminated list) that the archive has. NSR_ENOINPUT when there is no such
   file, NSR_EDATA when it is no zip archive, damaged, or has no arrays of numbers. Close is allowed after a failure. */
bool nsr_npz_open(nsr_npz *npz, const char *path, const char *const *names, nsr_err *err);
/* The same for an archive in memory. */
bool nsr_npz_open_bytes(nsr_npz *npz, const void *bytes, size_t size, const char *const *names, nsr_err *err);
void nsr_npz_close(nsr_npz *npz);
/* The array of this name; NULL when there is none. */
const nsr_npy *nsr_npz_get(const nsr_npz *npz, const char *name);

#endif
