/* SPDX-License-Identifier: MIT */
/* Values that are not there. Sources of a virtual dataset: HDF5 returns fill values in their place without an error. A
   file that is still being written: its other values may follow. Functions are local, and those that take a hid_t are
   called by one thread at a time. */
#ifndef NSR_SOURCE_DATASET_MISSING_H
#define NSR_SOURCE_DATASET_MISSING_H

#include "base/h5.h"

#include "source/stamps.h"

#include <nsrender/field.h>

/* Along one dimension: `n` runs of `block` indices that begin at first, first+step, ... */
typedef struct nsr_runs {
    int64_t first, step, n, block;
} nsr_runs;

/* A source that is missing, and the box of the virtual dataset that it fills. No pointers: broadcast as bytes. */
typedef struct nsr_missing {
    int n_dims;
    nsr_runs along[NSR_DIMS];
    char source[300]; /* its file; with the path of the dataset where the file is there */
    char why[100];    /* continues "SOURCE ..." */
} nsr_missing;
typedef struct nsr_missing_list {
    nsr_missing *item;
    int64_t n, room;
} nsr_missing_list;

/* --- virtual_sources.c --- */
/* Opens every source of a virtual dataset, and the sources of sources, and lists those that are missing; the list stays
   empty for other storage. The files of those that are there are added to `stamps` (NULL: they are not). NSR_EDATA: the
   sources cannot be listed. The caller frees the list with nsr_missing_free, also after a failure. */
bool nsr_missing_find(nsr_missing_list *list, hid_t dataset, nsr_stamps *stamps, nsr_err *err);

/* Opens a dataset as H5Dopen2 does. HDF5 ends a virtual dataset before the first numbered source that is missing,
   unless it is told to pass over *gap numbers: *gap gets as many as lie before a later source that is there. */
hid_t nsr_virtual_open(hid_t file, const char *path, int *gap);

/* --- missing_boxes.c, nested_boxes.c --- */
void nsr_missing_free(nsr_missing_list *list);
/* Appends an item. NSR_EINTERNAL: out of memory. */
bool nsr_missing_push(nsr_missing_list *list, const nsr_missing *missing, nsr_err *err);
/* Appends an item for each box of `filled`, a selection in a virtual dataset of this shape, with source, why and n_dims
   of `missing`, whose boxes are overwritten. */
bool nsr_missing_add(nsr_missing_list *list, nsr_missing *missing, hid_t filled, const hsize_t *shape, nsr_err *err);
/* Appends the boxes of a virtual dataset that stay without values because `lost` is missing in a source, whose box
   `taken` fills the box `filled`. They may be larger than what is missing, but never smaller. */
bool nsr_missing_nest(nsr_missing_list *list, const nsr_missing *filled, const nsr_missing *taken,
                      const nsr_missing *lost, nsr_err *err);
/* Does the source fill something at this index of a dimension? */
bool nsr_missing_covers(const nsr_missing *missing, int dim, int64_t index);
/* The same for the items of a list that is stored as n, n x 1 or 1 x n, and all missing sources. */
bool nsr_missing_covers_item(const nsr_missing_list *list, int64_t index);
/* Warns of the sources that are missing, for the virtual dataset `path` of `file`. */
void nsr_missing_warn(const nsr_missing_list *list, const char *file, const char *path);

/* --- virtual_file.c --- */
/* Opens the file of a source where HDF5 looks for it, beside `from` (the file of the virtual dataset) among others.
   Negative: *there says whether such a file exists. The caller closes it. */
hid_t nsr_virtual_file_open(const char *from, const char *name, bool *there);

/* --- writer.c --- */
/* Warns when another program has the file open for writing, as far as locks of files tell. */
void nsr_warn_of_writer(const char *file);

#endif
