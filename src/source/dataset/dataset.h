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
/* Reads slab.n numbers of a list into `values`, NaN where they are missing. False when it is no list, or cannot be
   read. The second function takes the marks for missing values, read before by nsr_marks_of_list. */
bool nsr_list_read(hid_t dataset, nsr_slab slab, double *values);
bool nsr_list_read_marked(hid_t dataset, const nsr_marks *marks, nsr_slab slab, double *values);

/* --- times_dataset.c --- */
/* Makes the list at `path` the times of the field when it has one number per frame, else returns false; with `loud` and
   without found->quiet it warns of a list of another length. */
bool nsr_times_take(nsr_found *found, hid_t file, const char *path, bool loud);

/* --- cf_time.c --- */
/* Seconds of one of `units` ("milliseconds since 2024-03-05", "s") in a calendar ("" is "standard"). False with the
   reason in `why`: units or calendar are unknown, or their length is not fixed. */
bool nsr_cf_seconds(const char *units, const char *calendar, double *seconds, char *why, size_t size);

#endif
