/* SPDX-License-Identifier: MIT */
/* NumPy arrays in .npy files, format 1.0 to 3.0: a header in Python notation, then the numbers. */
#ifndef NSR_ENVIRONMENT_NPY_READ_H
#define NSR_ENVIRONMENT_NPY_READ_H

#include <nsrender/err.h>
#include <stddef.h>
#include <stdint.h>

enum { NSR_NPY_DIMS = 8 };

typedef struct nsr_npy {
    char kind; /* 'f', 'i', 'u', 'b' */
    int size;  /* bytes per number */
    bool big, fortran;
    int n_dims;
    int64_t shape[NSR_NPY_DIMS], count;
    const unsigned char *data; /* count * size bytes, in the parsed memory */
} nsr_npy;

/* Parses a file in memory; the array points into `bytes`. `where` begins the messages. NSR_EDATA when the file differs
   from what NumPy writes, or has too few or too many numbers. */
bool nsr_npy_parse(nsr_npy *array, const void *bytes, size_t size, const char *where, nsr_err *err);
/* Converts all numbers to double, in C order. */
void nsr_npy_doubles(const nsr_npy *array, double *values);
/* Whether the numbers differ from 0: 1 or 0, in C order. */
void nsr_npy_flags(const nsr_npy *array, unsigned char *flags);

#endif
