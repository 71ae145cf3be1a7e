/* SPDX-License-Identifier: MIT */
/* Frames that pandas has written to HDF5. Functions are local. */
#ifndef NSR_SOURCE_FORMAT_PANDAS_H
#define NSR_SOURCE_FORMAT_PANDAS_H

#include "source/dataset/dataset.h"

/* Makes the index of the frame whose values are the field the times. False: there is none, or it only numbers rows. */
bool nsr_pandas_times(nsr_found *found, hid_t file);
/* nsr_format.advise of plain HDF5: a frame that is stored as a table has to be written in another way. */
bool nsr_pandas_advise(const nsr_found *found, hid_t file, nsr_err *err);
/* Is it an index that PyTables keeps beside a table? */
bool nsr_pandas_is_index(const char *path);

/* --- pandas_blocks.c --- */
enum { NSR_PANDAS_COLUMNS = 260 };
/* "columns a, b, c and 9 more" of the block whose values are at `path`. False, and "": they have no names, or it is no
   block. */
bool nsr_pandas_columns(hid_t file, const char *path, char text[NSR_PANDAS_COLUMNS]);
/* NSR_EDATA, which lists the blocks: `path` is one of several blocks of numbers of its frame. */
bool nsr_pandas_single(hid_t file, const char *file_name, const char *path, nsr_err *err);

#endif
