/* SPDX-License-Identifier: MIT */
/* Options of the result: which outputs, where, and how an existing bundle is treated. */
#include <nsrender/sink.h>

static const char *const on_error_words[] = {"stop", "fill", NULL};
static const char *const check_words[] = {"size", "hash", NULL};

/* The names of the sinks, so that a new sink needs no line here. */
static const char *sink_name(size_t i) { return nsr_sinks[i] ? nsr_sinks[i]->name : NULL; }

#define AT(field) NSR_AT(nsr_config, output.field)

enum { GO_ON = NSR_CMD_RUN | NSR_CMD_RESUME, FINISH = GO_ON | NSR_CMD_JOIN };

static const nsr_opt rows[] = {
    {"output", "BUNDLE", "The bundle: the directory of the result, usually NAME.nsr",
     .commands = NSR_CMD_RUN | NSR_CMD_RANGE, AT(dir)},
    {"output", "FILE", "The picture to write, a PNG", .commands = NSR_CMD_LAYOUT, AT(dir)},
    {"format", "LIST", "Outputs, separated by commas; not given: zarr; zarr includes overview and summary",
     .choice = sink_name, .choice_list = true, .commands = NSR_CMD_RUN, AT(format)},
    {"replace", .help = "Move an existing bundle of that name to NAME.old and start from nothing",
     .commands = NSR_CMD_RUN, AT(replace)},
    {"take-over", .help = "Continue although another run has locked the bundle", .commands = FINISH | NSR_CMD_RANGE,
     AT(take_over)},
    {"max-files", "N", "Refuse to write more files than this", "20000", .min = 1, .max = 1e12, .commands = GO_ON,
     AT(max_files)},
    {"max-video", "HOURS", "Refuse to make a longer video than this", "12", .min = 0.001, .max = 1e6, .commands = GO_ON,
     AT(max_video)},
    {"segment-frames", "N",
     "Frames of a segment, which is written and checked as a whole; not given: so many that there are 256 segments "
     "or more, of at most 64 MB",
     .min = 1, .max = 1e6, .commands = NSR_CMD_RUN | NSR_CMD_RANGE, .changes = NSR_CHANGES_PLAN, AT(segment_frames)},
    {"share", "K/N",
     "Render only the K-th of N shares of the segments, in one of N jobs; join then completes the outputs",
     .commands = GO_ON, AT(share)},
    {"on-error", "WHAT", "If frames cannot be read: leave the outputs unfinished, or draw these frames as no data",
     "stop", .choices = on_error_words, .commands = FINISH | NSR_CMD_RANGE, .changes = NSR_CHANGES_PLAN, AT(on_error)},
    {"check", "HOW", "How finished parts are checked before they are used again: by their size or by their contents",
     "size", .choices = check_words, .commands = FINISH, AT(check)},
    {"against", "INPUT", "Also check that the bundle was made from this input", .commands = NSR_CMD_VERIFY,
     AT(against)},
};

const nsr_opt_table nsr_output_options = {"Output options", rows, NSR_COUNTOF(rows)};
