/* SPDX-License-Identifier: MIT */
/* Pictures of cairo as durable files. Private to src/raster. */
#ifndef NSR_RASTER_SURFACE_H
#define NSR_RASTER_SURFACE_H

#include <cairo/cairo.h>
#include <nsrender/file.h>

/* Writes the surface as a PNG. `run` marks the temporary file. */
bool nsr_surface_save(cairo_surface_t *surface, const char *path, const char *run, nsr_err *err);

#endif
