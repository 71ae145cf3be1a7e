/* SPDX-License-Identifier: MIT */
/* Dimension labels and scales, read from their attributes. The dimension scales API of the high-level HDF5 library is
   not used, because it trusts the file: H5DSget_label writes beyond its buffer if the attribute has more entries than
   the dataset has dimensions. */
#include "dataset.h"

#include <stdio.h>
#include <string.h>

/* Opens attribute `name` if it has one entry for each of the dimensions, n. `space` is needed to free memory of
   variable length. */
static hid_t per_dimension(hid_t dataset, const char *name, int n, hid_t *space) {
    *space = H5I_INVALID_HID;
    if (H5Aexists(dataset, name) <= 0) return H5I_INVALID_HID;
    hid_t attr = H5Aopen(dataset, name, H5P_DEFAULT);
    hsize_t length = 0;
    *space = attr >= 0 ? H5Aget_space(attr) : H5I_INVALID_HID;
    if (*space >= 0 && H5Sget_simple_extent_ndims(*space) == 1 &&
        H5Sget_simple_extent_dims(*space, &length, NULL) == 1 && length == (hsize_t)n)
        return attr;
    nsr_h5_close(*space);
    nsr_h5_close(attr);
    *space = H5I_INVALID_HID;
    return H5I_INVALID_HID;
}

static void read_labels(nsr_field *field, hid_t dataset, int n) {
    char *text[NSR_DIMS] = {0};
    hid_t space, attr = per_dimension(dataset, "DIMENSION_LABELS", n, &space);
    if (attr < 0) return;
    hid_t type = H5Aget_type(attr);
    if (H5Tis_variable_str(type) > 0 && H5Aread(attr, type, text) >= 0) {
        for (int i = 0; i < n; i++)
            if (text[i]) snprintf(field->dim[i], sizeof field->dim[i], "%s", text[i]);
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, text);
    }
    nsr_h5_close(type);
    nsr_h5_close(space);
    nsr_h5_close(attr);
}

/* The path of the dataset that the first reference of a list leads to. */
static void path_of_first(char path[1024], hid_t dataset, const hvl_t *list, nsr_catalog *catalog) {
    hid_t object = list->len ? H5Rdereference2(dataset, H5P_DEFAULT, H5R_OBJECT, list->p) : H5I_INVALID_HID;
    const char *found = object >= 0 && H5Iget_type(object) == H5I_DATASET ? nsr_catalog_path(catalog, object) : NULL;
    snprintf(path, 1024, "%s", found ? found : "");
    nsr_h5_close(object);
}

static void read_scales(nsr_storage *storage, hid_t dataset, int n, nsr_catalog *catalog) {
    hvl_t list[NSR_DIMS] = {0};
    hid_t space, attr = per_dimension(dataset, "DIMENSION_LIST", n, &space);
    if (attr < 0) return;
    hid_t stored = H5Aget_type(attr), item = H5Tget_class(stored) == H5T_VLEN ? H5Tget_super(stored) : H5I_INVALID_HID;
    hid_t type = item >= 0 && H5Tequal(item, H5T_STD_REF_OBJ) > 0 ? H5Tvlen_create(H5T_STD_REF_OBJ) : H5I_INVALID_HID;
    if (type >= 0 && H5Aread(attr, type, list) >= 0) {
        for (int i = 0; i < n; i++)
            path_of_first(storage->scale[i], dataset, &list[i], catalog);
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, list);
    }
    nsr_h5_close(type);
    nsr_h5_close(item);
    nsr_h5_close(stored);
    nsr_h5_close(space);
    nsr_h5_close(attr);
}

void nsr_dims_describe(nsr_found *found, hid_t dataset, int n, nsr_catalog *catalog) {
    nsr_field *field = &found->field;
    read_labels(field, dataset, n);
    read_scales(&found->storage, dataset, n, catalog);
    for (int i = 0; i < n; i++) {
        const char *scale = found->storage.scale[i], *slash = strrchr(scale, '/');
        if (!field->dim[i][0] && slash) snprintf(field->dim[i], sizeof field->dim[i], "%s", slash + 1);
    }
    H5Eclear2(H5E_DEFAULT);
}
