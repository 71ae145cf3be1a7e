/* SPDX-License-Identifier: MIT */
/* The two JSON texts of an environment table, parsed without HDF5. */
#ifndef NSRENDER_ENVIRONMENT_TABLE_H
#define NSRENDER_ENVIRONMENT_TABLE_H

#include "internal.h"

typedef struct nsr_table {
    char layout[32], units[32];
    int64_t n_bins, n_edges;
    int n_dims;
    bool grid; /* drawn as a grid; the rest is set then only */
    int nx, ny;
    double *x_edges, *y_edges;
} nsr_table;

/* `where` begins the messages. NSR_EDATA for anything that is not as it should be. */
bool nsr_table_parse(nsr_table *table, const char *metadata, const char *grid_data, const char *where, nsr_err *err);
void nsr_table_free(nsr_table *table);

#endif
