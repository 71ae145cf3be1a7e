/* SPDX-License-Identifier: MIT */
/* Finds the dataset that is the field, the order of its axes, and its times. Every function is local and runs on the
   root. */
#ifndef NSR_SOURCE_FIND_FIND_H
#define NSR_SOURCE_FIND_FIND_H

#include "source/dataset/dataset.h"
#include <nsrender/file.h>

/* --- listing.c: paths in a message --- */
enum { NSR_LISTED = 12 }; /* entries; the others are cut */
typedef struct nsr_listing {
    char text[700];
    int n; /* entries, with those that are cut */
} nsr_listing;
/* Appends ", PATH WHAT"; `what` may be "". */
void nsr_listing_add(nsr_listing *list, const char *path, const char *what);
/* Appends a field with its shape, and with `more` unless that is "": "/a (48 x 149; more)". */
void nsr_listing_add_field(nsr_listing *list, const nsr_field *field, const char *more);
/* Appends the names right below a path. False: there is no group at this path. */
bool nsr_listing_children(nsr_listing *list, hid_t file, const char *group, const nsr_items *items);

/* --- describe.c: one dataset --- */
/* Fills field and storage of the dataset at `path`, all but its times; found->quiet is kept. NSR_EDATA: it cannot be
   opened, or its type or shape is not that of a field. */
bool nsr_describe(nsr_found *found, nsr_catalog *catalog, const char *path, nsr_err *err);
/* Completes "cannot be opened by": the version of HDF5, and a remedy. */
void nsr_opener_text(char text[200]);
/* Checks that the values can be read: filters are known, and external raw files exist. Logs how values are made from
   stored numbers, unless found->quiet. */
bool nsr_check_readable(const nsr_found *found, hid_t file, nsr_err *err);
/* NSR_EDATA for a dataset of which nothing is stored: HDF5 would return fill values for all of it. */
bool nsr_check_written(const nsr_found *found, nsr_err *err);

/* --- dataset_name.c, unknown_name.c: names that the user gives --- */
/* The path that `name` means: a whole path, a group that holds `data` or a frame of pandas, or the last component of
   exactly one path, with bytes that are no UTF-8 as they are or as \xNN. False with an error: ambiguous, or unusable.
   False without an error: no dataset has this name, and `path` is the absolute path that was searched. */
bool nsr_name_find(char path[1024], hid_t file, const char *file_name, const char *name, nsr_err *err);
/* The path of the dataset of this name in the group of the field. False: there is none. */
bool nsr_name_beside(char path[1024], hid_t file, const nsr_field *field, const char *name);
/* As nsr_name_find, but an unknown name is an error, which lists the names that exist. */
bool nsr_resolve(char path[1024], nsr_catalog *catalog, const char *name, nsr_err *err);
/* Copies a path. NSR_EDATA: it is longer than 1023 bytes. */
bool nsr_take_path(char out[1024], const char *path, nsr_err *err);
/* The part of a path after its last slash. */
const char *nsr_last_component(const char *path);

/* --- frame_axis.c --- */
/* Marks a field whose frames come last (as column-major programs leave them), where --axes, names of dimensions,
   --grid, or the number of times indicate it. `config` may be NULL. */
bool nsr_orient(nsr_found *found, hid_t file, const nsr_config *config, const nsr_format *format, nsr_err *err);

/* --- candidates.c --- */
/* Describes every dataset that may be the field when --field is not given, and calls `each` for it. Returns their
   number, -1 on failure. */
int nsr_candidates(nsr_catalog *catalog, void (*each)(const nsr_found *found, void *user), void *user, nsr_err *err);

/* --- discover.c --- */
/* The path of the dataset that --field names, or else of the one that is chosen. NSR_EDATA: none can be chosen; the
   message lists the datasets of the file. */
bool nsr_discover(char path[1024], nsr_catalog *catalog, const nsr_config *config, nsr_err *err);
/* Warns of objects that this HDF5 cannot open, because one of them may be the field. */
void nsr_warn_unopened(hid_t file, const char *name);

/* --- times.c, doubtful_times.c --- */
/* Finds the times of the field, after nsr_orient: --times-from, --sampling-rate, or those that the format finds. */
bool nsr_times_find(nsr_found *found, nsr_catalog *catalog, const nsr_config *config, const nsr_format *format,
                    nsr_err *err);
/* Warns of times that are probably not in seconds. */
void nsr_warn_doubtful_times(const nsr_found *found, hid_t file);

#endif
