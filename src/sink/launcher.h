/* SPDX-License-Identifier: MIT */
/* open_in_napari.py, the generated program that shows a bundle. Private to src/sink. */
#ifndef NSR_SINK_LAUNCHER_H
#define NSR_SINK_LAUNCHER_H

#include <nsrender/sink.h>

/* The text of src/sink/open_in_napari.py, by cmake/Embed.cmake. */
extern const unsigned char nsr_open_in_napari[];
extern const size_t nsr_open_in_napari_size;

/* Writes it into the bundle, with napari.json (what it must know) and position.npy (where the animal was), and adds
   them to the files. Local. */
bool nsr_launcher_write(const nsr_job *job, nsr_files *files, nsr_err *err);

#endif
