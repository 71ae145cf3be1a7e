/* SPDX-License-Identifier: MIT */
/* What the libraries need before MPI starts. */
#include "base/h5.h"

#include <nsrender/command.h>

void nsr_command_start(bool mpi) { nsr_h5_never_end(mpi); }
