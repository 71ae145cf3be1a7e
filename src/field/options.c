/* SPDX-License-Identifier: MIT */
/* Options that say how values look: limits of the display, colours, size of the picture. */
#include <nsrender/config.h>

#define AT(field) NSR_AT(nsr_config, show.field), .changes = NSR_CHANGES_PICTURE

static const nsr_opt rows[] = {
    {"vmin", "X", "Value of the first colour; not given: the smallest finite value",
     .commands = NSR_CMD_RUN | NSR_CMD_RANGE, AT(vmin)},
    {"vmax", "X", "Value of the last colour; not given: the largest finite value",
     .commands = NSR_CMD_RUN | NSR_CMD_RANGE, AT(vmax)},
    {"cmap", "NAME", "Colormap: a name of matplotlib's, also with _r, or a file of 256 rows of red, green and blue",
     "viridis", .commands = NSR_CMD_RUN, AT(cmap)},
    {"nodata-color", "COLOR", "Colour of bins without data", "lightgray", .commands = NSR_CMD_RUN, AT(nodata_color)},
    {"background", "COLOR", "Colour where there is no bin", "white", .commands = NSR_CMD_RUN, AT(background)},
    {"size", "WxH", "Size of the picture in pixels; auto: whole pixels a bin, the longer side at most 800", "auto",
     .commands = NSR_CMD_RUN, AT(size)},
};

const nsr_opt_table nsr_field_options = {"Picture options", rows, NSR_COUNTOF(rows)};
