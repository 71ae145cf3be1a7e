/* SPDX-License-Identifier: MIT */
/* Reads properties of files and datasets that do not depend on the format: links, types, dimensions, lists of numbers,
   times. Every function is local; those that take a hid_t are called by one thread at a time. */
#ifndef NSR_SOURCE_DATASET_DATASET_H
#define NSR_SOURCE_DATASET_DATASET_H

#include "source/format_and_way.h"

/* --- links.c: the links of a file --- */
typedef struct nsr_item {
    char *path;      /* with a leading slash */
    H5O_type_t kind; /* H5O_TYPE_UNKNOWN: a link that leads nowhere, or out of the file */
    bool hard;
    unsigned long file_number;
    haddr_t address;
} nsr_item;
typedef struct nsr_items {
    nsr_item *item;
    size_t n, room;
    bool full; /* the file has more links than are listed */
} nsr_items;
/* Lists all links below the root group, at most 100,000, in the order of their names; `name` is the file in messages.
   NSR_EDATA: a group cannot be read. The list is freed with nsr_items_free, which takes an empty one too. */
bool nsr_items_list(nsr_items *items, hid_t file, const char *name, nsr_err *err);
void nsr_items_free(nsr_items *items);
/* Describes in a few words the object or broken link at a path: "2-D: 48 x 149, float", "is a group". */
void nsr_item_text(hid_t file, const char *path, char *text, size_t size);

/* --- number_type.c --- */
/* Fills value type, packing (CF attributes) and fill value of an open dataset, whose type and creation list the caller
   passes. NSR_EDATA: it holds no numbers. */
bool nsr_type_describe(nsr_found *found, hid_t dataset, hid_t type, hid_t dcpl, nsr_err *err);
/* Logs how values are made from the stored numbers, where they differ. */
void nsr_type_log(const nsr_found *found);
/* Is it an integer, a real number or a boolean? */
bool nsr_is_numeric(hid_t type);
/* The class of a type as a word: "string", "compound", ... Static. */
const char *nsr_type_word(hid_t type);

/* --- dimension_scales.c --- */
/* Fills storage.scale and field.dim (the label of a dimension, else the name of its first scale) of a dataset with n
   dimensions, at most NSR_DIMS. They are empty before. */
void nsr_dims_describe(nsr_found *found, hid_t dataset, int n, nsr_catalog *catalog);

/* --- dimension_roles.c --- */
/* NSR_EDATA: by the names of its dimensions the frames of the field lie along another dimension than the first (the
   second, by interval). The message has the call of xarray that mends the order. */
bool nsr_check_roles(const nsr_found *found, nsr_err *err);

/* --- number_list.c --- */
/* The length of a numeric list, stored as n, 1 x n or n x 1; -1 when the dataset is none. */
int64_t nsr_list_length(hid_t dataset);
/* Begins reading a list, whose dataset stays the caller's. NSR_EDATA: its chunks are longer than NSR_H5_CHUNK and the
   list, or have more than `most` bytes. Close is allowed after a failure, and for a cleared struct. */
bool nsr_list_open(nsr_list_reading *list, hid_t dataset, size_t most, nsr_err *err);
void nsr_list_close(nsr_list_reading *list);
/* Reads slab.n numbers into `values`, NaN where they are missing. NSR_EDATA; the message does not name the file. */
bool nsr_list_get(nsr_list_reading *list, nsr_slab slab, double *values, nsr_err *err);
/* The same at once; false when it is no list, or cannot be read. */
bool nsr_list_read(hid_t dataset, nsr_slab slab, double *values);

/* --- text_list.c --- */
typedef struct nsr_text_list {
    char **text; /* n of them */
    int64_t n;
    char *bytes; /* that they lie in */
} nsr_text_list;
/* Reads a dataset of n texts: strings, or rows of characters as netCDF's older type has them. NSR_EDATA: it holds no n
   texts, or more than are read. The caller frees the list, also after a failure. */
bool nsr_text_list_read(nsr_text_list *list, hid_t dataset, int64_t n, nsr_err *err);
void nsr_text_list_free(nsr_text_list *list);

/* --- times_dataset.c --- */
/* Makes the list at `path` the times of the field when it has one number per frame, else returns false; with `loud` and
   without found->quiet it warns of a list of another length. */
bool nsr_times_take(nsr_found *found, hid_t file, const char *path, bool loud);

/* --- cf_time.c --- */
/* Seconds of one of `units` ("milliseconds since 2024-03-05", "s") in a calendar ("" is "standard"). False with the
   reason in `why`: units or calendar are unknown, or their length is not fixed. */
bool nsr_cf_seconds(const char *units, const char *calendar, double *seconds, char *why, size_t size);

#endif
