/* SPDX-License-Identifier: MIT */
/* Reading with HDF5, shared by the ways hdf5 and mpio. */
#ifndef NSR_SOURCE_WAY_HDF5_H
#define NSR_SOURCE_WAY_HDF5_H

#include "source/format_and_way.h"

/* Opens a dataset with a cache that holds a row of chunks (the default of 1 MiB makes HDF5 inflate a larger chunk once
   per frame). `gap` as in nsr_storage, else 0. The caller closes it. Negative on failure. */
hid_t nsr_dataset_open(hid_t file, const char *path, int gap, nsr_err *err);

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
