/* SPDX-License-Identifier: MIT */
/* Small HDF5 files for the tests of source and environment, made in a folder of their own. */
#ifndef H5_MAKE_H
#define H5_MAKE_H

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char make_folder[64] = "/tmp/nsr-test-XXXXXX";

static inline const char *make_path(char path[200], const char *name) {
    snprintf(path, 200, "%s/%s", make_folder, name);
    return path;
}

/* One dataset; `filters`: letters in order, s shuffle, z gzip, f fletcher32, n nbit. chunk NULL: contiguous. */
typedef struct make_data {
    const char *path;
    hid_t type, memory;
    int rank;
    hsize_t shape[3], chunk[3];
    const char *filters;
    const void *values; /* NULL: nothing is written */
} make_data;

static inline hid_t make_dataset(hid_t file, const make_data *d) {
    hid_t dcpl = H5Pcreate(H5P_DATASET_CREATE), lcpl = H5Pcreate(H5P_LINK_CREATE);
    hid_t space = d->rank > 0 ? H5Screate_simple(d->rank, d->shape, NULL) : H5Screate(H5S_SCALAR);
    H5Pset_create_intermediate_group(lcpl, 1);
    if (d->chunk[0]) H5Pset_chunk(dcpl, d->rank, d->chunk);
    for (const char *f = d->filters; f && *f; f++)
        *f == 's'   ? H5Pset_shuffle(dcpl)
        : *f == 'z' ? H5Pset_deflate(dcpl, 4)
        : *f == 'n' ? H5Pset_nbit(dcpl)
                    : H5Pset_fletcher32(dcpl);
    float nothing = -7;
    H5Pset_fill_value(dcpl, H5T_NATIVE_FLOAT, &nothing);
    hid_t dataset = H5Dcreate2(file, d->path, d->type, space, lcpl, dcpl, H5P_DEFAULT);
    if (d->values) H5Dwrite(dataset, d->memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, d->values);
    H5Sclose(space);
    H5Pclose(lcpl);
    H5Pclose(dcpl);
    return dataset;
}

static inline void make_doubles(hid_t file, const char *path, hsize_t n, const double *values) {
    make_data d = {
        .path = path, .type = H5T_IEEE_F64LE, .memory = H5T_NATIVE_DOUBLE, .rank = 1, .shape = {n}, .values = values};
    H5Dclose(make_dataset(file, &d));
}

static inline void make_text_attr(hid_t object, const char *name, const char *text) {
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, H5T_VARIABLE);
    hid_t attr = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attr, type, &text);
    H5Aclose(attr);
    H5Sclose(space);
    H5Tclose(type);
}

/* A column of n equal texts. */
static inline void make_texts(hid_t group, const char *name, const char *text, hsize_t n) {
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate_simple(1, &n, NULL);
    H5Tset_size(type, H5T_VARIABLE);
    const char **all = malloc(n * sizeof *all);
    for (hsize_t i = 0; i < n; i++)
        all[i] = text;
    hid_t dataset = H5Dcreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, all);
    free(all);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Tclose(type);
}

static inline void make_clean(void) {
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", make_folder);
    if (system(command) != 0) fprintf(stderr, "%s is left behind\n", make_folder);
}

#endif
