/* SPDX-License-Identifier: MIT */
/* Where a chunk lies in the file. HDF5 1.10 has no fast query for that: H5Dget_chunk_info counts all chunks before it.
   So HDF5 reads the chunk through a file driver that records the place and reads nothing; then many threads can read
   the bytes at once, outside the library. */
#ifndef NSR_SOURCE_WAY_LOCATE_H
#define NSR_SOURCE_WAY_LOCATE_H

#include "base/h5.h" /* before hdf5.h, because it selects the version of the API */

/* Registers the driver, which the caller unregisters with H5FDunregister, and makes an access list like that of
   nsr_h5_access but with the driver, which the caller closes. Negative: an error. Local, like all functions here. */
hid_t nsr_locator_driver(nsr_err *err);
hid_t nsr_locator_access(hid_t driver, nsr_err *err);
typedef struct nsr_locator nsr_locator;
/* The locator of the file in which an object lies (an external link may lead to another file than the opened one). It
   lives as long as that file is open. NULL: the file was opened with another driver. */
nsr_locator *nsr_locator_of(hid_t object, hid_t driver);
/* Between the two calls HDF5 reads no raw data. nsr_locator_found gives the offset in the file of the data that HDF5
   was to read between them; false: they are not one piece of `bytes`. The caller holds the source's lock. */
void nsr_locator_begin(nsr_locator *locator);
bool nsr_locator_found(nsr_locator *locator, hsize_t bytes, int64_t *offset);
/* The descriptor of the file, for pread. */
int nsr_locator_fd(const nsr_locator *locator);

#endif
