/* SPDX-License-Identifier: MIT */
/* Warnings of times that are probably not seconds of a clock, judged by the first ones. Times are never changed. */
#include "find.h"

#include <nsrender/log.h>
#include <stdio.h>

enum { CHECKED = 256 };

/* Reads the first times as they are stored; returns how many. *size: bytes of a stored real number, 0 for integers. */
static int first_times(const nsr_field *field, hid_t file, double *times, size_t *size) {
    nsr_slab first = {0, 1, field->times.n < CHECKED ? field->times.n : CHECKED};
    int gap;
    hid_t dataset = nsr_virtual_open(file, field->times.path, &gap);
    hid_t type = dataset >= 0 ? H5Dget_type(dataset) : H5I_INVALID_HID;
    bool good = type >= 0 && first.n > 0 && nsr_list_read(dataset, first, times);
    *size = type >= 0 && H5Tget_class(type) == H5T_FLOAT ? H5Tget_size(type) : 0;
    nsr_h5_close(type);
    nsr_h5_close(dataset);
    H5Eclear2(H5E_DEFAULT);
    return good ? (int)first.n : 0;
}

static bool counts(const double *times, int n) {
    for (int i = 0; i < n; i++)
        if (times[i] != times[0] + i) return false;
    return n >= 3 && (times[0] == 0 || times[0] == 1);
}

static bool repeats(const double *times, int n) {
    for (int i = 1; i < n; i++)
        if (times[i] == times[i - 1]) return true;
    return false;
}

/* A float has 24 bits: near 1.6e9, seconds since 1970, two neighbours lie 128 s apart. */
void nsr_warn_doubtful_times(const nsr_found *found, hid_t file) {
    const nsr_field *field = &found->field;
    double times[CHECKED];
    size_t size = 0;
    if (!field->times.path[0] || found->storage.by_interval || found->quiet) return;
    int n = first_times(field, file, times, &size);
    if (field->times.unit == 1 && counts(times, n))
        nsr_warn("%s: %s is %g, %g, %g, ...: probably frame numbers, not seconds; --sampling-rate HZ or --times-from "
                 "NAME gives the "
                 "real clock",
                 field->file, field->times.path, times[0], times[1], times[2]);
    else if (size == 4 && repeats(times, n))
        nsr_warn(
            "%s: %s has equal neighbours: it is float32, which holds %.9g only to %.3g; store times as float64, or "
            "give --sampling-rate HZ",
            field->file, field->times.path, times[0], times[0] / 0x1p23);
}
