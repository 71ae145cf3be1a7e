/* SPDX-License-Identifier: MIT */
/* A user's colormap from a text file. Private to src/field. */
#ifndef NSR_FIELD_COLORMAP_FILE_H
#define NSR_FIELD_COLORMAP_FILE_H

#include <nsrender/field.h>

/* Reads 256 rows "r g b": whole numbers 0..255, or reals 0..1 (when no number is above 1), separated by commas or
   blanks; '#' begins a comment. NSR_ENOINPUT when there is no such file; NSR_EDATA, with the line, when it has another
   form. */
bool nsr_colormap_read(nsr_rgb colors[256], const char *path, nsr_err *err);

#endif
