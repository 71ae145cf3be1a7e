/* SPDX-License-Identifier: MIT */
/* The seams inside netCDF: what dimensions mean, what coordinates say, and the table of bins that follows. Root only.
 */
#ifndef NSR_SOURCE_FORMAT_NETCDF_H
#define NSR_SOURCE_FORMAT_NETCDF_H

#include "source/dataset/dataset.h"

/* Which dimension is what; -1: there is none. */
typedef struct nsr_roles {
    int interval, time, state, x, y, line;
    int stack; /* one bin after the other, whose positions (and states) stand in variables of their own */
} nsr_roles;

/* The bins of a field, as coordinates have them. */
typedef struct nsr_bins {
    nsr_fold fold; /* stored bins to cells; from NULL: as stored */
    nsr_coordinate axis[2];
    double *center[2];
} nsr_bins;

/* --- netcdf_roles.c --- */
/* By the names of the dimensions. False: this is nothing that a decoder writes. */
bool nsr_roles_find(nsr_roles *roles, const nsr_field *field);
/* The dimensions that are known have a position, so that a picture can be made. */
bool nsr_roles_spatial(const nsr_roles *roles, hid_t file, const nsr_field *field);
/* The first of the names (NULL-ended) that is a variable of n numbers, or texts, beside the field or above it. */
bool nsr_netcdf_beside(char path[1024], hid_t file, const nsr_field *field, const char *const *names, bool texts,
                       int64_t n);
extern const char *const nsr_x_names[], *const nsr_y_names[], *const nsr_line_names[], *const nsr_state_names[];

/* --- netcdf_axis.c --- */
/* False: the scale of a dimension that has no variable, or no scale at all. */
bool nsr_netcdf_is_variable(hid_t file, const char *path);
/* The place of a dimension in the file, which may have frames last. */
int nsr_netcdf_dim(const nsr_field *field, int dim);
/* A coordinate: its centres in increasing order, to free; `down`: stored the other way round. */
bool nsr_netcdf_axis(nsr_coordinate *axis, double **center, bool *down, hid_t file, const nsr_field *field, int dim,
                     nsr_err *err);
/* Name, units and values (to free) of a variable of n numbers. */
double *nsr_netcdf_numbers(nsr_coordinate *axis, hid_t file, const nsr_field *field, const char *path, int64_t n,
                           nsr_err *err);

/* --- netcdf_states.c --- */
typedef struct nsr_states {
    int n;       /* different ones, in the order of the file */
    char **name; /* n of them; "0", "1", ... where they have none */
    int *of;     /* which one the i-th text of the file is */
    int chosen;  /* -1: their sum */
} nsr_states;
/* The n texts of a dataset; path "": there are none, and n states. */
bool nsr_states_read(nsr_states *states, hid_t file, const nsr_field *field, const char *path, int64_t n, nsr_err *err);
/* Which one has the name; or, for find, the number. -1: none. */
int nsr_states_named(const nsr_states *states, const char *wanted);
int nsr_states_find(const nsr_states *states, const char *wanted);
/* Their names, for a message. */
void nsr_states_list(const nsr_states *states, char *text, size_t size);
/* --state NAME|INDEX|sum; says what was chosen. */
bool nsr_states_choose(nsr_states *states, const nsr_field *field, const char *wanted, nsr_err *err);
void nsr_states_free(nsr_states *states);

/* --- netcdf_rooms.c --- */
/* The environments of n stacked bins, which have these states (name NULL: none). Nothing where the file says none. */
bool nsr_rooms_read(nsr_states *rooms, const nsr_states *states, hid_t file, const nsr_field *field, int64_t n,
                    nsr_err *err);

/* --- netcdf_bins.c, netcdf_stack.c: a table from the stored bins to the cells of a grid --- */
bool nsr_bins_of_axes(nsr_bins *bins, hid_t file, const nsr_field *field, const nsr_roles *roles, const char *state,
                      nsr_err *err);
bool nsr_bins_of_stack(nsr_bins *bins, hid_t file, const nsr_field *field, const nsr_roles *roles, const char *state,
                       nsr_err *err);
void nsr_bins_free(nsr_bins *bins);

/* --- netcdf_shown.c --- */
/* nsr_format.arrange of netCDF. Collective. */
bool nsr_netcdf_arrange(nsr_source *source, const nsr_comm *comm, const nsr_config *config, nsr_err *err);

#endif
