/* SPDX-License-Identifier: MIT */
/* The few HDF5 habits that source and environment share: how a file is opened, how a failure becomes a message, how
   small texts are read. Files are not trusted: sizes are checked before memory is asked for. The library is not
   thread-safe: callers hold their source's lock. */
#ifndef NSR_BASE_H5_H
#define NSR_BASE_H5_H

#define H5_USE_110_API /* of a later library: the names without numbers as we use them */
#include <hdf5.h>
#include <nsrender/err.h>
#include <stdint.h>

/* Like nsr_fail, with the innermost line of the library's error stack behind the message. Clears the stack. */
bool nsr_h5_fail(nsr_err *err, int code, const char *fmt, ...) NSR_PRINTF(3, 4);
/* No traces on stderr: messages are ours. And no conversion of numbers that HDF5 would break down over. */
void nsr_h5_quiet(void);

/* Read-only, without file locks (they fail on many cluster file systems). `fapl` is H5P_DEFAULT or a list that selects
   a driver; it stays the caller's. A negative id on failure: NSR_ENOINPUT not there, NSR_EDATA not HDF5 or damaged. */
hid_t nsr_h5_open(const char *file, hid_t fapl, nsr_err *err);
/* The access list of nsr_h5_open, for a caller that adds a driver; closed by nsr_h5_close. */
hid_t nsr_h5_access(nsr_err *err);
/* Closes any kind of id; a negative one is fine. */
void nsr_h5_close(hid_t id);

/* Does the object behind a path exist, all links on the way followed? */
bool nsr_h5_exists(hid_t at, const char *path);
/* The type of that object; H5I_BADID when there is none. Nothing is left open. */
H5I_type_t nsr_h5_kind(hid_t at, const char *path);

/* The first string of a dataset (scalar, or row 0), to free; fixed or variable length. NSR_EDATA names `path`. */
char *nsr_h5_text(hid_t at, const char *path, nsr_err *err);
/* A string attribute of an object into `text` ("" when there is none, it is no string, or it does not fit). */
/* Bytes that are no UTF-8, and what cutting left of a letter, become question marks: JSON and pictures refuse them. */
void nsr_text_clean(char *text);
bool nsr_h5_text_attr(hid_t object, const char *name, char *text, size_t size);
/* A scalar numeric attribute, `otherwise` when there is none. */
double nsr_h5_real_attr(hid_t object, const char *name, double otherwise);

/* Shape of a dataset with at most `max` dimensions; -1 when it has more or none can be had. */
int nsr_h5_shape(hid_t dataset, int max, hsize_t *shape);
/* The first `rows` rows (of `columns` values; 0: a 1-D dataset) of a dataset as `type`. */
bool nsr_h5_rows(hid_t at, const char *path, hid_t type, hsize_t rows, hsize_t columns, void *values, nsr_err *err);

#endif
