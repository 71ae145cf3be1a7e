/* SPDX-License-Identifier: MIT */
/* Frames of pandas in HDF5. With format="fixed" a group holds the index (axis1) and blocks of columns of one type
   (block0_values); with format="table" a dataset of records, which is no field. */
#include "pandas.h"

#include <stdio.h>
#include <string.h>

/* The pandas_type of the group that holds the dataset at `path`; "" without one. */
static void type_of_group(hid_t file, const char *path, char group[1024], char type[32]) {
    snprintf(group, 1024, "%.*s", (int)(strrchr(path, '/') - path), path);
    hid_t open = H5Gopen2(file, group[0] ? group : "/", H5P_DEFAULT);
    type[0] = 0;
    if (open >= 0) nsr_h5_text_attr(open, "pandas_type", type, 32);
    nsr_h5_close(open);
    H5Eclear2(H5E_DEFAULT);
}

/* Rows that are only numbered: an index of integers without a name. */
static bool only_numbers(hid_t file, const char *index) {
    char kind[32] = "", name[64] = "";
    hid_t dataset = nsr_h5_kind(file, index) == H5I_DATASET ? H5Dopen2(file, index, H5P_DEFAULT) : H5I_INVALID_HID;
    if (dataset < 0) return true;
    nsr_h5_text_attr(dataset, "kind", kind, sizeof kind);
    nsr_h5_text_attr(dataset, "name", name, sizeof name);
    nsr_h5_close(dataset);
    return strcmp(kind, "integer") == 0 && (name[0] == 0 || strcmp(name, "N.") == 0); /* "N.": a pickled None */
}

bool nsr_pandas_times(nsr_found *found, hid_t file) {
    char group[1024], type[32], index[1100];
    type_of_group(file, found->field.path, group, type);
    if (strcmp(type, "frame") != 0) return false;
    snprintf(index, sizeof index, "%s/axis1", group);
    return !only_numbers(file, index) && nsr_times_take(found, file, index, true);
}

bool nsr_pandas_advise(const nsr_found *found, hid_t file, nsr_err *err) {
    char group[1024], type[32];
    const nsr_field *field = &found->field;
    const char *slash = strrchr(field->file, '/'), *name = slash ? slash + 1 : field->file;
    type_of_group(file, field->path, group, type);
    if (strncmp(type, "frame_table", 11) != 0) return true;
    return nsr_fail(err, NSR_EDATA,
                    "%s: %s: is a table of pandas, which is stored row by row; write it again with "
                    "pandas.read_hdf('%.200s', '%s').to_hdf('new.h5', key='%s', format='fixed')",
                    field->file, group, name, group + 1, group + 1);
}

bool nsr_pandas_is_index(const char *path) { return strstr(path, "/_i_") != NULL; }
