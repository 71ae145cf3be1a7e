/* SPDX-License-Identifier: MIT */
/* How a number is stored, and what it means: type, byte order, packing. Turning stored numbers into values is ours in
   every way of reading, so that all ways give the same values and none does it under HDF5's lock. */
#ifndef NSR_SOURCE_FILTER_NUMBER_FORM_H
#define NSR_SOURCE_FILTER_NUMBER_FORM_H

#include <nsrender/field.h>

typedef enum nsr_kind { NSR_KIND_REAL, NSR_KIND_SIGNED, NSR_KIND_UNSIGNED } nsr_kind;

typedef struct nsr_form {
    nsr_kind kind;
    int size; /* bytes: 1, 2, 4, 8; never more than those of the field's type */
    bool big_endian;
    bool foreign;      /* no type of ours: HDF5 makes it the field's type, which `kind` and `size` then tell */
    bool scaled;       /* value = stored * scale + add */
    double scale, add; /* in the field's type */
    int n_none;
    double none[4]; /* stored numbers that mean "no value" */
} nsr_form;

/* True when native stored numbers are the values. */
bool nsr_form_is_plain(const nsr_form *form, nsr_type type);
/* n stored numbers in native byte order become values. No overlap. */
void nsr_form_values(void *restrict values, nsr_type type, const nsr_form *form, const void *restrict stored, size_t n);
/* The same in place: the stored numbers, in their own byte order, fill the end of the room that the values take. */
void nsr_form_in_place(void *values, nsr_type type, const nsr_form *form, size_t n);
/* Where they have to be put for that. */
unsigned char *nsr_form_tail(void *values, nsr_type type, const nsr_form *form, size_t n);
/* n values, every step-th one from `values` on, go to `to`, `row` bytes apart. */
void nsr_scatter_values(void *to, size_t row, nsr_type type, const void *values, int64_t step, int64_t n);
/* Turns n numbers of `size` bytes round. */
void nsr_swap_values(void *values, int size, size_t n);

#endif
