/* SPDX-License-Identifier: MIT */
/* Private to src/raster. */
#ifndef NSR_RASTER_SURFACE_H
#define NSR_RASTER_SURFACE_H

#include <cairo/cairo.h>
#include <nsrender/err.h>

/* `run` marks the temporary file. */
bool nsr_surface_save(cairo_surface_t *surface, const char *path, const char *run, nsr_err *err);

#endif
