/* SPDX-License-Identifier: MIT */
/* A field: one named dataset n_frames x n_bins, and what is said of values: range, limits, levels, colours. */
#ifndef NSRENDER_FIELD_H
#define NSRENDER_FIELD_H

#include <nsrender/comm.h>
#include <nsrender/config.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Half open: first <= i < end. */
typedef struct nsr_span {
    int64_t first, end;
} nsr_span;

/* The two types in which values are offered, in native byte order. Stored types that fit float exactly (f2, f4, i1, i2,
   u1, u2) come as NSR_F32, all others as NSR_F64; packed ones as xarray decodes them. */
typedef enum nsr_type { NSR_F32, NSR_F64 } nsr_type;
static inline size_t nsr_type_size(nsr_type type) { return type == NSR_F32 ? 4 : 8; }

/* An axis of the bins by the input's own coordinates. */
typedef struct nsr_coordinate {
    char name[64], units[32];
    int n;                /* cells; 0: there is no such axis */
    const double *center; /* n of them, increasing */
} nsr_coordinate;

/* Frames that belong together: one run of the decoder over an interval of the session. */
typedef struct nsr_interval {
    int64_t number; /* as the file counts */
    nsr_span shown; /* frames of the field */
    int64_t stored; /* the first of them, counted as the file has its times */
} nsr_interval;

enum { NSR_DIMS = 5 };

typedef struct nsr_field {
    char file[4096];   /* as the user named it */
    char path[1024];   /* in the file, with a leading slash; links are not resolved */
    char name[1024];   /* for people: the last part of the path, that of the series where a dataset is only `data` */
    char format[16];   /* "hdf5", "nwb" */
    char dtype[16];    /* NumPy's name of the stored type: "<f4", ">f8", "<i2" */
    char filters[128]; /* "shuffle+gzip", "" */
    char storage[16];  /* "contiguous", "compact", "chunked", "virtual", "external" */
    nsr_type type;
    int64_t n_frames, n_bins;
    int64_t n_stored; /* bins of a stored frame: n_bins, unless bins are chosen or joined (nsr_fold) */
    bool bins_first;  /* stored as (bins, frames), as column-major programs leave it; the rest is told frames first */
    bool packed;      /* value = stored * scale + add, and some stored values mean "none" (CF attributes) */
    double scale, add;
    int n_dims;       /* stored dimensions: 2 or 3; netCDF: up to NSR_DIMS; 2 once bins are chosen or joined */
    int64_t shape[NSR_DIMS]; /* stored shape, frames first */
    char dim[NSR_DIMS][64];  /* dimension labels or scale names, "" where there are none */
    int64_t chunk[NSR_DIMS]; /* 0 where not chunked */
    int64_t cut;      /* not chunked, but so many frames are read together: bins first; 0: any */
    int64_t bytes;    /* stored (compressed) bytes */
    struct {
        char path[1024];
        int64_t n;
        double starting_time, rate;
        bool regular;
        double unit, shift; /* seconds of a stored 1 (ms: 0.001), and of a stored 0 */
    } times; /* path "" and rate 0: none; rate > 0: starting_time + i/rate */
    /* What coordinates of the input say (netCDF); arrays live as long as the source. Cell = i0 * axis[1].n + i1, or i0
       where there is one axis; bins are the active cells in this order. */
    nsr_coordinate axis[2]; /* axis[0].n 0: nothing is said */
    const uint8_t *active;  /* a cell: some frame has a value there; NULL: all are bins */
    const nsr_interval *interval;
    int n_intervals; /* 0: the recording is one */
    bool unsearched; /* too long for info and plan to see which cells and intervals have values: all are told */
    char bins[1024]; /* NWB: the table beside the field that has a row for every bin; "": there is none */
    char unit[64];
    double conversion,
        offset; /* NWB; value = stored * conversion + offset; said in the log, not applied (as the ancestor) */
} nsr_field;

/* Bytes of one frame as it is offered. */
static inline size_t nsr_field_row_bytes(const nsr_field *field) {
    return (size_t)field->n_bins * nsr_type_size(field->type);
}

/* What values as they are shown are in; "": not known. Of NWB `unit` is that of converted ones. */
static inline const char *nsr_field_unit(const nsr_field *field) {
    return field->conversion == 1 && field->offset == 0 ? field->unit : "";
}

/* Frames of a chunk row, or what is read like one; 0 when any frames can be read alone. */
static inline int64_t nsr_field_chunk_frames(const nsr_field *field) {
    return field->chunk[0] > 0 ? field->chunk[0] : field->cut;
}

/* --- field/range.c: exact finite minimum and maximum, and counts --- */
typedef struct nsr_range {
    int64_t n_values, n_finite, n_nan, n_posinf, n_neginf;
    double min, max; /* +inf, -inf while n_finite == 0; -0.0 never occurs */
    double least;    /* above 0; +inf: none, or not looked for */
    int64_t n_bad;   /* frames that could not be read */
} nsr_range;
void nsr_range_init(nsr_range *range);
/* Adds n values. Local, order of calls does not matter. */
void nsr_range_scan(nsr_range *range, nsr_type type, const void *values, size_t n);
/* Looks for the least value above 0, which a logarithm begins with. */
void nsr_range_least(nsr_range *range, nsr_type type, const void *values, size_t n);
void nsr_range_merge(nsr_range *into, const nsr_range *from);
/* One MPI_Allreduce. */
void nsr_range_reduce(nsr_range *range, const nsr_comm *comm);

/* --- field/order.c: exact percentiles, without sorting or keeping values ---
   The bits of a value, changed so that they sort as values do, are its key. A pass counts the next 16 bits of the keys
   that begin as one of the sought values does; so float32 takes two passes and float64 four, in 512 KiB and, from the
   second pass on, 512 KiB for each different beginning (at most two a percentile), and half of that a worker. -0.0 is
   +0.0; NaN and infinities do not count. */
enum { NSR_MOST_PERCENTILES = 32, NSR_MOST_SOUGHT = 2 * NSR_MOST_PERCENTILES, NSR_DIGITS = 1 << 16 };
typedef struct nsr_key_counts {
    nsr_type type;
    int known, digits;                        /* of the keys, 16 bits each */
    int n;                                    /* percentiles, 0..100 */
    double percent[NSR_MOST_PERCENTILES];
    int64_t n_finite;                         /* of all ranks, as was said */
    int64_t rank[NSR_MOST_SOUGHT];            /* two a percentile, counted from 0 */
    int64_t before[NSR_MOST_SOUGHT];          /* values whose key begins lower */
    int64_t equal[NSR_MOST_SOUGHT];           /* values whose key begins so */
    uint64_t prefix[NSR_MOST_SOUGHT];         /* the known beginning of the sought key */
    int n_groups;                             /* different beginnings, increasing */
    uint64_t group[NSR_MOST_SOUGHT];
    uint8_t first_group[NSR_DIGITS];          /* 1 + the first group with this first digit; 0: none */
    uint64_t *count;                          /* n_groups x NSR_DIGITS, of this pass */
} nsr_key_counts;
bool nsr_key_counts_open(nsr_key_counts *order, nsr_type type, const double *percent, int n, nsr_err *err);
void nsr_key_counts_close(nsr_key_counts *order);
/* What one worker counts in one pass. */
typedef struct nsr_tally {
    const nsr_key_counts *order;
    uint32_t *count;
    int64_t added; /* since the last hand-in */
} nsr_tally;
bool nsr_tally_open(nsr_tally *tally, const nsr_key_counts *order, nsr_err *err);
/* At most 2^31 values between two hand-ins. `type`: of the values; NSR_F32 fits an order of either type. */
void nsr_tally_add(nsr_tally *tally, nsr_type type, const void *values, size_t n);
void nsr_tally_hand_in(nsr_tally *tally, nsr_key_counts *order); /* one worker at a time */
void nsr_tally_close(nsr_tally *tally);
/* As if n more values equal to `value` had been counted in this pass. */
void nsr_key_counts_add(nsr_key_counts *order, double value, int64_t n);
/* Says of how many finite values the percentiles are; before the first nsr_key_counts_next. */
void nsr_key_counts_expect(nsr_key_counts *order, int64_t n_finite);
/* Ends a pass: sums over all ranks and finds the next digit. True: another pass is needed. Collective. */
bool nsr_key_counts_next(nsr_key_counts *order, const nsr_comm *comm, nsr_err *err);
/* After the last pass: NumPy's linear interpolation in double, NaN without finite values. */
double nsr_key_counts_percentile(const nsr_key_counts *order, int i);
/* Finite values below and above the i-th percentile. */
int64_t nsr_key_counts_below(const nsr_key_counts *order, int i);
int64_t nsr_key_counts_above(const nsr_key_counts *order, int i);
/* Bytes of a rank with so many workers; the second pass on may need all of it. */
int64_t nsr_key_counts_memory(int n, int workers);

/* --- field/brackets.c and bracketed.c: percentiles in one pass, where a look at a few values says about where they lie
   --- Values are compared with a few brackets and counted; only those in a bracket are kept, some percent, and an order
   counts these alone. Of a bracket of one value, which many may share, none is kept. Exact for any brackets: where a
   percentile turns out to lie outside, or more had to be kept than there was room for, nsr_bracketed_settle says so,
   and an order has to count all values after all. */
enum { NSR_MOST_BRACKETS = 3 * NSR_MOST_PERCENTILES };
typedef struct nsr_pile nsr_pile;
typedef struct nsr_sifted {
    int64_t below, inside; /* of a bracket */
} nsr_sifted;
typedef struct nsr_bracketed_counts {
    nsr_type type;
    int64_t room; /* bytes that the workers of this rank may keep together */
    int n;        /* brackets, apart from each other and increasing; 0: there is no bracketed */
    struct {
        double low, high; /* finite; both are inside */
    } bracket[NSR_MOST_BRACKETS];
    nsr_sifted found[NSR_MOST_BRACKETS];
    nsr_pile *kept;
    bool spilt; /* something had to be left out */
} nsr_bracketed_counts;
/* Chooses the brackets from `rows` rows of `n` values (NaN: none), spread over the field. What a percentile of such a
   sample is worth follows from how much its rows differ. bracketed->n stays 0 when rows are too few, or the share of
   values that would be kept is larger than `most`. Moves values in place: the sample is used up. Local. */
void nsr_bracketed_make(nsr_bracketed_counts *bracketed, double *sample, int rows, int n, const double *percent,
                        int n_percent, double most);
/* What one worker has seen. */
typedef struct nsr_sifter {
    nsr_bracketed_counts *bracketed;
    nsr_sifted found[NSR_MOST_BRACKETS];
    nsr_pile *kept;
    bool spilt;
} nsr_sifter;
void nsr_sifter_open(nsr_sifter *sifter, nsr_bracketed_counts *bracketed); /* which must stay where it is */
void nsr_sifter_add(nsr_sifter *sifter, const void *values, size_t n);     /* of the bracketed's type */
void nsr_sifter_hand_in(nsr_sifter *sifter,
                        nsr_bracketed_counts *bracketed); /* one worker at a time; the sifter begins anew */
/* After the pass over values of which n_neginf are -infinity, for an order that was told what to expect: is every
   sought value in a bracket, and nothing left out? Collective. */
bool nsr_bracketed_settle(nsr_bracketed_counts *bracketed, nsr_key_counts *order, int64_t n_neginf,
                          const nsr_comm *comm);
/* One pass of the order over what was kept; nsr_key_counts_next as usual. Collective. */
bool nsr_bracketed_count(const nsr_bracketed_counts *bracketed, nsr_key_counts *order, const nsr_comm *comm,
                         nsr_err *err);
void nsr_bracketed_close(nsr_bracketed_counts *bracketed);

/* --- field/percentiles.c --- */
typedef struct nsr_percentiles {
    int n;
    double percent[NSR_MOST_PERCENTILES], value[NSR_MOST_PERCENTILES];
    int64_t below[NSR_MOST_PERCENTILES], above[NSR_MOST_PERCENTILES]; /* finite values on either side of the value */
} nsr_percentiles;
/* "1,99", "none". NSR_EUSAGE. */
bool nsr_percentiles_parse(nsr_percentiles *p, const char *text, nsr_err *err);
/* Index of a percentile; -1: not among them. */
int nsr_percentiles_find(const nsr_percentiles *p, double percent);
/* Adds those of `from` that are not there, as far as there is room. */
void nsr_percentiles_add(nsr_percentiles *p, const nsr_percentiles *from);
/* After the last pass. */
void nsr_percentiles_take(nsr_percentiles *p, const nsr_key_counts *order);
/* The shortest text that reads back as the same number: 0.1 is "0.1". */
void nsr_percent_text(double percent, char *text, size_t size);

/* --- field/sample.c --- */
/* The set of n numbers 0..of-1 that numpy.random.default_rng(seed).choice(of, n, replace=False) draws; ascending. */
bool nsr_sample_choose(int64_t *chosen, int64_t n, int64_t of, uint64_t seed, nsr_err *err);

/* The window of the display. vmin < vmax always. */
typedef struct nsr_color_limits {
    double vmin, vmax;
} nsr_color_limits;
/* The ancestor's rules: a given side (not NaN) replaces that side; no finite value and a side missing: (0, 1);
   both sides equal: -0.5, +0.5. NSR_EUSAGE when the result has vmin > vmax, or when both are given and vmin >= vmax. */
bool nsr_color_limits_choose(nsr_color_limits *limits, const nsr_range *range, double vmin, double vmax, nsr_err *err);
/* The same for a logarithm: a missing vmin that would not be above 0 is the least value above 0; no such value and a
   side missing: (0.1, 1); both sides equal: half and twice. */
bool nsr_color_limits_choose_log(nsr_color_limits *limits, const nsr_range *range, double vmin, double vmax,
                                 nsr_err *err);

/* --- field/norm.c: how values between the limits become 0..1, as matplotlib defines it --- */
typedef struct nsr_norm {
    enum { NSR_NORM_LINEAR, NSR_NORM_LOG, NSR_NORM_SYMLOG, NSR_NORM_POWER } kind;
    double gamma, linthresh, linscale, base;
    bool clip; /* log: values that have no logarithm are below the limits, not no data */
} nsr_norm;
const char *nsr_norm_name(const nsr_norm *norm);
/* From --norm and its parameters. NSR_EUSAGE. */
bool nsr_norm_parse(nsr_norm *norm, const nsr_config *config, nsr_err *err);

/* --- field/borders.c: a norm and its limits, worked out once: the values at which levels begin --- */
typedef struct nsr_borders {
    int n;                          /* 257; 0: linear, and ends have the first and the last colour */
    double border[257];             /* where levels 0..255 begin, and what is over */
    uint16_t level[258];            /* by the number of borders that are not above the value */
    uint16_t first[NSR_DIGITS + 1]; /* borders not above the least value whose key begins so */
    bool positive;                  /* other values have no level */
} nsr_borders;
/* `under`, `over`: ends have levels of their own. */
void nsr_borders_make(nsr_borders *borders, const nsr_norm *norm, const nsr_color_limits *limits, bool under,
                      bool over);

/* --- field/levels.c --- */
enum { NSR_LEVEL_NODATA = 256, NSR_LEVEL_BACKGROUND, NSR_LEVEL_UNDER, NSR_LEVEL_OVER, NSR_N_LEVELS };
typedef struct nsr_clip {
    int64_t below, above, nodata;
} nsr_clip; /* finite values outside the limits; NaN and infinities */
/* level = min(int((x - vmin) / (vmax - vmin) * 256), 255) in double, 0 below, 255 above; NaN and infinities 256; or by
   borders (NULL: linear). Adds to `clip`. Local. */
void nsr_levels(uint16_t *levels, nsr_type type, const void *values, size_t n, const nsr_color_limits *limits,
                const nsr_borders *borders, nsr_clip *clip);

/* --- field/spread.c: a histogram over 256 steps of a norm between bounds, and what lies outside the limits --- */
typedef struct nsr_histogram {
    nsr_color_limits bounds, limits;
    const nsr_borders *borders; /* of the steps */
    const nsr_borders *colors;  /* of levels between the limits; NULL: linear */
    int64_t count[NSR_N_LEVELS];
    nsr_clip clip;
} nsr_histogram;
/* An empty one of the same steps and limits. */
void nsr_histogram_like(nsr_histogram *spread, const nsr_histogram *other);
void nsr_histogram_add(nsr_histogram *spread, nsr_type type, const void *values, size_t n);
void nsr_histogram_merge(nsr_histogram *into, const nsr_histogram *from);

/* --- field/colormap.c: matplotlib's colours --- */
typedef struct nsr_rgb {
    uint8_t r, g, b;
} nsr_rgb;
typedef struct nsr_palette {
    nsr_rgb level[NSR_N_LEVELS];
} nsr_palette;
/* `cmap`: a name of matplotlib's continuous maps (also NAME_r) or a file of 256 rows "r g b" (0..255 whole numbers, or
   0..1 reals; commas or blanks; '#' comments). Colours: CSS4 names, tab:*, one-letter names, #rgb, #rrggbb, a gray
   level "0.5". NSR_EUSAGE with the nearest name; NSR_ENOINPUT / NSR_EDATA for a file. */
bool nsr_palette_make(nsr_palette *palette, const char *cmap, const char *nodata, const char *background, nsr_err *err);
/* Colours of values below and above the limits; NULL: the first and the last of the colormap, as nsr_palette_make has
   them. */
bool nsr_palette_ends(nsr_palette *palette, const char *under, const char *over, nsr_err *err);
bool nsr_color_parse(nsr_rgb *rgb, const char *text, nsr_err *err);

#ifdef __cplusplus
}
#endif
#endif
