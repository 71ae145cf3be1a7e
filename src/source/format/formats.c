/* SPDX-License-Identifier: MIT */
/* The registry of formats: the first one that recognises a file is used. */
#include "source/format_and_way.h"

#include <string.h>

/* The last one accepts every file. */
static const nsr_format *const formats[] = {&nsr_format_nwb, &nsr_format_netcdf, &nsr_format_hdf5};

const nsr_format *nsr_format_of(hid_t file) {
    size_t i = 0;
    while (i + 1 < NSR_COUNTOF(formats) && !formats[i]->probe(file))
        i++;
    return formats[i];
}

const nsr_format *nsr_format_named(const char *name) {
    size_t i = 0;
    while (i + 1 < NSR_COUNTOF(formats) && strcmp(formats[i]->name, name) != 0)
        i++;
    return formats[i];
}
