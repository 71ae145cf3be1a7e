/* SPDX-License-Identifier: MIT */
/* The environments in which stacked bins lie. non_local_detector writes the environment of every state (environments)
   and the state of every bin (state_ind); other programs may write the environment of every bin. */
#include "netcdf.h"

#include <stdlib.h>

static const char *const room_names[] = {"environments", "environment", "environment_name", NULL};
static const char *const number_names[] = {"state_ind", NULL};

/* Reads the number of the state of every bin. False without an error: the file has no valid ones. */
static bool number_bins(int *of, hid_t file, const nsr_field *field, int64_t n, nsr_err *err) {
    char path[1024];
    nsr_coordinate ignored;
    if (!nsr_netcdf_beside(path, file, field, number_names, false, n)) return false;
    double *number = nsr_netcdf_numbers(&ignored, file, field, path, n, err);
    bool good = number != NULL;
    for (int64_t i = 0; good && i < n; i++)
        if ((good = number[i] >= 0 && number[i] < (double)n)) of[i] = (int)number[i];
    free(number);
    return good;
}

static int64_t count_states(const int *of, int64_t n) {
    int most = -1;
    for (int64_t i = 0; i < n; i++)
        if (of[i] > most) most = of[i];
    return most + 1;
}

/* Reads the environment of every state, and replaces the states of the bins in `of` by their environments. */
static bool by_state(nsr_states *rooms, int *of, hid_t file, const nsr_field *field, int64_t n, nsr_err *err) {
    char path[1024];
    int64_t n_states = count_states(of, n);
    if (!nsr_netcdf_beside(path, file, field, room_names, true, n_states)) return free(of), true;
    bool good = nsr_states_read(rooms, file, field, path, n_states, err);
    for (int64_t i = 0; good && i < n; i++)
        of[i] = rooms->of[of[i]];
    free(rooms->of);
    rooms->of = of;
    return good;
}

bool nsr_rooms_read(nsr_states *rooms, const nsr_states *states, hid_t file, const nsr_field *field, int64_t n,
                    nsr_err *err) {
    char path[1024];
    if (nsr_netcdf_beside(path, file, field, room_names, true, n))
        return nsr_states_read(rooms, file, field, path, n, err);
    int *of = malloc((size_t)n * sizeof *of);
    if (!of) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the environments of %lld bins", (long long)n);
    bool numbered = number_bins(of, file, field, n, err);
    for (int64_t i = 0; !numbered && states->name && i < n; i++)
        of[i] = states->of[i];
    if ((numbered || states->name) && nsr_good(err)) return by_state(rooms, of, file, field, n, err);
    free(of);
    return nsr_good(err);
}
