/* SPDX-License-Identifier: MIT */
/* A file as the root searches it. What every dataset of the file may be asked again is looked up once, when it is first
   needed, and kept here; otherwise the time would grow with the square of their number. Functions are local. */
#ifndef NSR_SOURCE_DATASET_CATALOG_H
#define NSR_SOURCE_DATASET_CATALOG_H

#include "base/h5.h"

typedef struct nsr_place {
    haddr_t address;
    size_t order; /* of the visit */
    char *path;
} nsr_place;

/* Begins as {.file = ..., .name = ...}. */
typedef struct nsr_catalog {
    hid_t file;
    const char *name; /* for messages */
    /* paths by address (catalog.c), of the file with this number */
    bool walked;
    unsigned long number;
    nsr_place *place;
    size_t n_places, room;
    /* numbers of bins of the environments in /scratch, in order (format/nwb_sizes.c) */
    bool sized;
    int64_t *size;
    size_t n_sizes, sizes_room;
} nsr_catalog;

/* The path of an open object: the first one that a visit by names finds. NULL: it has none of at most 1023 bytes.
   H5Iget_name finds none for an object that a reference has opened. */
const char *nsr_catalog_path(nsr_catalog *catalog, hid_t object);
/* Frees what was looked up; the file stays open. */
void nsr_catalog_free(nsr_catalog *catalog);

#endif
