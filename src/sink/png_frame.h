/* SPDX-License-Identifier: MIT */
/* Encodes frames as PNG files in memory, which is reused from frame to frame. All calls are local. Private to src/sink.
 */
#ifndef NSR_SINK_PNG_FRAME_H
#define NSR_SINK_PNG_FRAME_H

#include <nsrender/picture.h>
#include <png.h>
#include <zlib.h>

typedef struct png_frame {
    const nsr_picture *picture;
    const nsr_palette *palette;
    bool margins;                /* the picture has pixels outside the map */
    unsigned char *bytes;        /* the file, after nsr_png_frame_encode */
    size_t size, capacity;
    bool used[NSR_N_LEVELS];     /* by the frame */
    uint8_t index[NSR_N_LEVELS]; /* in the frame's palette, of levels that are used */
    int n_colors;
    size_t row_bytes;            /* of the current frame: 1 byte per pixel, or 3 */
    unsigned char *row, *above;  /* pixels of this row of the picture and of the one above */
    unsigned char *filtered;     /* a row as it goes to zlib: the filter's number and differences */
    unsigned char *repeats;      /* REPEATS such rows that equal the row above them */
    unsigned char *stream;       /* what zlib makes of them, a chunk at a time */
    z_stream zlib;
    bool zlib_open;
    png_structp png;             /* while a frame is encoded */
    char message[200];           /* libpng's or zlib's, when it failed */
} png_frame;

/* `picture` and `palette` must outlive the frame. False when memory runs out. Close is allowed after a failed open and
   on zeroed memory. */
bool nsr_png_frame_open(png_frame *frame, const nsr_picture *picture, const nsr_palette *palette, nsr_err *err);
/* Encodes map.h x map.w levels into frame->bytes, frame->size bytes long. NSR_EINTERNAL when libpng or zlib fails. */
bool nsr_png_frame_encode(png_frame *frame, const uint16_t *levels, nsr_err *err);
void nsr_png_frame_close(png_frame *frame);

#endif
