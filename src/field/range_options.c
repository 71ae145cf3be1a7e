/* SPDX-License-Identifier: MIT */
/* Options of the colour limits and the norm. */
#include <nsrender/config.h>

static const char *const mode_words[] = {"shared", "each", NULL};
static const char *const norm_words[] = {"linear", "log", "symlog", "power", NULL};

/* A bundle records the limits as values, and everything else between a value and its colour by these options. */
#define AT(field) .changes = NSR_CHANGES_PICTURE, NSR_AT(nsr_config, show.field)
#define LIMITS(field) .commands = BOTH, .changes = NSR_CHANGES_LIMITS, NSR_AT(nsr_config, show.field)
#define COLORS(field) .commands = BOTH, AT(field)
#define RENDER(field) .commands = NSR_CMD_RUN, AT(field)
enum { BOTH = NSR_CMD_RUN | NSR_CMD_RANGE };

static const nsr_opt rows[] = {
    {"vmin", "X", "Value of the first colour; not given: the smallest finite value", COLORS(vmin)},
    {"vmax", "X", "Value of the last colour; not given: the largest finite value", COLORS(vmax)},
    {"percentile", "LO,HI", "Exact percentiles of the first and the last colour; range accepts any list, or none",
     LIMITS(percentile)},
    {"limits", "HOW",
     "Rule for the limits: minmax, distribution (logarithmic, from 1/(10 bins)), or a file with the output of range "
     "--json",
     LIMITS(limits)},
    {"sample", "[N]",
     "Estimate the limits from N (10000) frames chosen at random; without --percentile: percentiles 1,99",
     .bare = "10000", .min = 1, .max = 1e12, LIMITS(sample)},
    {"seed", "S", "Seed of --sample, which chooses the frames of numpy.random.default_rng(S).choice", "0", .min = 0,
     .max = 9e15, LIMITS(seed)},
    {"range-stride", "N", "Estimate the limits from every Nth frame; auto: about 50,000 frames of more than 200,000",
     LIMITS(range_stride)},
    {"range-mode", "HOW", "Colour limits of several fields: the same for all, or separate ones for each", "shared",
     .choices = mode_words, RENDER(range_mode)},
    {"norm", "NAME", "Norm that turns values into colours, as in matplotlib", "linear", .choices = norm_words,
     COLORS(norm)},
    {"gamma", "X", "Exponent of --norm power", .min = 1e-6, .max = 1e6, COLORS(gamma)},
    {"linthresh", "X", "Value at which --norm symlog becomes logarithmic", .min = 1e-300, .max = 1e300,
     COLORS(linthresh)},
    {"linscale", "X", "Width in decades of the linear part of --norm symlog on each side", "1", .min = 1e-6, .max = 1e6,
     COLORS(linscale)},
    {"base", "X", "Base of --norm symlog", "10", .min = 1.000001, .max = 1e6, COLORS(base)},
    {"under", "COLOR", "Colour of values below the limits; not given: the first of the colormap", RENDER(under)},
    {"over", "COLOR", "Colour of values above the limits; not given: the last of the colormap", RENDER(over)},
    {"histogram", "FILE", "Draw the histogram of the values with the limits (FILE.png), or write its counts (FILE.csv)",
     .commands = NSR_CMD_RANGE, NSR_AT(nsr_config, show.histogram)},
};

const nsr_opt_table nsr_range_options = {"Range options", rows, NSR_COUNTOF(rows)};
