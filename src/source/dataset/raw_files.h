/* SPDX-License-Identifier: MIT */
/* The files that hold the values of a dataset: its own, and external raw files, whose names are relative to what
   HDF5_EXTFILE_PREFIX names, which is the folder of its own file by default (nsr_command_start). Every function is
   local. */
#ifndef NSR_SOURCE_DATASET_RAW_FILES_H
#define NSR_SOURCE_DATASET_RAW_FILES_H

#include "base/h5.h"

#include "source/stamps.h"

#include <nsrender/file.h>

/* Fills `path` with the first external raw file of a dataset of `file` that is missing, cut short or cannot be read;
   "": there is none. NSR_EDATA: they are not named. */
bool nsr_raw_unusable(char path[NSR_PATH], const char *file, hid_t dataset, nsr_err *err);
/* Adds the files of a dataset. */
bool nsr_stamp_dataset(nsr_stamps *stamps, hid_t dataset, nsr_err *err);

#endif
