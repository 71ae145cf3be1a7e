/* SPDX-License-Identifier: MIT */
/* Marks for missing values: numbers that mean "no value" by the attributes _FillValue and missing_value, and the sign
   that _Unsigned gives to integers. */
#include "marks.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What the netCDF library leaves where nothing was written (netcdf.h: NC_FILL_...); of bytes it is no mark. */
static const double netcdf_fill[3][4] = {[NSR_KIND_REAL] = {0, 0, 9.9692099683868690e+36, 9.9692099683868690e+36},
                                         [NSR_KIND_SIGNED] = {0, -32767, -2147483647.0, -9223372036854775806.0},
                                         [NSR_KIND_UNSIGNED] = {0, 65535, 4294967295.0, 18446744073709551614.0}};

void nsr_marks_add(nsr_marks *marks, double value) {
    double all = ldexp(1, 8 * marks->size);
    if (marks->kind == NSR_KIND_UNSIGNED && value < 0) value += all; /* the attribute has it as a signed number */
    if (marks->kind == NSR_KIND_SIGNED && value >= all / 2) value -= all;
    if (isnan(value)) return;
    for (int i = 0; i < marks->n && i < NSR_MARKS; i++)
        if (marks->value[i] == value) return;
    if (marks->n < NSR_MARKS) marks->value[marks->n] = value;
    marks->n++;
}

/* Reads all numbers of an attribute, for the caller to free; NULL: there are none. */
static double *read_numbers(hid_t dataset, const char *name, hssize_t *n) {
    double *values = NULL;
    *n = 0;
    if (H5Aexists(dataset, name) <= 0) return NULL;
    hid_t attr = H5Aopen(dataset, name, H5P_DEFAULT), type = attr >= 0 ? H5Aget_type(attr) : H5I_INVALID_HID;
    hid_t space = attr >= 0 ? H5Aget_space(attr) : H5I_INVALID_HID;
    H5T_class_t class = type >= 0 ? H5Tget_class(type) : H5T_NO_CLASS;
    if (space >= 0 && (class == H5T_INTEGER || class == H5T_FLOAT)) *n = H5Sget_simple_extent_npoints(space);
    if (*n > 0 && *n <= NSR_MARKS) values = malloc((size_t)*n * sizeof *values);
    if (values && H5Aread(attr, H5T_NATIVE_DOUBLE, values) < 0) {
        free(values);
        values = NULL;
    }
    nsr_h5_close(space);
    nsr_h5_close(type);
    nsr_h5_close(attr);
    H5Eclear2(H5E_DEFAULT);
    return values;
}

/* More marks than fit count, too, so that marks->n tells of them. */
static void add_attribute(nsr_marks *marks, hid_t dataset, const char *name) {
    hssize_t n;
    double *values = read_numbers(dataset, name, &n);
    for (hssize_t i = 0; values && i < n; i++)
        nsr_marks_add(marks, values[i]);
    if (n > NSR_MARKS) marks->n = n < INT_MAX ? (int)n : INT_MAX;
    free(values);
}

void nsr_marks_read(nsr_marks *marks, hid_t dataset) {
    char text[8];
    nsr_h5_text_attr(dataset, "_Unsigned", text, sizeof text);
    marks->stored = marks->kind;
    if (strcasecmp(text, "true") == 0 && marks->kind == NSR_KIND_SIGNED) marks->kind = NSR_KIND_UNSIGNED;
    if (strcasecmp(text, "false") == 0 && marks->kind == NSR_KIND_UNSIGNED) marks->kind = NSR_KIND_SIGNED;
    add_attribute(marks, dataset, "_FillValue");
    add_attribute(marks, dataset, "missing_value");
}

/* Does the netCDF library keep this dataset? */
static bool is_of_netcdf(hid_t dataset) {
    return H5Aexists(dataset, "_Netcdf4Dimid") > 0 || H5Aexists(dataset, "_Netcdf4Coordinates") > 0 ||
           H5Aexists(dataset, "CLASS") > 0; /* a dimension scale */
}

void nsr_marks_of_list(nsr_marks *marks, hid_t dataset) {
    hid_t type = H5Dget_type(dataset);
    bool real = type >= 0 && H5Tget_class(type) == H5T_FLOAT;
    *marks = (nsr_marks){.size = type >= 0 ? (int)H5Tget_size(type) : 8};
    marks->kind = real ? NSR_KIND_REAL
                  : type >= 0 && H5Tget_class(type) == H5T_INTEGER && H5Tget_sign(type) == H5T_SGN_2
                      ? NSR_KIND_SIGNED
                      : NSR_KIND_UNSIGNED;
    nsr_h5_close(type);
    nsr_marks_read(marks, dataset);
    int log = marks->size == 2 ? 1 : marks->size == 4 ? 2 : marks->size == 8 ? 3 : 0;
    if (log > 0 && is_of_netcdf(dataset)) nsr_marks_add(marks, netcdf_fill[marks->kind][log]);
    if (marks->size == 8 && marks->kind == NSR_KIND_SIGNED) nsr_marks_add(marks, -ldexp(1, 63)); /* NaT of NumPy */
    H5Eclear2(H5E_DEFAULT);
}

static bool is_mark(const nsr_marks *marks, double value) {
    for (int i = 0; i < marks->n && i < NSR_MARKS; i++)
        if (value == marks->value[i]) return true;
    return false;
}

void nsr_marks_apply(const nsr_marks *marks, double *values, int64_t n) {
    double all = ldexp(1, 8 * marks->size);
    for (int64_t i = 0; i < n; i++) {
        if (marks->kind != marks->stored && marks->kind == NSR_KIND_UNSIGNED && values[i] < 0) values[i] += all;
        if (marks->kind != marks->stored && marks->kind == NSR_KIND_SIGNED && values[i] >= all / 2) values[i] -= all;
        if (is_mark(marks, values[i])) values[i] = NAN;
    }
}
