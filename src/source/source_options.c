/* SPDX-License-Identifier: MIT */
/* Options that select a part of the input and the way of reading it. */
#include <nsrender/config.h>

static const char *const axes_words[] = {"tyx", "txy", "yxt", "xyt", "tb", "bt", NULL};
static const char *const origin_words[] = {"upper", "lower", NULL};
static const char *const clock_words[] = {"session", "file", NULL};
static const char *const io_words[] = {"auto", "direct", "hdf5", "mpio", NULL};

#define AT(field) NSR_AT(nsr_config, input_as.field)

enum { SELECTING = NSR_CMD_RUN | NSR_CMD_RANGE };

static const nsr_opt rows[] = {
    {"field", "NAME", "Dataset to show: its path, or the last part of the path if that is unique",
     .commands = NSR_CMD_READ, .changes = NSR_CHANGES_PLAN, AT(field)},
    {"environment", "FILE[:PATH]", "Geometry of the bins; not given: that of the input", .commands = NSR_CMD_READ,
     .changes = NSR_CHANGES_NOTHING,
     AT(environment)}, /* the path of a file changes no byte of the output; its contents are hashed */
    {"grid", "AxB", "Shape of the grid of the bins, which are in C order (the last axis fastest)",
     .commands = NSR_CMD_READ, .changes = NSR_CHANGES_PICTURE | NSR_CHANGES_GEOMETRY, AT(grid)},
    {"axes", "ORDER",
     "Order of the axes of a field without coordinates (t: frames, b: bins); not given: by dimension names, else frames"
     " first unless only frames last fits, and tyx",
     .choices = axes_words, .commands = NSR_CMD_READ, .changes = NSR_CHANGES_PLAN | NSR_CHANGES_GEOMETRY, AT(axes)},
    {"origin", "SIDE",
     "Side on which row 0 of a field without coordinates is drawn; not given: upper, or the side that fits the "
     "environment",
     .choices = origin_words, .commands = NSR_CMD_READ, .changes = NSR_CHANGES_PICTURE | NSR_CHANGES_GEOMETRY,
     AT(origin)},
    {"state", "NAME|INDEX|sum", "State (of an NWB series: channel) to show, or their sum; not given: sum of states",
     .commands = NSR_CMD_READ, .changes = NSR_CHANGES_PLAN, AT(state)},
    {"slice", "AXIS=VALUE|max", "Shown part of a 3-D grid: the slice at a coordinate (z=12.5), or the maximum along z",
     .commands = NSR_CMD_READ, .changes = NSR_CHANGES_PLAN, AT(slice)},
    {"times-from", "NAME", "Dataset with the time of each frame in seconds; not given: the times of the field",
     .commands = NSR_CMD_READ, .changes = NSR_CHANGES_PLAN, AT(times_from)},
    {"sampling-rate", "HZ", "Frames per second of a recording without times", .min = 1e-9, .max = 1e9,
     .commands = NSR_CMD_READ, .changes = NSR_CHANGES_PLAN, AT(sampling_rate)},
    {"frames", "A:B[:S]", "Use only frames A to B-1, every S-th; A and B may be left out", .commands = SELECTING,
     .changes = NSR_CHANGES_PLAN, AT(frames)},
    {"time", "T0:T1", "Use only frames between these times in seconds; either may be left out", .commands = SELECTING,
     .changes = NSR_CHANGES_PLAN, AT(time)},
    {"clock", "CLOCK", "Zero of --time: the first frame (session), or zero of the times in the file", "session",
     .choices = clock_words, .commands = SELECTING, .changes = NSR_CHANGES_PLAN, AT(clock)},
    {"io", "WAY", "Way of reading the input; it does not change the values", "auto", .choices = io_words,
     .commands = NSR_CMD_ALL, .changes = NSR_CHANGES_NOTHING, AT(io)},
};

const nsr_opt_table nsr_source_options = {"Input options", rows, NSR_COUNTOF(rows)};
