/* SPDX-License-Identifier: MIT */
/* Options: one table per module, beside the code that it configures. Parsing, --help, the man page, shell completion,
   the options that a bundle stores and the digests of outputs all come from the rows. */
#ifndef NSRENDER_OPTION_H
#define NSRENDER_OPTION_H

#include <nsrender/err.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Values of several numbers. All zeros mean "not given", unless a comment states otherwise. */
typedef struct nsr_bytes {
    int64_t n;
} nsr_bytes; /* 64M, 1.5G, 1000 */
typedef struct nsr_list {
    int n;
    const char *item[16];
} nsr_list; /* a,b,c and repeated options */
typedef struct nsr_size {
    int w, h;
} nsr_size; /* 800x600; auto = 0x0 */
typedef struct nsr_frames {
    int64_t first, end, step;
    bool given, open_end;
} nsr_frames; /* A:B[:S], ends may be open */
typedef struct nsr_seconds {
    double first, end;
    bool given;
} nsr_seconds; /* T0:T1; open ends -+infinity */
typedef struct nsr_share {
    int k, n;
} nsr_share; /* 3/16: 1 <= k <= n */
typedef struct nsr_duration {
    double seconds;
} nsr_duration; /* 01:30:00, 1-12:00:00, 90:00 */

typedef enum nsr_opt_type {
    NSR_OPT_FLAG,
    NSR_OPT_INT,
    NSR_OPT_REAL,
    NSR_OPT_TEXT,
    NSR_OPT_BYTES,
    NSR_OPT_LIST,
    NSR_OPT_SIZE,
    NSR_OPT_FRAMES,
    NSR_OPT_SECONDS,
    NSR_OPT_SHARE,
    NSR_OPT_DURATION
} nsr_opt_type;

/* Classes of results that a row changes. A sink lists in `changed_by` the classes that change its bytes. */
enum {
    NSR_CHANGES_NOTHING = 0,
    NSR_CHANGES_PLAN = 1,    /* field, selection, segments: a bundle with another value is another bundle */
    NSR_CHANGES_PICTURE = 2, /* outputs that show colours */
    NSR_CHANGES_VIDEO = 4,
    NSR_CHANGES_PNG = 8,
    NSR_CHANGES_ZARR = 16,     /* contents of the stacks */
    NSR_CHANGES_RASTER = 32,   /* job->raster, which follows from options of the geometry */
    NSR_CHANGES_PLACES = 64,   /* positions of bins in data units, and the name of these units */
    NSR_CHANGES_REGIONS = 128, /* known on the root alone: for `styled_by` */
    NSR_CHANGES_LIMITS = 256,  /* the colour limits; digests contain their values instead of the options */
    NSR_CHANGES_GEOMETRY = 512 /* how bins become pixels; digests contain the bin map instead of the options */
};

/* Commands that take a row (bits, in the order of the command table). */
enum {
    NSR_CMD_RENDER = 1,
    NSR_CMD_RESUME = 2,
    NSR_CMD_STATUS = 4,
    NSR_CMD_RANGE = 8,
    NSR_CMD_INFO = 16,
    NSR_CMD_PLAN = 32,
    NSR_CMD_JOIN = 64,
    NSR_CMD_VERIFY = 128,
    NSR_CMD_SYNTH = 256,
    NSR_CMD_LAYOUT = 512,
    NSR_CMD_ALL = 1023,
    NSR_CMD_RUN = NSR_CMD_RENDER | NSR_CMD_PLAN, /* options that describe a render */
    NSR_CMD_JOB = NSR_CMD_RENDER | NSR_CMD_RESUME | NSR_CMD_RANGE | NSR_CMD_JOIN | NSR_CMD_VERIFY, /* may take hours */
    NSR_CMD_PICTURE = NSR_CMD_RUN | NSR_CMD_LAYOUT, /* options that show the geometry */
    NSR_CMD_READ = NSR_CMD_RENDER | NSR_CMD_RANGE | NSR_CMD_INFO | NSR_CMD_PLAN | NSR_CMD_VERIFY |
                   NSR_CMD_LAYOUT /* commands that open an input */
};

typedef struct nsr_opt {
    const char *name;                /* without the dashes */
    const char *arg;                 /* word for the value in --help; NULL for a flag */
    const char *help;                /* one sentence without a full stop */
    const char *def;                 /* default as text, as a user would write it; NULL: not given */
    const char *bare;                /* value if none follows the name; NULL: a value is required */
    const char *const *choices;      /* NULL-ended allowed words, or NULL */
    const char *(*choice)(size_t i); /* instead of choices, from a registry: the i-th word, NULL behind the last */
    bool choice_list;                /* LIST: every item must be one of the choices */
    double min, max;                 /* for numbers, when min < max */
    unsigned commands;               /* NSR_CMD_* */
    unsigned changes;                /* NSR_CHANGES_* */
    size_t at;                       /* offset of the value in nsr_config */
    nsr_opt_type type;
} nsr_opt;

/* The field's C type is the option's type, so a row cannot disagree with its field. */
#define NSR_AT(struct_type, field)                                                                                     \
    .at = offsetof(struct_type, field),                                                                                \
    .type = _Generic(((struct_type *)0)->field, bool: NSR_OPT_FLAG, int64_t: NSR_OPT_INT, double: NSR_OPT_REAL,        \
                     const char *: NSR_OPT_TEXT, nsr_bytes: NSR_OPT_BYTES, nsr_list: NSR_OPT_LIST,                     \
                     nsr_size: NSR_OPT_SIZE, nsr_frames: NSR_OPT_FRAMES, nsr_seconds: NSR_OPT_SECONDS,                 \
                     nsr_share: NSR_OPT_SHARE,                     \
                     nsr_duration: NSR_OPT_DURATION)

typedef struct nsr_opt_table {
    const char *title; /* heading of the group in --help */
    const nsr_opt *rows;
    size_t n;
} nsr_opt_table;

/* All options of a program, in the order of --help. */
typedef struct nsr_opt_tables {
    const nsr_opt_table *const *table;
    size_t n;
} nsr_opt_tables;

#define NSR_COUNTOF(array) (sizeof(array) / sizeof *(array))

#ifdef __cplusplus
}
#endif
#endif
