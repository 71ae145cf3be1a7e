/* SPDX-License-Identifier: MIT */
/* A file of the bundle that all ranks write together, each its slice, under a temporary name that the root creates and
   renames. Private to src/sink. */
#ifndef NSR_SINK_SHARED_FILE_H
#define NSR_SINK_SHARED_FILE_H

#include "file_slice.h"

#include <nsrender/comm.h>

typedef struct nsr_shared_file {
    nsr_file file; /* the root's */
    char path[NSR_PATH], temp[NSR_PATH];
    nsr_file_slice slice; /* of this rank, once it is open; its fd is -1 else */
} nsr_shared_file;

/* A file that is not there yet; drop is allowed from here on. */
void nsr_shared_file_init(nsr_shared_file *shared);
/* Collective: the root creates the temporary file of `name` in `dir`. All ranks fail when it cannot. */
bool nsr_shared_file_create(nsr_shared_file *shared, const nsr_comm *comm, const char *dir, const char *name,
                            const char *run, nsr_err *err);
/* Local: opens the file for this rank's slice of about `bytes` bytes, which all ranks must give alike. */
bool nsr_shared_file_open(nsr_shared_file *shared, const nsr_comm *comm, int64_t bytes, nsr_err *err);
/* Local: closes this rank's slice, so that other nodes see it. Also allowed when it is not open. */
bool nsr_shared_file_leave(nsr_shared_file *shared, nsr_err *err);
/* Root only, after all ranks have left: gives the file its name. */
bool nsr_shared_file_commit(nsr_shared_file *shared, nsr_err *err);
/* Local: closes, and removes what was not committed. */
void nsr_shared_file_drop(nsr_shared_file *shared);

#endif
