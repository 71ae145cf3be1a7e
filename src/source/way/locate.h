/* SPDX-License-Identifier: MIT */
/* Where a chunk lies in the file. HDF5 1.10 tells it only by counting all chunks before it; but to read a chunk it has
   to know, so it is asked to read through a file driver that notes the place and reads nothing. The bytes can then be
   fetched outside the library, by many threads at once. */
#ifndef NSR_SOURCE_WAY_LOCATE_H
#define NSR_SOURCE_WAY_LOCATE_H

#include "base/h5.h" /* which says what API of hdf5.h is meant */

/* The driver, to be given back with H5FDunregister; an access list like that of nsr_h5_access, but with the driver, to
   be closed. */
hid_t nsr_locator_driver(nsr_err *err);
hid_t nsr_locator_access(hid_t driver, nsr_err *err);
/* Of the file in which an object lies, which an external link may have opened; it lives as long as that. NULL: it was
   opened with another driver. */
typedef struct nsr_locator nsr_locator;
nsr_locator *nsr_locator_of(hid_t object, hid_t driver);
/* From here to nsr_locator_found raw data are not read. Then, where they lie; false: not in one piece of so many bytes.
   Under the lock of the library. */
void nsr_locator_begin(nsr_locator *locator);
bool nsr_locator_found(nsr_locator *locator, hsize_t bytes, int64_t *offset);
/* For pread. */
int nsr_locator_fd(const nsr_locator *locator);

#endif
