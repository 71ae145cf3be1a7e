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
    {"percentile", "LO,HI", "Percentiles that are the first and the last colour, exact; range takes any list, or none",
     LIMITS(percentile)},
    {"limits", "HOW", "One of minmax; distribution: logarithmic, from 1/(10 bins); or a file that range --json made",
     LIMITS(limits)},
    {"sample", "[N]", "Take the limits from N (10000) frames drawn by chance: an estimate, of percentiles 1,99 unless "
     "given", .bare = "10000", .min = 1, .max = 1e12, LIMITS(sample)},
    {"seed", "S", "What --sample draws by: the frames of numpy.random.default_rng(S).choice", "0", .min = 0,
     .max = 9e15, LIMITS(seed)},
    {"range-stride", "N", "Take the limits from every Nth frame: an estimate; auto: some 50,000 of more than 200,000",
     LIMITS(range_stride)},
    {"range-mode", "HOW", "Colour range of several fields: one for all, or each its own", "shared",
     .choices = mode_words, RENDER(range_mode)},
    {"norm", "NAME", "From values to colours, as matplotlib's norm of that name", "linear", .choices = norm_words,
     COLORS(norm)},
    {"gamma", "X", "Exponent of --norm power", .min = 1e-6, .max = 1e6, COLORS(gamma)},
    {"linthresh", "X", "Where --norm symlog begins to be logarithmic", .min = 1e-300, .max = 1e300,
     COLORS(linthresh)},
    {"linscale", "X", "Decades that the linear part of --norm symlog takes on each side", "1", .min = 1e-6, .max = 1e6,
     COLORS(linscale)},
    {"base", "X", "Base of --norm symlog", "10", .min = 1.000001, .max = 1e6, COLORS(base)},
    {"under", "COLOR", "Colour of values below the limits; not given: the first of the colormap", RENDER(under)},
    {"over", "COLOR", "Colour of values above the limits; not given: the last of the colormap", RENDER(over)},
    {"histogram", "FILE", "Draw how values spread, with the limits (FILE.png), or write the counts (FILE.csv)",
     .commands = NSR_CMD_RANGE, NSR_AT(nsr_config, show.histogram)},
};

const nsr_opt_table nsr_range_options = {"Range options", rows, NSR_COUNTOF(rows)};
