/* SPDX-License-Identifier: MIT */
/* Options of the video: its clock and its encoder. */
#include <nsrender/config.h>

static const char *const resample_words[] = {"mean", "max", "nearest", NULL};
static const char *const codec_words[] = {"libx264", NULL};
static const char *const preset_words[] = {"ultrafast", "superfast", "veryfast", "faster",   "fast",
                                           "medium",    "slow",      "slower",   "veryslow", NULL};

#define AT(field) NSR_AT(nsr_config, video.field), .commands = NSR_CMD_RUN, .changes = NSR_CHANGES_VIDEO

static const nsr_opt rows[] = {
    {"fps", "N", "Frames per second of the video", "30", .min = 1, .max = 1000, AT(fps)},
    {"speed", "X", "Seconds of the recording that one second of the video shows", "1", .min = 1e-6, .max = 1e6,
     AT(speed)},
    {"resample", "HOW", "How several data frames are combined into one video frame", "mean", .choices = resample_words,
     AT(resample)},
    {"every-frame", .help = "Show each data frame in one video frame, and ignore the times", AT(every_frame)},
    {"video-codec", "NAME", "Encoder", "libx264", .choices = codec_words, AT(codec)},
    {"crf", "N", "Constant quality; lower values give better and larger videos", "18", .min = 0, .max = 51, AT(crf)},
    {"preset", "NAME", "Effort of the encoder; slower presets give smaller files", "ultrafast", .choices = preset_words,
     AT(preset)},
};

const nsr_opt_table nsr_video_options = {"Video options", rows, NSR_COUNTOF(rows)};
