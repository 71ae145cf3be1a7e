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

/* Frames of a chunk row, or what is read like one; 0 when any frames can be read alone. */
static inline int64_t nsr_field_chunk_frames(const nsr_field *field) {
    return field->chunk[0] > 0 ? field->chunk[0] : field->cut;
}

/* --- field/range.c: exact finite minimum and maximum, and counts --- */
typedef struct nsr_range {
    int64_t n_values, n_finite, n_nan, n_posinf, n_neginf;
    double min, max; /* +inf, -inf while n_finite == 0; -0.0 never occurs */
    int64_t n_bad;   /* frames that could not be read */
} nsr_range;
void nsr_range_init(nsr_range *range);
/* Adds n values. Local, order of calls does not matter. */
void nsr_range_scan(nsr_range *range, nsr_type type, const void *values, size_t n);
void nsr_range_merge(nsr_range *into, const nsr_range *from);
/* One MPI_Allreduce. */
void nsr_range_reduce(nsr_range *range, const nsr_comm *comm);

/* The window of the display. vmin < vmax always. */
typedef struct nsr_limits {
    double vmin, vmax;
} nsr_limits;
/* The ancestor's rules: a given side (not NaN) replaces that side; no finite value and a side missing: (0, 1);
   both sides equal: -0.5, +0.5. NSR_EUSAGE when the result has vmin > vmax, or when both are given and vmin >= vmax. */
bool nsr_limits_choose(nsr_limits *limits, const nsr_range *range, double vmin, double vmax, nsr_err *err);

/* --- field/levels.c --- */
enum { NSR_LEVEL_NODATA = 256, NSR_LEVEL_BACKGROUND = 257, NSR_N_LEVELS = 258 };
typedef struct nsr_clip {
    int64_t below, above, nodata;
} nsr_clip; /* finite values outside the limits; NaN and infinities */
/* level = min(int((x - vmin) / (vmax - vmin) * 256), 255) in double, 0 below, 255 above; NaN and infinities 256.
   Adds to `clip`. Local. */
void nsr_levels(uint16_t *levels, nsr_type type, const void *values, size_t n, const nsr_limits *limits,
                nsr_clip *clip);

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
bool nsr_color_parse(nsr_rgb *rgb, const char *text, nsr_err *err);

#ifdef __cplusplus
}
#endif
#endif
