/* SPDX-License-Identifier: MIT */
/* Options of the stacks: their type, compression and size. */
#include <nsrender/config.h>

static const char *const dtype_words[] = {"u8", "u16", "f32", NULL};
static const char *const codec_words[] = {"lz4", "zstd", "none", NULL};

#define AT(field) NSR_AT(nsr_config, zarr.field), .commands = NSR_CMD_RUN, .changes = NSR_CHANGES_ZARR

static const nsr_opt rows[] = {
    {"zarr-dtype", "TYPE", "Type of the stacks: quantised values (u8, u16), or values (f32)", "u16",
     .choices = dtype_words, AT(dtype)},
    {"zarr-codec", "NAME", "Compression: lz4 is fast, zstd gives small files, none allows memory mapping", "lz4",
     .choices = codec_words, AT(codec)},
    {"chunk-frames", "N", "Frames per chunk; not given: from the cost of a step in viewers", .min = 1, .max = 1e6,
     AT(chunk_frames)},
    {"zarr-scale", "N", "Pixels per bin along each side in stacks of a uniform grid", "1", .min = 1, .max = 64,
     AT(scale)},
    {"zarr-size", "WxH",
     "Largest size of stacks of other layouts; auto: about 6 pixels per bin, 256 to 1024 along "
     "the longer side",
     "auto", AT(size)},
};

const nsr_opt_table nsr_zarr_options = {"Stack options", rows, NSR_COUNTOF(rows)};
