/* SPDX-License-Identifier: MIT */
/* open_in_napari.py, the script in each bundle that shows it in napari. Private to src/sink. */
#ifndef NSR_SINK_LAUNCHER_H
#define NSR_SINK_LAUNCHER_H

#include <nsrender/sink.h>

/* The text of src/sink/open_in_napari.py, embedded by cmake/Embed.cmake. */
extern const unsigned char nsr_open_in_napari[];
extern const size_t nsr_open_in_napari_size;

/* Writes the script into the bundle, with napari.json (what it needs to know) and, where positions are known,
   position.npy; adds them to `files`. Local. */
bool nsr_launcher_write(const nsr_job *job, nsr_files *files, nsr_err *err);

#endif
