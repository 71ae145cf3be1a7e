/* SPDX-License-Identifier: MIT */
/* HDF5 helpers that source and environment share: opening files, error messages, small reads. Files are not trusted:
   sizes are checked before memory is allocated. The library is not thread-safe: callers hold their source's lock. */
#ifndef NSR_BASE_H5_H
#define NSR_BASE_H5_H

#define H5_USE_110_API /* later libraries: names without a version number mean those of 1.10 */
#include <hdf5.h>
#include <nsrender/err.h>
#include <stdint.h>

/* Like nsr_fail, with the innermost entry of the library's error stack appended. Clears the stack. */
bool nsr_h5_fail(nsr_err *err, int code, const char *fmt, ...) NSR_PRINTF(3, 4);
/* Turns off the library's error traces on stderr, and refuses conversions of numbers that would corrupt its stack. */
void nsr_h5_quiet(void);

/* Keeps HDF5 from shutting itself down when the process ends. HDF5 1.10 frees a file that it cannot close, but keeps
   its id, and shutting down closes that again, which crashes. All files are closed by us. Has to come before the first
   use of HDF5, and, with `mpi`, before MPI_Init: HDF5 asks MPI_Finalize to shut it down, if MPI runs when HDF5 starts.
 */
void nsr_h5_never_end(bool mpi);

/* If HDF5 has just failed because it could not lock `file`, which it tries only where HDF5_USE_FILE_LOCKING forces it,
   fails with `code`, and returns true. */
bool nsr_h5_fail_to_lock(const char *file, int code, nsr_err *err);
/* Opens a file read-only, without file locks (which fail on many cluster file systems). `fapl`: H5P_DEFAULT, or an
   access list with a driver, which the caller closes. A negative id on failure: NSR_ENOINPUT when there is no readable
   file, NSR_EDATA when it is not HDF5 or damaged. */
hid_t nsr_h5_open(const char *file, hid_t fapl, nsr_err *err);
/* The access list of nsr_h5_open, for a caller that adds a driver; to be closed by nsr_h5_close. */
hid_t nsr_h5_access(nsr_err *err);
/* Closes any kind of id; negative ids are ignored. */
void nsr_h5_close(hid_t id);

/* Does the object at a path exist? Follows all links on the way. */
bool nsr_h5_exists(hid_t at, const char *path);
/* The type of the object at a path; H5I_BADID when there is none. */
H5I_type_t nsr_h5_kind(hid_t at, const char *path);

/* The first string of a dataset (scalar, or row 0), of fixed or variable length, at most 64 MiB; the caller frees it.
   NULL and NSR_EDATA, which names `path`, on failure. */
char *nsr_h5_text(hid_t at, const char *path, nsr_err *err);
/* Copies a string attribute of an object to `text`; "" and false when there is none, it is no string, or a fixed string
   does not fit. A longer string of variable length is cut. */
bool nsr_h5_text_attr(hid_t object, const char *name, char *text, size_t size);
/* A scalar numeric attribute; `otherwise` when there is none. */
double nsr_h5_real_attr(hid_t object, const char *name, double otherwise);

/* Copies the shape of a dataset and returns the number of its dimensions; -1 when there are more than `max`, or on
 * failure. */
int nsr_h5_shape(hid_t dataset, int max, hsize_t *shape);
/* Reads the first `rows` rows, of `columns` values each (0: a 1-D dataset), as `type`, at most NSR_H5_WHOLE bytes,
   before which `values` is not touched. NSR_EDATA. */
bool nsr_h5_rows(hid_t at, const char *path, hid_t type, hsize_t rows, hsize_t columns, void *values, nsr_err *err);

#endif
