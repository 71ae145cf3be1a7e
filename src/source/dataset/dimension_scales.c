/* SPDX-License-Identifier: MIT */
/* Dimension labels and scales, read from their attributes. The dimension scales API of the high-level HDF5 library is
   not used, because it trusts the file: H5DSget_label writes beyond its buffer if the attribute has more entries than
   the dataset has dimensions. */
#include "dataset.h"

#include <stdio.h>
#include <string.h>

/* Opens attribute `name` if it has one entry per dimension. `space` is needed to free variable-length memory. */
static hid_t per_dimension(hid_t dataset, const char *name, hid_t *space, hsize_t *n) {
    *space = H5I_INVALID_HID;
    if (H5Aexists(dataset, name) <= 0) return H5I_INVALID_HID;
    hid_t attr = H5Aopen(dataset, name, H5P_DEFAULT);
    *space = attr >= 0 ? H5Aget_space(attr) : H5I_INVALID_HID;
    hsize_t shape[H5S_MAX_RANK];
    if (*space >= 0 && H5Sget_simple_extent_ndims(*space) == 1 && H5Sget_simple_extent_dims(*space, n, NULL) == 1 &&
        *n <= H5S_MAX_RANK && nsr_h5_shape(dataset, H5S_MAX_RANK, shape) == (int)*n)
        return attr;
    nsr_h5_close(*space);
    nsr_h5_close(attr);
    *space = H5I_INVALID_HID;
    return H5I_INVALID_HID;
}

static void read_label(hid_t dataset, int i, char *label, size_t size) {
    hid_t space, attr;
    hsize_t n = 0;
    char *text[H5S_MAX_RANK] = {0};
    label[0] = 0;
    if ((attr = per_dimension(dataset, "DIMENSION_LABELS", &space, &n)) < 0) return;
    hid_t type = H5Aget_type(attr);
    if (i < (int)n && H5Tis_variable_str(type) > 0 && H5Aread(attr, type, text) >= 0) {
        if (text[i]) snprintf(label, size, "%s", text[i]);
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, text);
    }
    nsr_h5_close(type);
    nsr_h5_close(space);
    nsr_h5_close(attr);
}

/* Search for a path to the object at an address: H5Iget_name finds none for an object that is open through another
   handle of the same file. */
typedef struct address_search {
    haddr_t address;
    char *path;
    size_t size;
} address_search;

static herr_t compare_address(hid_t root, const char *name, const H5L_info_t *link, void *user) {
    address_search *s = user;
    (void)root;
    if (link->type != H5L_TYPE_HARD || link->u.address != s->address) return 0;
    if ((size_t)snprintf(s->path, s->size, "/%s", name) >= s->size) s->path[0] = 0;
    return 1;
}

/* The name of the dataset that the first reference of a list leads to. */
static void name_of_first(hid_t dataset, const hvl_t *list, char *path, size_t size) {
    H5O_info_t info;
    hid_t object = list->len ? H5Rdereference2(dataset, H5P_DEFAULT, H5R_OBJECT, list->p) : H5I_INVALID_HID;
    hid_t file = object >= 0 ? H5Iget_file_id(dataset) : H5I_INVALID_HID; /* an external link may lead to another */
    address_search s = {HADDR_UNDEF, path, size};
    if (file >= 0 && H5Oget_info2(object, &info, H5O_INFO_BASIC) >= 0 && info.type == H5O_TYPE_DATASET) {
        s.address = info.addr;
        H5Lvisit(file, H5_INDEX_NAME, H5_ITER_INC, compare_address, &s);
    }
    nsr_h5_close(file);
    nsr_h5_close(object);
}

void nsr_dim_scale(hid_t dataset, int i, char *path, size_t size) {
    hid_t space, attr;
    hsize_t n = 0;
    hvl_t list[H5S_MAX_RANK] = {0};
    path[0] = 0;
    if ((attr = per_dimension(dataset, "DIMENSION_LIST", &space, &n)) < 0) return;
    hid_t stored = H5Aget_type(attr), item = H5Tget_class(stored) == H5T_VLEN ? H5Tget_super(stored) : H5I_INVALID_HID;
    hid_t type = item >= 0 && H5Tequal(item, H5T_STD_REF_OBJ) > 0 ? H5Tvlen_create(H5T_STD_REF_OBJ) : H5I_INVALID_HID;
    if (i < (int)n && type >= 0 && H5Aread(attr, type, list) >= 0) {
        name_of_first(dataset, &list[i], path, size);
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, list);
    }
    nsr_h5_close(type);
    nsr_h5_close(item);
    nsr_h5_close(stored);
    nsr_h5_close(space);
    nsr_h5_close(attr);
    H5Eclear2(H5E_DEFAULT);
}

void nsr_dim_label(hid_t dataset, int i, char *label, size_t size) {
    char path[1024];
    read_label(dataset, i, label, size);
    if (label[0]) return;
    nsr_dim_scale(dataset, i, path, sizeof path);
    const char *slash = strrchr(path, '/');
    snprintf(label, size, "%s", slash ? slash + 1 : "");
    H5Eclear2(H5E_DEFAULT);
}
