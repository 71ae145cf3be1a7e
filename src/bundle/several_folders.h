/* SPDX-License-Identifier: MIT */
#ifndef NSR_BUNDLE_SEVERAL_FOLDERS_H
#define NSR_BUNDLE_SEVERAL_FOLDERS_H

#include <nsrender/file.h>

/* Fills at most `most` paths of the fields' folders and returns their number; 0 for a bundle of one field. Local. */
int nsr_several_folders(const char *dir, char folder[][NSR_PATH], int most);

#endif
