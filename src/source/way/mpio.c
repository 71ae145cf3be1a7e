/* SPDX-License-Identifier: MIT */
/* The way "mpio": parallel HDF5. Contiguous values are read collectively in the range pass, and independently later.
   Chunks are always read independently: collective reads of filtered chunks are not faster in HDF5 1.10, and after a
   chunk that is damaged or was never written the rank that reads it fails, while the others wait inside the library. */
#include "hdf5.h"

#include <errno.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool collective(const nsr_found *found) {
    return strcmp(found->field.storage, "contiguous") == 0 && found->storage.offset >= 0;
}

static bool fits_mpio(const nsr_found *found, const nsr_comm *comm, char reason[NSR_REASON]) {
    const char *storage = found->field.storage;
    if (nsr_comm_mpi(comm) == MPI_COMM_NULL) {
        snprintf(reason, NSR_REASON, "there is no MPI here; start the program with mpirun");
        return false;
    }
    if (strcmp(storage, "virtual") == 0 || strcmp(storage, "external") == 0) {
        snprintf(reason, NSR_REASON, "parallel HDF5 cannot read %s storage; leave --io away", storage);
        return false;
    }
    snprintf(reason, NSR_REASON, "as asked for, by %d rank%s%s", nsr_ranks(comm), nsr_ranks(comm) == 1 ? "" : "s",
             collective(found) ? "" : "; chunks are read independently");
    return true;
}

/* A rank that missed the collective open would leave the others waiting, so ranks first agree on everything that may
   fail on a single rank. */
static bool open_file(nsr_source *source, const nsr_comm *comm, nsr_err *err) {
    const char *name = source->found.field.file;
    hid_t fapl = nsr_h5_access(err);
    if (fapl >= 0 && H5Pset_fapl_mpio(fapl, nsr_comm_mpi(comm), MPI_INFO_NULL) < 0)
        nsr_h5_fail(err, NSR_EINTERNAL, "HDF5 gives no access through MPI");
    if (access(name, R_OK) != 0) nsr_fail(err, NSR_ENOINPUT, "%s: cannot be read: %s", name, strerror(errno));
    if (nsr_agree(comm, err)) source->file = nsr_h5_open(name, fapl, err);
    nsr_h5_close(fapl);
    return nsr_agree(comm, err);
}

static bool open_mpio(nsr_source *source, const nsr_comm *comm, nsr_err *err) {
    if (!open_file(source, comm, err)) return false;
    nsr_h5_open_field(source, err);
    source->transfer = H5Pcreate(H5P_DATASET_XFER);
    H5FD_mpio_xfer_t mode = collective(&source->found) ? H5FD_MPIO_COLLECTIVE : H5FD_MPIO_INDEPENDENT;
    /* Every rank reads its own part of a collective read: an aggregator whose read fails would leave the others waiting
       inside Open MPI, and large disjoint parts gain nothing from aggregation. */
    if (source->transfer < 0 || H5Pset_dxpl_mpio(source->transfer, mode) < 0 ||
        (mode == H5FD_MPIO_COLLECTIVE &&
         H5Pset_dxpl_mpio_collective_opt(source->transfer, H5FD_MPIO_INDIVIDUAL_IO) < 0))
        return nsr_h5_fail(err, NSR_EINTERNAL, "HDF5 gives no collective reading");
    nsr_warn(
        "io mpio: Open MPI 4 takes a disk that fails for the end of the file, and HDF5 fills the rest with zeros; io "
        "direct and hdf5 report it");
    return nsr_good(err);
}

static bool read_one(nsr_reader *reader, nsr_slab slab, void *values, nsr_err *err) {
    return nsr_h5_read_slab(reader, slab, H5P_DEFAULT, values, err);
}

static bool read_together(nsr_reader *reader, nsr_slab slab, void *values, nsr_err *err) {
    if (slab.n == 0 && !collective(&reader->source->found)) return true;
    return nsr_h5_read_slab(reader, slab, reader->source->transfer, values, err);
}

const nsr_way nsr_way_mpio = {.name = "mpio",
                              .fits = fits_mpio,
                              .open = open_mpio,
                              .read = read_one,
                              .read_all = read_together,
                              .reader_close = nsr_h5_reader_close};
