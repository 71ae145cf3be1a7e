/* SPDX-License-Identifier: MIT */
/* Bundles of several fields. */
#ifndef NSR_COMMAND_SEVERAL_H
#define NSR_COMMAND_SEVERAL_H

#include "stages/run.h"

/* The folders of the fields of a bundle; 0 for a bundle of one field. Local. */
int nsr_several_folders(const char *dir, char folder[][NSR_PATH], int most);

#endif
