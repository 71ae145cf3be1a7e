/* SPDX-License-Identifier: MIT */
/* A table as one HDF5 file: one contiguous dataset per column, so that readers can map it. HDF5 only lays the file out,
   and the caller writes the cells at the returned offsets piece by piece. The file contains no time stamps. Callers
   need no HDF5. */
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
    const char *field; /* attribute `field` of the file */
} nsr_h5_table;

/* Lays the table out in the empty temporary file: cell k of column i belongs at offset[i] + 8*k, in native byte order.
   NSR_EIO. HDF5 is not thread-safe: no worker may read at the same time. */
bool nsr_h5_table_make(nsr_file *file, const nsr_h5_table *table, int64_t *offset, nsr_err *err);

#endif
