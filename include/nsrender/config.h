/* SPDX-License-Identifier: MIT */
/* The values of all options, one struct per module. A real that was not given is NaN, a text NULL; an int64_t has the
   row's default, or NSR_NOT_GIVEN where the row has none. */
#ifndef NSRENDER_CONFIG_H
#define NSRENDER_CONFIG_H

#include <nsrender/option.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NSR_NOT_GIVEN INT64_MIN

typedef struct nsr_config {
    unsigned command;  /* one NSR_CMD_* bit */
    const char *input; /* the positional argument: input, or bundle (resume, status, join, verify), or synth's output */
    struct {           /* command/common_options.c */
        bool help, help_all, version, quiet, verbose, json;
        bool man; /* --man and --completion are for the build */
        const char *completion;
        int64_t threads;  /* NSR_NOT_GIVEN: usable cpus / ranks that share them */
        nsr_bytes memory; /* per rank; 0: half of what is granted */
        const char *progress, *log_dir;
        nsr_duration max_time; /* since the start of the process; 0: until the end of the job */
        double stall_timeout;  /* seconds; NaN: none */
    } run;
    struct { /* source/source_options.c */
        nsr_list field;
        const char *environment, *grid, *axes, *origin, *times_from, *clock, *io;
        const char *state, *slice; /* NAME|INDEX|sum; AXIS=VALUE or max */
        const char *known; /* no option: facts about the input that a bundle stores (nsr_source_known), or NULL */
        const char *known_of; /* no option: of which files (nsr_source_stamp) */
        double sampling_rate;
        nsr_frames frames;
        nsr_seconds time;
    } input_as;
    struct { /* field/range_options.c, field/color_options.c */
        double vmin, vmax;
        const char *percentile, *range_stride; /* LO,HI; N|auto */
        int64_t sample, seed;
        const char *limits, *norm;             /* FILE.json|minmax|distribution; linear|log|symlog|power */
        double gamma, linthresh, linscale, base;
        const char *under, *over;
        const char *histogram;                 /* of range: FILE.png or FILE.csv */
        const char *cmap, *nodata_color, *background;
        const char *range_mode; /* of several fields: shared|each */
        nsr_size size;
        const char *view, *rotate, *flip; /* x0,x1,y0,y1; 0|90|180|270; x|y */
        bool unroll, rings;
        double track_width;               /* in data units; NaN: from the spacing of the bins */
    } show;
    struct { /* sink/video_options.c */
        int64_t fps;
        double speed;
        const char *resample, *codec, *preset;
        bool every_frame;
        int64_t crf;
    } video;
    struct { /* sink/zarr_options.c */
        const char *dtype, *codec; /* u8|u16|f32; lz4|zstd|none */
        int64_t chunk_frames;      /* NSR_NOT_GIVEN: by the model of zarr_array.c */
        int64_t scale;             /* pixels per cell of a uniform grid */
        nsr_size size;             /* raster of the other layouts; 0x0: by the number of bins */
    } zarr;
    struct { /* command/output_options.c */
        const char *dir;
        nsr_list format;
        bool replace, take_over;
        int64_t max_files, segment_frames;
        double max_video; /* hours */
        nsr_share share;
        const char *on_error, *check, *against;
    } output;
    struct { /* synth/synth_options.c */
        int64_t frames, seed, chunk_frames, gzip_level;
        const char *grid, *dtype, *storage, *order;
        double sampling_rate, nan_share;
        bool flat;
    } synth;
    const nsr_opt_tables *options; /* the rows that describe this struct; nsr_config_defaults sets it */
    struct nsr_kept *kept; /* copies of texts, for lists and nsr_config_set; nsr_config_free */
} nsr_config;

/* The table of each module, and all of them in the order of --help. */
extern const nsr_opt_table nsr_common_options, nsr_source_options, nsr_range_options, nsr_field_options,
    nsr_video_options, nsr_zarr_options, nsr_output_options, nsr_synth_options;
extern const nsr_opt_tables nsr_all_options;

/* --- local to a process --- */
/* Every option at its default. `options` must outlive the config, which refers to it. */
void nsr_config_defaults(nsr_config *config, const nsr_opt_tables *options);
/* Frees the copies of texts that the config keeps. Allowed after a failed nsr_parse, and twice. */
void nsr_config_free(nsr_config *config);
/* Sets one option from its text form (NULL for a flag), as `--name text` would, whatever the command; an empty text
   means "not given". A list is replaced, not continued. The config keeps a copy of the text until nsr_config_free. */
bool nsr_config_set(nsr_config *config, const char *name, const char *text, nsr_err *err);
/* The value of a row in the one canonical spelling that parses back to the same value ("" when not given). A list is
   joined by commas; reals are printed with 17 digits. */
void nsr_option_text(const nsr_config *config, const nsr_opt *row, char *text, size_t size);
/* True when the value differs from the row's default. */
bool nsr_option_given(const nsr_config *config, const nsr_opt *row);
/* Calls `each` for every row whose `changes` shares a bit with `changes`, in table order. */
void nsr_options_each(const nsr_opt_tables *options, unsigned changes, void (*each)(const nsr_opt *row, void *user),
                      void *user);
/* The candidate nearest to `word` by edit distance, or NULL when none is near (more than a third of the letters). */
const char *nsr_nearest(const char *word, const char *const *candidates, size_t n);

#ifdef __cplusplus
}
#endif
#endif
