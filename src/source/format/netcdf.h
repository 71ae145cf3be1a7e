/* SPDX-License-Identifier: MIT */
/* Reads netCDF in four steps: the meaning of the dimensions, their coordinates, the states of a decoder, the table from
   stored bins to cells. All but nsr_netcdf_arrange are local and run on the root. */
#ifndef NSR_SOURCE_FORMAT_NETCDF_H
#define NSR_SOURCE_FORMAT_NETCDF_H

#include "source/dataset/dataset.h"

/* The index of the dimension that has a meaning; -1: there is none. */
typedef struct nsr_roles {
    int interval, time, state, x, y, line;
    int stack; /* bins, whose positions (and states) are in other variables */
} nsr_roles;

/* The cells that are made of the stored bins, and their coordinates. */
typedef struct nsr_bins {
    nsr_fold fold; /* stored bins to cells; from NULL: as stored */
    nsr_coordinate axis[2];
    double *center[2];
} nsr_bins;

/* --- netcdf_roles.c --- */
/* Finds the roles by the names of the dimensions. False: no decoder writes such dimensions. */
bool nsr_roles_find(nsr_roles *roles, const nsr_field *field);
/* Do the bins have positions, so that they can be drawn? */
bool nsr_roles_spatial(const nsr_roles *roles, hid_t file, const nsr_field *field);
/* The path of the first of the names (a list that ends with NULL) that is a variable of n numbers, or of n texts, in
   the field's group or a group above it. False: there is none. */
bool nsr_netcdf_beside(char path[1024], hid_t file, const nsr_field *field, const char *const *names, bool texts,
                       int64_t n);
extern const char *const nsr_x_names[], *const nsr_y_names[], *const nsr_line_names[], *const nsr_state_names[];

/* --- netcdf_axis.c --- */
/* Is there a coordinate variable at `path`? False for "", and for the empty scale that stands for a dimension without
   one. */
bool nsr_netcdf_is_variable(hid_t file, const char *path);
/* The index in the file of dimension `dim` of the field, which differs where frames come last. */
int nsr_netcdf_dim(const nsr_field *field, int dim);
/* Reads the coordinate of a dimension: name, units, and centres in increasing order, which the caller frees. *down:
   they are stored in decreasing order. NSR_EDATA: neither. */
bool nsr_netcdf_axis(nsr_coordinate *axis, double **center, bool *down, hid_t file, const nsr_found *found, int dim,
                     nsr_err *err);
/* The values of a variable of n numbers, unpacked, for the caller to free; its name and units go to `axis`. NULL: an
   error. */
double *nsr_netcdf_numbers(nsr_coordinate *axis, hid_t file, const nsr_field *field, const char *path, int64_t n,
                           nsr_err *err);

/* --- netcdf_states.c --- */
typedef struct nsr_states {
    int n;       /* different ones, in the order of the file */
    char **name; /* n of them; "0", "1", ... where they have none */
    int *of;     /* index in `name` of the i-th text of the file */
    int chosen;  /* -1: their sum */
} nsr_states;
/* Reads the n texts at `path`; path "": n states without names. The caller frees `states`, also after a failure. */
bool nsr_states_read(nsr_states *states, hid_t file, const nsr_field *field, const char *path, int64_t n, nsr_err *err);
/* The index of the state with the name; nsr_states_find takes its number too. -1: there is none. */
int nsr_states_named(const nsr_states *states, const char *wanted);
int nsr_states_find(const nsr_states *states, const char *wanted);
/* Writes the names for a message, cut at `size`. */
void nsr_states_list(const nsr_states *states, char *text, size_t size);
/* Applies --state NAME|INDEX|sum (NULL: sum) to states->chosen, and logs the choice. NSR_EUSAGE: no such state. */
bool nsr_states_choose(nsr_states *states, const nsr_field *field, const char *wanted, nsr_err *err);
void nsr_states_free(nsr_states *states);

/* --- netcdf_rooms.c --- */
/* Reads the environments of n stacked bins with these states (name NULL: none). `rooms` stays empty where the file has
   no environments. */
bool nsr_rooms_read(nsr_states *rooms, const nsr_states *states, hid_t file, const nsr_field *field, int64_t n,
                    nsr_err *err);

/* --- netcdf_bins.c, netcdf_stack.c: the table from stored bins to the cells of a grid --- */
/* Fill `bins` for dimensions of positions, and for stacked bins; `state` is --state or NULL. The caller frees `bins`
   with nsr_bins_free, also after a failure. */
bool nsr_bins_of_axes(nsr_bins *bins, hid_t file, const nsr_found *found, const nsr_roles *roles, const char *state,
                      nsr_err *err);
bool nsr_bins_of_stack(nsr_bins *bins, hid_t file, const nsr_field *field, const nsr_roles *roles, const char *state,
                       nsr_err *err);
void nsr_bins_free(nsr_bins *bins);

/* --- netcdf_shown.c --- */
/* nsr_format.arrange of netCDF. Collective. */
bool nsr_netcdf_arrange(nsr_source *source, const nsr_comm *comm, const nsr_config *config, nsr_err *err);

#endif
