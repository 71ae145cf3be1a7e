/* SPDX-License-Identifier: MIT */
/* Values of a field as the numbers that a Zarr store holds: integers of 8 or 16 bits that divide the range of the
   values evenly, or float32. All calls are local. Private to src/sink. */
#ifndef NSR_SINK_ZARR_QUANTISE_H
#define NSR_SINK_ZARR_QUANTISE_H

#include <nsrender/picture.h>

typedef enum nsr_zarr_type { NSR_ZARR_U8, NSR_ZARR_U16, NSR_ZARR_F32 } nsr_zarr_type;
/* Bytes of one stored number. */
static inline size_t nsr_zarr_type_size(nsr_zarr_type type) {
    return type == NSR_ZARR_U8 ? 1 : type == NSR_ZARR_U16 ? 2 : 4;
}

/* How values become stored numbers. Integers: stored = 1 + rint((value - lo) / (hi - lo) * (top - 1)) with top = 255 or
   65535, and 1 where lo = hi; 0 is no data. float32: stored = value; NaN is no data. */
typedef struct nsr_quantisation {
    nsr_zarr_type type;
    double lo, hi; /* the range of the values; both 0 where nothing is finite */
} nsr_quantisation;
/* The quantisation of values in this range. */
nsr_quantisation nsr_quantisation_make(nsr_zarr_type type, const nsr_range *range);

/* --- zarr_quantise.c: numbers --- */
/* value = stored * scale + offset; 1 and 0 for float32. */
double nsr_quantisation_scale(const nsr_quantisation *q);
double nsr_quantisation_offset(const nsr_quantisation *q);
/* How far a decoded value may be off, roundings included; `type` is that of the field. */
double nsr_quantisation_error(const nsr_quantisation *q, nsr_type type);
/* A value in units of stored numbers, neither rounded nor limited to their range: for colour limits. */
double nsr_quantised_exact(const nsr_quantisation *q, double value);
/* The value of a stored number; NaN for no data. */
double nsr_quantised_value(const nsr_quantisation *q, double stored);

/* --- zarr_quantise.c: arrays --- */
/* Quantises n values of the field's type `type`, which must fit (nsr_values_fit); NaN and infinities become no data. */
void nsr_quantise(void *stored, const nsr_quantisation *q, nsr_type type, const void *values, size_t n);
/* n stored numbers of no data. */
void nsr_stored_nothing(void *stored, nsr_zarr_type type, size_t n);
/* n stored numbers as doubles. */
void nsr_stored_read(double *numbers, nsr_zarr_type type, const void *stored, size_t n);
enum { NSR_STORED_MARKS = 2 };
/* An image of map->h x map->w pixels from the stored numbers of the bins; pixels without a bin become no data. In front
   of bin 0, to which `stored` points, the caller keeps NSR_STORED_MARKS numbers of no data: marks of the map index
   them. */
void nsr_stored_paint(void *image, const nsr_bin_map *map, nsr_zarr_type type, const void *stored);

/* --- zarr_fit.c --- */
/* Whether the whole range can be stored, to be asked before anything is rendered; NSR_EUSAGE where float32 is too
   small. */
bool nsr_quantisation_fits(const nsr_quantisation *q, nsr_err *err);
/* Whether n values can be stored; NaN and infinities always can. NSR_EUSAGE where float32 is too small, NSR_EDATA for a
   value outside lo .. hi; the message names the field. */
bool nsr_values_fit(const nsr_field *field, const nsr_quantisation *q, nsr_type type, const void *values, size_t n,
                    nsr_err *err);

#endif
