/* SPDX-License-Identifier: MIT */
/* How a number is stored: type, byte order, packing. This program converts stored numbers to values itself in every way
   of reading, so that all ways give the same values and none converts under HDF5's lock. */
#ifndef NSR_SOURCE_FILTER_NUMBER_FORM_H
#define NSR_SOURCE_FILTER_NUMBER_FORM_H

#include <nsrender/field.h>

typedef enum nsr_kind { NSR_KIND_REAL, NSR_KIND_SIGNED, NSR_KIND_UNSIGNED } nsr_kind;

enum { NSR_MARKS = 16 }; /* numbers that mean "no value" */

typedef struct nsr_form {
    nsr_kind kind;
    int size; /* bytes: 1, 2, 4, 8; never more than those of the field's type */
    bool big_endian;
    bool foreign;      /* HDF5 converts it to the field's type, which `kind` and `size` describe */
    bool scaled;       /* value = stored * scale + add */
    double scale, add; /* in the field's type */
    int n_none;
    double none[NSR_MARKS]; /* stored numbers that mean "no value" */
} nsr_form;

/* True when stored numbers in native byte order are the values themselves. Local, like all functions here. */
bool nsr_form_is_plain(const nsr_form *form, nsr_type type);
/* Converts n stored numbers in native byte order to values. No overlap. */
void nsr_form_values(void *restrict values, nsr_type type, const nsr_form *form, const void *restrict stored, size_t n);
/* Converts in place: the n stored numbers, in their own byte order, are at nsr_form_tail of the buffer of the values.
 */
void nsr_form_in_place(void *values, nsr_type type, const nsr_form *form, size_t n);
/* The place for n stored numbers at the end of a buffer of n values, for nsr_form_in_place. */
unsigned char *nsr_form_tail(void *values, nsr_type type, const nsr_form *form, size_t n);
/* Copies n values, every step-th one from `values` on, to places `row` bytes apart. */
void nsr_scatter_values(void *to, size_t row, nsr_type type, const void *values, int64_t step, int64_t n);
/* Reverses the byte order of n numbers of `size` bytes. */
void nsr_swap_values(void *values, int size, size_t n);

#endif
