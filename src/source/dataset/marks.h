/* SPDX-License-Identifier: MIT */
/* Numbers that mean "no value", of fields, times and coordinates. Functions are local, and those that take a hid_t are
   called by one thread at a time. */
#ifndef NSR_SOURCE_DATASET_MARKS_H
#define NSR_SOURCE_DATASET_MARKS_H

#include "base/h5.h"
#include "source/filter/number_form.h"

typedef struct nsr_marks {
    nsr_kind stored, kind; /* of integers `kind` has the sign that the attribute _Unsigned gives */
    int size;              /* bytes of a number */
    int n;                 /* more than NSR_MARKS: the others are not in `value` */
    double value[NSR_MARKS];
} nsr_marks;

/* Adds a mark, with the sign of marks->kind, unless it is there. */
void nsr_marks_add(nsr_marks *marks, double value);
/* Sets kind and adds the marks of the attributes; the caller has set kind, as the type has it, and size. */
void nsr_marks_read(nsr_marks *marks, hid_t dataset);
/* Describes the marks of a list of times or coordinates: those of the attributes, the default fill values of the
   netCDF library, and NumPy's "not a time". */
void nsr_marks_of_list(nsr_marks *marks, hid_t dataset);
/* Makes values of n numbers that HDF5 has read as double: sign, and NaN for marks. */
void nsr_marks_apply(const nsr_marks *marks, double *values, int64_t n);

#endif
