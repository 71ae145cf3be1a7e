/* SPDX-License-Identifier: MIT */
/* Writes the PNG that cairo encodes through nsr_file. */
#include "surface.h"

typedef struct output { nsr_file *file; nsr_err *err; } output;

static cairo_status_t append(void *user, const unsigned char *data, unsigned bytes) {
    output *out = user;
    return nsr_file_write(out->file, data, bytes, out->err) ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

bool nsr_surface_save(cairo_surface_t *surface, const char *path, const char *run, nsr_err *err) {
    nsr_file file;
    if (!nsr_file_create(&file, path, run, err)) return false;
    cairo_status_t status = cairo_surface_write_to_png_stream(surface, append, &(output){&file, err});
    if (status) nsr_fail(err, NSR_EINTERNAL, "%s: cairo: %s", path, cairo_status_to_string(status));
    bool good = nsr_good(err) && nsr_file_commit(&file, NULL, err);
    if (!good) nsr_file_drop(&file);
    return good;
}
