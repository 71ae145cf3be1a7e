/* SPDX-License-Identifier: MIT */
/* One NumPy array as .npy files hold it, format 1.0 to 3.0: a header in Python's own notation, then the numbers. */
#ifndef NSR_ENVIRONMENT_NPY_READ_H
#define NSR_ENVIRONMENT_NPY_READ_H

#include <nsrender/err.h>
#include <stddef.h>
#include <stdint.h>

enum { NSR_NPY_DIMS = 8 };

typedef struct nsr_npy {
    char kind; /* 'f', 'i', 'u', 'b' */
    int size;  /* bytes of a number */
    bool big, fortran;
    int n_dims;
    int64_t shape[NSR_NPY_DIMS], count;
    const unsigned char *data; /* count * size bytes of what was parsed */
} nsr_npy;

/* `where` begins the messages. NSR_EDATA for anything that is not as NumPy writes it, numbers missing or left over. The
   array looks into `bytes`. */
bool nsr_npy_parse(nsr_npy *array, const void *bytes, size_t size, const char *where, nsr_err *err);
/* All numbers as double, in C order. */
void nsr_npy_doubles(const nsr_npy *array, double *values);

#endif
