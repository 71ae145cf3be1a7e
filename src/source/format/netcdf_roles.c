/* SPDX-License-Identifier: MIT */
/* The meaning of the dimensions of a decoded variable, by the names that decoders give them. */
#include "netcdf.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *const nsr_x_names[] = {"x_position", "x_pos", "x", NULL};
const char *const nsr_y_names[] = {"y_position", "y_pos", "y", NULL};
const char *const nsr_line_names[] = {"position", "linear_position", "track_position", NULL};
const char *const nsr_state_names[] = {"state", "states", NULL};
static const char *const time_names[] = {"time", "times", "t", NULL};
static const char *const interval_names[] = {"intervals", "interval", NULL};

static bool is_one_of(const char *name, const char *const *names) {
    for (; *names; names++)
        if (strcasecmp(name, *names) == 0) return true;
    return false;
}

/* The index of the dimension with one of the names; -1: there is none. */
static int find_dimension(const nsr_field *field, const char *const *names) {
    for (int i = 0; i < field->n_dims; i++)
        if (is_one_of(field->dim[i], names)) return i;
    return -1;
}

static int count_roles(const nsr_roles *r) {
    return (r->interval >= 0) + (r->time >= 0) + (r->state >= 0) + (r->x >= 0) + (r->y >= 0) + (r->line >= 0);
}

bool nsr_roles_find(nsr_roles *roles, const nsr_field *field) {
    *roles = (nsr_roles){.interval = find_dimension(field, interval_names),
                         .time = find_dimension(field, time_names),
                         .state = find_dimension(field, nsr_state_names),
                         .x = find_dimension(field, nsr_x_names),
                         .y = find_dimension(field, nsr_y_names),
                         .line = find_dimension(field, nsr_line_names),
                         .stack = -1};
    int first = roles->interval >= 0 ? 1 : 0;
    if (roles->interval > 0 || roles->time != first) return false;
    if (field->n_dims == first + 2 && count_roles(roles) == first + 1) roles->stack = first + 1;
    if (roles->x >= 0 && roles->y < 0 && roles->line < 0) { /* a track along x */
        roles->line = roles->x;
        roles->x = -1;
    }
    return roles->stack >= 0 || (count_roles(roles) == field->n_dims && (roles->x < 0) == (roles->y < 0) &&
                                 (roles->x < 0 || roles->line < 0));
}

/* Does the dataset hold n numbers, or n texts? Texts may be rows of characters. */
static bool has_one_per_bin(hid_t file, const char *path, bool texts, int64_t n) {
    hsize_t shape[2] = {0, 0};
    hid_t dataset = nsr_h5_kind(file, path) == H5I_DATASET ? H5Dopen2(file, path, H5P_DEFAULT) : H5I_INVALID_HID;
    hid_t type = dataset >= 0 ? H5Dget_type(dataset) : H5I_INVALID_HID;
    int dims = dataset >= 0 ? nsr_h5_shape(dataset, 2, shape) : -1;
    bool text = type >= 0 && H5Tget_class(type) == H5T_STRING;
    bool good =
        type >= 0 && shape[0] == (hsize_t)n &&
        (texts ? text && (dims == 1 || (dims == 2 && H5Tget_size(type) == 1)) : dims == 1 && nsr_is_numeric(type));
    nsr_h5_close(type);
    nsr_h5_close(dataset);
    return good;
}

bool nsr_netcdf_beside(char path[1024], hid_t file, const nsr_field *field, const char *const *names, bool texts,
                       int64_t n) {
    for (; *names; names++) {
        for (const char *end = strrchr(field->path, '/');; end--) { /* group by group upwards */
            while (end > field->path && *end != '/')
                end--;
            if (snprintf(path, 1024, "%.*s/%s", (int)(end - field->path), field->path, *names) < 1024 &&
                has_one_per_bin(file, path, texts, n))
                return true;
            if (end == field->path) break;
        }
    }
    return false;
}

bool nsr_roles_spatial(const nsr_roles *roles, hid_t file, const nsr_field *field) {
    char path[1024];
    if (roles->stack < 0) return roles->x >= 0 || roles->line >= 0;
    int64_t n = field->shape[roles->stack];
    return nsr_netcdf_beside(path, file, field, nsr_x_names, false, n) ||
           nsr_netcdf_beside(path, file, field, nsr_line_names, false, n);
}
