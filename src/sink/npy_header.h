/* SPDX-License-Identifier: MIT */
/* The header of a .npy file. Private to src/sink. */
#ifndef NSR_SINK_NPY_HEADER_H
#define NSR_SINK_NPY_HEADER_H

#include <stdint.h>

enum { NSR_NPY_HEAD = 128 };

/* The header of n rows of `columns` numbers (0: a 1-D array) of type "f4" or "f8", in the byte order of this machine.
 */
void nsr_npy_head(char head[NSR_NPY_HEAD], const char *type, int64_t n, int columns);

#endif
