/* SPDX-License-Identifier: MIT */
/* A table as one HDF5 file: a dataset for each column, contiguous, so that readers can map it. HDF5 lays the file out,
   the caller writes the cells to where it says: after a write that failed on a full disk HDF5 1.10 would crash at the
   end of the program. Nothing in the file carries a time. Callers need no HDF5. */
#ifndef NSR_BASE_H5_WRITE_H
#define NSR_BASE_H5_WRITE_H

#include <nsrender/file.h>

typedef struct nsr_h5_column {
    const char *name, *units, *description; /* units NULL: none */
    bool whole;                             /* int64, else float64 */
} nsr_h5_column;

typedef struct nsr_h5_table {
    const nsr_h5_column *columns;
    int n;
    int64_t rows;
    const char *field; /* said of the whole file */
} nsr_h5_table;

/* Lays the table out in the temporary file, which is empty: cell k of column i belongs at offset[i] + 8*k, in the
   machine's own byte order. NSR_EIO. The library is not thread-safe: no worker may be reading. */
bool nsr_h5_table_make(nsr_file *file, const nsr_h5_table *table, int64_t *offset, nsr_err *err);

#endif
