/* SPDX-License-Identifier: MIT */
/* Reading with HDF5, shared by the ways hdf5 and mpio. */
#ifndef NSR_SOURCE_WAY_HDF5_H
#define NSR_SOURCE_WAY_HDF5_H

#include "source/format_and_way.h"

/* --- open_dataset.c --- */
/* Opens a dataset of source->file with a cache that holds a row of chunks (the default of 1 MiB makes HDF5 inflate a
   larger chunk once per frame), or one chunk where a row has more than an eighth of the memory. `gap` as in
   nsr_storage, else 0. The caller closes it. Negative on failure. */
hid_t nsr_dataset_open(const nsr_source *source, const char *path, int gap, nsr_err *err);
/* Closes and opens a virtual dataset, so that HDF5 closes its sources. The caller holds source->lock. */
bool nsr_dataset_reopen(const nsr_source *source, hid_t *dataset, const char *path, int gap, nsr_parts *parts,
                        nsr_err *err);
/* Bytes that HDF5 needs to read a dataset that was opened in this way. */
int64_t nsr_dataset_memory(hid_t dataset);
/* NSR_EDATA: chunks of the field inflate to more than half of the memory. */
bool nsr_field_fits(const nsr_source *source, nsr_err *err);

/* --- hdf5.c --- */
/* Opens the dataset of the field in source->file, for reading with HDF5. */
bool nsr_h5_open_field(nsr_source *source, nsr_err *err);

/* Reads the frames of a slab as rows of field.type into `values`; `transfer` is a collective transfer list or
   H5P_DEFAULT. Takes source->lock. NSR_EDATA names the frames of the chunk that cannot be read; NSR_EIO: the disk
   failed. */
bool nsr_h5_read_slab(nsr_reader *reader, nsr_slab slab, hid_t transfer, void *values, nsr_err *err);
/* Frees what nsr_h5_read_slab has left in reader->own. */
void nsr_h5_reader_close(nsr_reader *reader);
/* Adds to source->bytes_read the stored bytes of the chunk rows that a read of the slab loads. The caller holds
   source->lock. */
void nsr_count_rows(nsr_source *source, nsr_slab slab);

/* --- missing_frames.c --- */
/* NSR_EDATA: a source that fills frames of the slab is missing; the message names it and them. Local. */
bool nsr_frames_there(const nsr_source *source, nsr_slab slab, nsr_err *err);

#endif
