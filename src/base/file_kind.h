/* SPDX-License-Identifier: MIT */
/* What a file is that is not HDF5, by its first bytes, and how to turn it into HDF5. */
#ifndef NSR_BASE_FILE_KIND_H
#define NSR_BASE_FILE_KIND_H

#include <stdbool.h>
#include <stddef.h>

/* Completes "FILE: " for a file, folder or address that cannot be opened as HDF5: what it is, and a remedy. False:
   nothing is known of it; `text` is then empty. Local. */
bool nsr_file_kind(const char *file, char *text, size_t size);

#endif
