/* SPDX-License-Identifier: MIT */
#ifndef NSR_BUNDLE_SEVERAL_FOLDERS_H
#define NSR_BUNDLE_SEVERAL_FOLDERS_H

#include <nsrender/comm.h>
#include <nsrender/file.h>

typedef struct nsr_folders {
    int n; /* 0: the bundle has one field, and no folders */
    char (*path)[NSR_PATH];
} nsr_folders;

/* Fills the paths of all folders of fields that the plan of a bundle names; a missing plan names none. NSR_EDATA where
   a name leads out of the bundle. The caller frees folders->path, also after a failure. Collective. */
bool nsr_several_folders(nsr_folders *folders, const char *dir, const nsr_comm *comm, nsr_err *err);

#endif
