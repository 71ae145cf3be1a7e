/* SPDX-License-Identifier: MIT */
/* Options of the picture: colours, size, view. */
#include <nsrender/config.h>

static const char *const rotate_words[] = {"0", "90", "180", "270", NULL};
static const char *const flip_words[] = {"x", "y", NULL};

#define AT(field) NSR_AT(nsr_config, show.field), .changes = NSR_CHANGES_PICTURE
#define GEOMETRY(field) NSR_AT(nsr_config, show.field), .changes = NSR_CHANGES_PICTURE | NSR_CHANGES_GEOMETRY

static const nsr_opt rows[] = {
    {"cmap", "NAME", "Colormap: a name from matplotlib, also with _r, or a file of 256 rows of red, green and blue",
     "viridis", .commands = NSR_CMD_RUN, AT(cmap)},
    {"nodata-color", "COLOR", "Colour of bins without data", "lightgray", .commands = NSR_CMD_PICTURE,
     AT(nodata_color)},
    {"background", "COLOR", "Colour where there is no bin", "white", .commands = NSR_CMD_PICTURE, AT(background)},
    {"size", "WxH", "Size of the picture in pixels; auto: whole pixels per bin, the longer side at most 800", "auto",
     .commands = NSR_CMD_PICTURE, AT(size)},
    {"view", "X0,X1,Y0,Y1", "Part of the arena to show, in data units; not given: all of it",
     .commands = NSR_CMD_PICTURE, GEOMETRY(view)},
    {"rotate", "DEGREES", "Turn the picture counter-clockwise", "0", .choices = rotate_words,
     .commands = NSR_CMD_PICTURE, GEOMETRY(rotate)},
    {"flip", "AXIS", "Mirror the picture along an axis", .choices = flip_words, .commands = NSR_CMD_PICTURE,
     GEOMETRY(flip)},
    {"unroll", .help = "Draw a track as a straight line, or a polar grid as a rectangle", .commands = NSR_CMD_PICTURE,
     GEOMETRY(unroll)},
    {"rings", .help = "Draw a polar grid as ring sectors around the animal", .commands = NSR_CMD_PICTURE,
     GEOMETRY(rings)},
    {"track-width", "W", "Width of a track in data units; not given: from the length of its bins", .min = 1e-12,
     .max = 1e12, .commands = NSR_CMD_PICTURE, GEOMETRY(track_width)},
};

const nsr_opt_table nsr_field_options = {"Picture options", rows, NSR_COUNTOF(rows)};
