/* SPDX-License-Identifier: MIT */
/* A field: one named dataset of n_frames x n_bins values, and properties of its values: range, percentiles, colour
   limits, levels, colours. */
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

/* The two types in which values are returned, in native byte order. Stored types that fit float exactly (f2, f4, i1,
   i2, u1, u2) become NSR_F32, all others NSR_F64; packed values are decoded as xarray does. */
typedef enum nsr_type { NSR_F32, NSR_F64 } nsr_type;
/* Bytes of one value. */
static inline size_t nsr_type_size(nsr_type type) { return type == NSR_F32 ? 4 : 8; }

/* One axis of the bins, with the coordinates that the input stores for it. */
typedef struct nsr_coordinate {
    char name[64], units[32];
    int n;                /* cells; 0: no such axis */
    const double *center; /* n cell centres, increasing */
} nsr_coordinate;

/* A run of consecutive frames: one run of the decoder over an interval of the session. */
typedef struct nsr_interval {
    int64_t number; /* of the interval in the file */
    nsr_span shown; /* frames of the field */
    int64_t stored; /* index of its first frame among the times in the file */
} nsr_interval;

enum { NSR_DIMS = 5 };

typedef struct nsr_field {
    char file[4096];   /* as the user wrote it */
    char path[1024];   /* in the file, with a leading slash; links are not resolved */
    char
        name[1024]; /* for display: the last part of the path; the name of the series where the dataset is its `data` */
    char format[16];   /* "hdf5", "nwb" */
    char dtype[16];    /* NumPy's name of the stored type: "<f4", ">f8", "<i2" */
    char filters[128]; /* "shuffle+gzip", "" */
    char storage[16];  /* "contiguous", "compact", "chunked", "virtual", "external" */
    nsr_type type;
    int64_t n_frames, n_bins;
    int64_t n_stored; /* bins of a stored frame: n_bins, unless bins are selected or merged (nsr_fold) */
    bool bins_first;  /* stored as (bins, frames), as column-major programs do; shape and chunk list frames first */
    bool matlab;      /* MATLAB wrote it: all dimensions are reversed in the file, and rows of MATLAB are y */
    bool packed;      /* value = stored * scale + add, and some stored values mean "no data" (CF attributes) */
    double scale, add;
    int n_dims; /* stored dimensions: 2 or 3, of netCDF up to NSR_DIMS; 2 once bins are selected or merged */
    int64_t shape[NSR_DIMS]; /* stored shape, frames first */
    char dim[NSR_DIMS][64];  /* dimension labels or scale names, "" without one */
    int64_t chunk[NSR_DIMS]; /* chunk shape; 0: not chunked */
    int64_t cut;      /* frames that are best read together where the layout is not chunked (bins_first); 0: any */
    int64_t bytes;    /* stored (compressed) bytes */
    struct {
        char path[1024];
        int64_t n;
        double starting_time, rate;
        bool regular;
        double unit, shift; /* seconds = stored * unit + shift; milliseconds: unit 0.001 */
    } times; /* path "" and rate 0: none; rate > 0: starting_time + i/rate */
    /* Coordinates of the input (netCDF); the arrays live as long as the source. Cell = i0 * axis[1].n + i1, or i0 with
       one axis; bins are the active cells in this order. */
    nsr_coordinate axis[2]; /* axis[0].n 0: no coordinates */
    const uint8_t *active;  /* per cell: some frame has a value there; NULL: all cells are bins */
    const nsr_interval *interval;
    int n_intervals; /* 0: the recording is not divided */
    bool
        unsearched; /* info and plan did not search this long recording for empty cells and intervals: all are listed */
    char bins[1024]; /* NWB: path of the table beside the field with one row per bin; "": none */
    char unit[64];
    double conversion, offset; /* NWB: value = stored * conversion + offset; logged, not applied (as in neurospatial) */
} nsr_field;

/* Bytes of one frame of `type`. */
static inline size_t nsr_field_row_bytes(const nsr_field *field) {
    return (size_t)field->n_bins * nsr_type_size(field->type);
}

/* Unit of the values as returned; "": unknown. NWB's `unit` is the unit of converted values, which are not returned. */
static inline const char *nsr_field_unit(const nsr_field *field) {
    return field->conversion == 1 && field->offset == 0 ? field->unit : "";
}

/* Frames of a chunk row, or frames that are best read together; 0 when any frame can be read alone. */
static inline int64_t nsr_field_chunk_frames(const nsr_field *field) {
    return field->chunk[0] > 0 ? field->chunk[0] : field->cut;
}

/* --- field/range_scan.c: exact finite minimum and maximum, and counts --- */
typedef struct nsr_range {
    int64_t n_values, n_finite, n_nan, n_posinf, n_neginf;
    double min, max; /* +inf, -inf while n_finite == 0; -0.0 never occurs */
    double least;    /* least value above 0; +inf: none, or not computed */
    int64_t n_bad;   /* frames that could not be read */
} nsr_range;
/* An empty range: counts 0, min +inf, max -inf. */
void nsr_range_init(nsr_range *range);
/* Adds n values; the order of calls does not matter. Local. */
void nsr_range_scan(nsr_range *range, nsr_type type, const void *values, size_t n);
/* Updates `least` by n values: the smallest value that a logarithmic norm can show. Local. */
void nsr_range_least(nsr_range *range, nsr_type type, const void *values, size_t n);
/* Adds another range. Local. */
void nsr_range_merge(nsr_range *into, const nsr_range *from);
/* Merges the ranges of all ranks, for all ranks, by one MPI_Allreduce. Collective. */
void nsr_range_reduce(nsr_range *range, const nsr_comm *comm);

/* --- field/key_counts.c: exact percentiles, without sorting or keeping values ---
   The key of a value is its bit pattern, changed so that keys sort as values do. Each pass counts the next digit (16
   bits) of the keys that share a known prefix with a sought value. So float32 takes two passes and float64 four. The
   counts take 512 KiB and, from the second pass on, 512 KiB for each different prefix (at most two per percentile), and
   half of that per worker. -0.0 is +0.0; NaN and infinities are never sought. */
enum { NSR_MOST_PERCENTILES = 32, NSR_MOST_SOUGHT = 2 * NSR_MOST_PERCENTILES, NSR_DIGITS = 1 << 16 };
typedef struct nsr_key_counts {
    nsr_type type;
    int known, digits;                        /* known and all digits of a key */
    int n;                                    /* percentiles, 0..100 */
    double percent[NSR_MOST_PERCENTILES];
    int64_t n_finite;                 /* finite values of all ranks, from nsr_key_counts_expect */
    int64_t rank[NSR_MOST_SOUGHT];    /* sorted positions, counted from 0, of the two neighbours of each percentile */
    int64_t before[NSR_MOST_SOUGHT];  /* values whose key has a lower prefix */
    int64_t equal[NSR_MOST_SOUGHT];   /* values whose key has this prefix */
    uint64_t prefix[NSR_MOST_SOUGHT]; /* the known digits of the sought key */
    int n_groups;                     /* different prefixes, increasing */
    uint64_t group[NSR_MOST_SOUGHT];
    uint8_t first_group[NSR_DIGITS];          /* 1 + the first group with this first digit; 0: none */
    uint64_t *count;                          /* n_groups x NSR_DIGITS, of this pass */
} nsr_key_counts;
/* Starts the counts for `n` percentiles (at most NSR_MOST_PERCENTILES) of values of `type`. Local; fails when memory is
   short. Close is also allowed after a failed open. */
bool nsr_key_counts_open(nsr_key_counts *keys, nsr_type type, const double *percent, int n, nsr_err *err);
void nsr_key_counts_close(nsr_key_counts *keys);
/* The counts of one worker in one pass. */
typedef struct nsr_tally {
    const nsr_key_counts *keys;
    uint32_t *count;
    int64_t added; /* since the last nsr_tally_hand_in */
} nsr_tally;
/* Starts a tally for the current pass of `keys`, which must outlive it. Local; fails when memory is short. */
bool nsr_tally_open(nsr_tally *tally, const nsr_key_counts *keys, nsr_err *err);
/* Counts n values, at most 2^31 between two calls of nsr_tally_hand_in. `type`: of the values; NSR_F32 is allowed for
   keys of either type. */
void nsr_tally_add(nsr_tally *tally, nsr_type type, const void *values, size_t n);
/* Adds the tally to the counts of this rank and empties it. Not thread-safe: one worker at a time. */
void nsr_tally_hand_in(nsr_tally *tally, nsr_key_counts *keys);
void nsr_tally_close(nsr_tally *tally);
/* Counts n more values equal to `value` in this pass. */
void nsr_key_counts_add(nsr_key_counts *keys, double value, int64_t n);
/* Sets the number of finite values of all ranks, from which the sought positions follow. Called before the first
   nsr_key_counts_next. */
void nsr_key_counts_expect(nsr_key_counts *keys, int64_t n_finite);
/* Ends a pass: sums the counts of all ranks and finds the next digit. Returns true when another pass is needed.
   NSR_EDATA when the counts contradict earlier passes, that is when the input changed. Collective. */
bool nsr_key_counts_next(nsr_key_counts *keys, const nsr_comm *comm, nsr_err *err);
/* The i-th percentile, after the last pass: NumPy's linear interpolation in double, NaN without finite values. */
double nsr_key_counts_percentile(const nsr_key_counts *keys, int i);
/* Finite values below and above the i-th percentile, after the last pass. */
int64_t nsr_key_counts_below(const nsr_key_counts *keys, int i);
int64_t nsr_key_counts_above(const nsr_key_counts *keys, int i);
/* Largest number of bytes that `n` percentiles take on a rank with so many workers. */
int64_t nsr_key_counts_memory(int n, int workers);

/* --- field/brackets.c and bracketed_counts.c: percentiles in one pass, when a sample shows roughly where they lie ---
   A bracket is an interval that probably holds a percentile. The pass counts the values below and inside each bracket
   and keeps only the values inside, a few percent; nsr_key_counts then counts these alone. A bracket of a single number
   keeps no values, because many values may equal it. The result is exact for any brackets: nsr_bracketed_settle returns
   false where a percentile lies outside, or where memory did not suffice, and nsr_key_counts has to count all values.
   */
enum { NSR_MOST_BRACKETS = 3 * NSR_MOST_PERCENTILES };
typedef struct nsr_pile nsr_pile; /* a list of kept values */
typedef struct nsr_sifted {
    int64_t below, inside; /* values below and inside a bracket */
} nsr_sifted;
typedef struct nsr_bracketed_counts {
    nsr_type type;
    int64_t room; /* bytes that all workers of this rank may still keep */
    int n;        /* disjoint brackets, increasing; 0: no brackets */
    struct {
        double low, high; /* finite; both are inside */
    } bracket[NSR_MOST_BRACKETS];
    nsr_sifted found[NSR_MOST_BRACKETS];
    nsr_pile *kept;
    bool spilt; /* `room` did not suffice: some values inside were not kept */
} nsr_bracketed_counts;
/* Chooses the brackets from a sample: `rows` rows of `n` values (NaN: none) from frames all over the field. The
   differences between rows determine the width of the brackets. bracketed->n becomes 0 when there are too few rows, or
   when a larger share of the values than `most` would be kept. Overwrites the sample. Local. */
void nsr_bracketed_make(nsr_bracketed_counts *bracketed, double *sample, int rows, int n, const double *percent,
                        int n_percent, double most);
/* The counts and the kept values of one worker. */
typedef struct nsr_sifter {
    nsr_bracketed_counts *bracketed;
    nsr_sifted found[NSR_MOST_BRACKETS];
    nsr_pile *kept;
    bool spilt;
} nsr_sifter;
/* Starts a sifter; `bracketed` must outlive it at the same address. */
void nsr_sifter_open(nsr_sifter *sifter, nsr_bracketed_counts *bracketed);
/* Counts n values of the type of `bracketed` and keeps those inside brackets. */
void nsr_sifter_add(nsr_sifter *sifter, const void *values, size_t n);
/* Moves counts and kept values to `bracketed` and empties the sifter. Not thread-safe: one worker at a time. */
void nsr_sifter_hand_in(nsr_sifter *sifter, nsr_bracketed_counts *bracketed);
/* After the pass over all values, `n_neginf` of them -infinity, and nsr_key_counts_expect: true when every sought value
   lies in a bracket and no value inside was left out; then nsr_bracketed_count may follow. Collective. */
bool nsr_bracketed_settle(nsr_bracketed_counts *bracketed, nsr_key_counts *keys, int64_t n_neginf,
                          const nsr_comm *comm);
/* One pass of `keys` over the kept values; nsr_key_counts_next follows as usual. Collective. */
bool nsr_bracketed_count(const nsr_bracketed_counts *bracketed, nsr_key_counts *keys, const nsr_comm *comm,
                         nsr_err *err);
void nsr_bracketed_close(nsr_bracketed_counts *bracketed); /* frees the kept values */

/* --- field/percentiles.c --- */
typedef struct nsr_percentiles {
    int n;
    double percent[NSR_MOST_PERCENTILES], value[NSR_MOST_PERCENTILES];
    int64_t below[NSR_MOST_PERCENTILES], above[NSR_MOST_PERCENTILES]; /* finite values on either side of the value */
} nsr_percentiles;
/* Parses "1,99" or "none"; NSR_EUSAGE. */
bool nsr_percentiles_parse(nsr_percentiles *p, const char *text, nsr_err *err);
/* Index of a percentile; -1: not among them. */
int nsr_percentiles_find(const nsr_percentiles *p, double percent);
/* Adds the percentiles of `from` that `p` lacks, while there is room. */
void nsr_percentiles_add(nsr_percentiles *p, const nsr_percentiles *from);
/* Fills `p` with the results of `keys`, after its last pass. */
void nsr_percentiles_take(nsr_percentiles *p, const nsr_key_counts *keys);
/* The shortest text that reads back as the same number: 0.1 is "0.1". */
void nsr_percent_text(double percent, char *text, size_t size);

/* --- field/sample.c --- */
/* Fills `chosen` with the n numbers of 0..of-1 that numpy.random.default_rng(seed).choice(of, n, replace=False) draws,
   in ascending order. Fails when memory is short. Local. */
bool nsr_sample_choose(int64_t *chosen, int64_t n, int64_t of, uint64_t seed, nsr_err *err);

/* --- field/limit_rules.c --- */
/* The values that get the first and the last colour; vmin < vmax always. */
typedef struct nsr_color_limits {
    double vmin, vmax;
} nsr_color_limits;
/* Limits from the range by neurospatial's rules: a given vmin or vmax (not NaN) replaces that side; no finite value and
   a side missing: (0, 1); both sides equal: -0.5, +0.5. NSR_EUSAGE when the result has vmin > vmax, or when both are
   given and vmin >= vmax. */
bool nsr_color_limits_choose(nsr_color_limits *limits, const nsr_range *range, double vmin, double vmax, nsr_err *err);
/* As nsr_color_limits_choose, for a logarithmic norm: a missing vmin that would not be above 0 is the least value above
   0; no such value and a side missing: (0.1, 1); both sides equal: half and twice. */
bool nsr_color_limits_choose_log(nsr_color_limits *limits, const nsr_range *range, double vmin, double vmax,
                                 nsr_err *err);

/* --- field/norm.c: how values between the limits become 0..1, as matplotlib defines it --- */
typedef struct nsr_norm {
    enum { NSR_NORM_LINEAR, NSR_NORM_LOG, NSR_NORM_SYMLOG, NSR_NORM_POWER } kind;
    double gamma, linthresh, linscale, base;
    bool clip; /* log: values without a logarithm are below the limits instead of no data */
} nsr_norm;
/* The name that --norm takes: "linear", "log", "symlog", "power". */
const char *nsr_norm_name(const nsr_norm *norm);
/* From --norm and its parameters; NSR_EUSAGE. */
bool nsr_norm_parse(nsr_norm *norm, const nsr_config *config, nsr_err *err);

/* --- field/borders.c: the values at which levels begin, for a norm and its limits --- */
typedef struct nsr_borders {
    int n;                          /* 257; 0: linear, where values outside the limits get the first and last colour */
    double border[257];             /* least values of the levels 0..255, and of values over the limits */
    uint16_t level[258];            /* level by the number of borders that are not above the value */
    uint16_t first[NSR_DIGITS + 1]; /* borders not above the least value whose key has this first digit */
    bool positive;                  /* values <= 0 have no level */
} nsr_borders;
/* Computes the borders. `under`, `over`: values below and above the limits get levels of their own. Local. */
void nsr_borders_make(nsr_borders *borders, const nsr_norm *norm, const nsr_color_limits *limits, bool under,
                      bool over);

/* --- field/levels.c --- */
enum { NSR_LEVEL_NODATA = 256, NSR_LEVEL_BACKGROUND, NSR_LEVEL_UNDER, NSR_LEVEL_OVER, NSR_N_LEVELS };
typedef struct nsr_clip {
    int64_t below, above, nodata; /* finite values outside the limits (NSR_NOT_COUNTED: unknown); NaN and infinities */
} nsr_clip;
enum { NSR_NOT_COUNTED = -1 };
/* Levels of n values. Without borders (NULL) the norm is linear: min(int((x - vmin) / (vmax - vmin) * 256), 255) in
   double, 0 below, 255 above; NaN and infinities are NSR_LEVEL_NODATA. Adds to `clip`. Local. */
void nsr_levels(uint16_t *levels, nsr_type type, const void *values, size_t n, const nsr_color_limits *limits,
                const nsr_borders *borders, nsr_clip *clip);

/* --- field/histogram.c: a histogram over 256 steps of a norm between bounds, and counts outside the limits --- */
typedef struct nsr_histogram {
    nsr_color_limits bounds, limits;
    const nsr_borders *borders; /* of the 256 steps between the bounds */
    const nsr_borders *colors;  /* of the levels between the limits; NULL: linear */
    int64_t count[NSR_N_LEVELS];
    nsr_clip clip;
} nsr_histogram;
/* An empty histogram with the steps and limits of `other`. */
void nsr_histogram_like(nsr_histogram *histogram, const nsr_histogram *other);
/* Counts n values. Local. */
void nsr_histogram_add(nsr_histogram *histogram, nsr_type type, const void *values, size_t n);
/* Adds the counts of `from`. Local. */
void nsr_histogram_merge(nsr_histogram *into, const nsr_histogram *from);

/* --- field/colormap.c: matplotlib's colours --- */
typedef struct nsr_rgb {
    uint8_t r, g, b;
} nsr_rgb;
typedef struct nsr_palette {
    nsr_rgb level[NSR_N_LEVELS];
} nsr_palette;
/* A palette of all levels. `cmap`: a name of matplotlib's continuous maps (also NAME_r) or a file of 256 rows "r g b"
   (0..255 whole numbers, or 0..1 reals; commas or blanks; '#' comments). `nodata`, `background`: see nsr_color_parse.
   NSR_EUSAGE for an unknown name, with the nearest one; NSR_ENOINPUT or NSR_EDATA for a file. */
bool nsr_palette_make(nsr_palette *palette, const char *cmap, const char *nodata, const char *background, nsr_err *err);
/* Sets the colours of values below and above the limits; NULL: the first and the last colour of the colormap, which is
   also the choice of nsr_palette_make. */
bool nsr_palette_ends(nsr_palette *palette, const char *under, const char *over, nsr_err *err);
/* A colour from text: CSS4 names, tab:*, one-letter names, #rgb, #rrggbb, a gray level "0.5". NSR_EUSAGE. */
bool nsr_color_parse(nsr_rgb *rgb, const char *text, nsr_err *err);

#ifdef __cplusplus
}
#endif
#endif
