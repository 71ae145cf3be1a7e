/* SPDX-License-Identifier: MIT */
/* Options of `synth`. */
#include <nsrender/config.h>

static const char *const dtype_words[] = {"f4", "f8", NULL};
static const char *const storage_words[] = {"contiguous", "gzip", NULL};
static const char *const order_words[] = {"little", "big", NULL};

#define AT(field) NSR_AT(nsr_config, synth.field), .commands = NSR_CMD_SYNTH, .changes = NSR_CHANGES_NOTHING

static const nsr_opt rows[] = {
    {"frames", "N", "Number of frames", "10000", .min = 1, .max = 1e12, AT(frames)},
    {"grid", "AxB", "Rows and columns of bins (y, x)", "40x40", AT(grid)},
    {"seed", "N", "Seed; another number gives another recording", "1", .min = 0, .max = 9e15, AT(seed)},
    {"sampling-rate", "HZ", "Frames per second", "30", .min = 1e-6, .max = 1e6, AT(sampling_rate)},
    {"nan-share", "P", "Share of frames in gaps without data", "0.001", .min = 0, .max = 1, AT(nan_share)},
    {"dtype", "TYPE", "Stored type: floats of 4 or 8 bytes", "f4", .choices = dtype_words, AT(dtype)},
    {"order", "ORDER", "Byte order of the stored type", "little", .choices = order_words, AT(order)},
    {"storage", "HOW", "Layout in the file; gzip: chunked, with shuffle", "contiguous", .choices = storage_words,
     AT(storage)},
    {"chunk-frames", "N", "Frames per chunk", "128", .min = 1, .max = 1e6, AT(chunk_frames)},
    {"gzip-level", "N", "Effort of the compression", "1", .min = 0, .max = 9, AT(gzip_level)},
    {"flat", .help = "Store frames as rows of bins instead of pictures", AT(flat)},
};

const nsr_opt_table nsr_synth_options = {"Recording options", rows, NSR_COUNTOF(rows)};
