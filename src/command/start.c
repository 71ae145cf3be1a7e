/* SPDX-License-Identifier: MIT */
/* What the libraries need before MPI starts. */
#include "base/h5.h"

#include <nsrender/command.h>
#include <stdlib.h>

/* Beside the file that names them. HDF5 would look for those of sources of a virtual dataset in the working directory,
   and takes no property for them. */
static void place_raw_files(void) {
    const char *asked = getenv("HDF5_EXTFILE_PREFIX");
    if (!asked || !*asked) setenv("HDF5_EXTFILE_PREFIX", "${ORIGIN}", 1);
}

void nsr_command_start(bool mpi) {
    place_raw_files();
    nsr_h5_never_end(mpi);
}
