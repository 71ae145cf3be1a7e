/* SPDX-License-Identifier: MIT */
/* Coordinate variables: centres of cells in increasing order. */
#include "base/h5_bounds.h"
#include "netcdf.h"

#include <math.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int nsr_netcdf_dim(const nsr_field *field, int dim) {
    return !field->bins_first ? dim : dim > 0 ? dim - 1 : field->n_dims - 1;
}

/* netCDF stores a dimension without a variable as an empty scale with a standard name. */
bool nsr_netcdf_is_variable(hid_t file, const char *path) {
    char name[80] = "";
    hid_t dataset = path[0] ? H5Dopen2(file, path, H5P_DEFAULT) : H5I_INVALID_HID;
    if (dataset < 0) return false;
    nsr_h5_text_attr(dataset, "NAME", name, sizeof name);
    nsr_h5_close(dataset);
    return strncmp(name, "This is a netCDF dimension", 26) != 0;
}

/* Applies the packing and the marks for missing values of the CF attributes. */
static void unpack_coordinates(double *values, int64_t n, hid_t dataset) {
    double scale = nsr_h5_real_attr(dataset, "scale_factor", 1), add = nsr_h5_real_attr(dataset, "add_offset", 0);
    nsr_marks marks;
    nsr_marks_of_list(&marks, dataset);
    nsr_marks_apply(&marks, values, n);
    for (int64_t i = 0; i < n; i++)
        values[i] = values[i] * scale + add;
}

/* Name, units and packing of a variable. */
static void describe_axis(nsr_coordinate *axis, double *values, int64_t n, hid_t file, const char *path) {
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    snprintf(axis->name, sizeof axis->name, "%s", strrchr(path, '/') + 1);
    axis->units[0] = 0;
    if (dataset < 0) return;
    if (!nsr_h5_text_attr(dataset, "units", axis->units, sizeof axis->units))
        nsr_h5_text_attr(dataset, "unit", axis->units, sizeof axis->units);
    unpack_coordinates(values, n, dataset);
    nsr_h5_close(dataset);
}

double *nsr_netcdf_numbers(nsr_coordinate *axis, hid_t file, const nsr_field *field, const char *path, int64_t n,
                           nsr_err *err) {
    nsr_err why = {0};
    double *values = malloc((size_t)n * sizeof *values);
    if (!values) {
        nsr_fail(err, NSR_EINTERNAL, "out of memory for %lld coordinates", (long long)n);
    } else if (!nsr_h5_rows(file, path, H5T_NATIVE_DOUBLE, (hsize_t)n, 0, values, &why)) {
        nsr_fail(err, NSR_EDATA, "%s: %.300s", field->file, why.msg);
        free(values);
        values = NULL;
    } else {
        describe_axis(axis, values, n, file, path);
    }
    return values;
}

static double *by_number(int64_t n, nsr_err *err) {
    double *values = n <= NSR_H5_WHOLE / (int64_t)sizeof *values ? malloc((size_t)n * sizeof *values) : NULL;
    for (int64_t i = 0; values && i < n; i++)
        values[i] = (double)i;
    if (!values) nsr_fail(err, NSR_EINTERNAL, "out of memory for %lld coordinates", (long long)n);
    return values;
}

static void reverse_centers(double *values, int64_t n) {
    for (int64_t i = 0; i < n / 2; i++) {
        double kept = values[i];
        values[i] = values[n - 1 - i];
        values[n - 1 - i] = kept;
    }
}

/* Reverses decreasing centres. False when they neither increase nor decrease throughout. */
static bool make_rising(double *center, int64_t n, bool *down) {
    *down = n > 1 && center[1] < center[0];
    if (*down) reverse_centers(center, n);
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(center[i]) || (i > 0 && !(center[i] > center[i - 1]))) return false;
    return true;
}

bool nsr_netcdf_axis(nsr_coordinate *axis, double **center, bool *down, hid_t file, const nsr_found *found, int dim,
                     nsr_err *err) {
    const nsr_field *field = &found->field;
    const char *path = found->storage.scale[nsr_netcdf_dim(field, dim)];
    int64_t n = field->shape[dim];
    bool there = nsr_netcdf_is_variable(file, path);
    *center = there ? nsr_netcdf_numbers(axis, file, field, path, n, err) : by_number(n, err);
    if (!*center) return false;
    if (!there) {
        snprintf(axis->name, sizeof axis->name, "%s", field->dim[dim]);
        nsr_warn("%s: %s: dimension %s has no coordinates; its cells are numbered from 0", field->file, field->path,
                 field->dim[dim]);
    }
    axis->n = (int)n;
    return make_rising(*center, n, down) ||
           nsr_fail(err, NSR_EDATA, "%s: %s: coordinates have to increase or to decrease throughout, without NaN",
                    field->file, path);
}
