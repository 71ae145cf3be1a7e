/* SPDX-License-Identifier: MIT */
/* How many sources of a virtual dataset HDF5 has open. Local, under the source's lock. */
#ifndef NSR_SOURCE_DATASET_VIRTUAL_PARTS_H
#define NSR_SOURCE_DATASET_VIRTUAL_PARTS_H

#include "base/h5.h"

typedef struct nsr_parts {
    int64_t n, rows;    /* sources, and the rows that they fill; n 0: so few that all stay open */
    int64_t open, most; /* sources that are open, and that may be */
    unsigned char *bit; /* per source; 1: it is open */
} nsr_parts;

/* For a dataset with so many rows, virtual or not. *memory grows by the bytes for its open sources. */
void nsr_parts_open(nsr_parts *parts, hid_t dataset, int64_t rows, int64_t *memory);
void nsr_parts_close(nsr_parts *parts);
/* Of the n rows first, first+step, ... those from the first on that may be read now. 0: the dataset has to be closed
   and opened before; then nsr_parts_forget has to be called. */
int64_t nsr_parts_fit(nsr_parts *parts, int64_t first, int64_t step, int64_t n);
void nsr_parts_forget(nsr_parts *parts);

#endif
