/* SPDX-License-Identifier: MIT */
/* One frame to the bytes of a PNG file, in memory that is reused from frame to frame. Private to src/sink. */
#ifndef NSR_SINK_PNG_FRAME_H
#define NSR_SINK_PNG_FRAME_H

#include <nsrender/picture.h>

typedef struct png_frame {
    const nsr_picture *picture;
    const nsr_palette *palette;
    bool margins;             /* the picture has pixels outside the map */
    unsigned char *bytes;     /* the file, after nsr_png_frame_encode */
    size_t size, capacity;
    unsigned char *row;       /* of the picture: palette indices or RGB */
    int16_t index[NSR_N_LEVELS]; /* in the frame's palette; -1 where the frame has no such level */
    int n_colors;
    char message[200];        /* libpng's, when it failed */
} png_frame;

/* Close is allowed after a failed open and on zeroed memory. */
bool nsr_png_frame_open(png_frame *frame, const nsr_picture *picture, const nsr_palette *palette, nsr_err *err);
/* levels: map.w x map.h. */
bool nsr_png_frame_encode(png_frame *frame, const uint16_t *levels, nsr_err *err);
void nsr_png_frame_close(png_frame *frame);

#endif
