/* SPDX-License-Identifier: MIT */
/* The measured values of an input, and the colour limits that follow from them. */
#ifndef NSR_MEASURE_MEASUREMENT_H
#define NSR_MEASURE_MEASUREMENT_H

#include "frames/input.h"
#include "plan/subset.h"
#include <nsrender/hash.h>

enum { NSR_IDENTITY_ROWS = 64 };

/* Identifies an input: a hash of shape, type and times, one of the bins that are shown ("" where these are the stored
   bins), and one of each of 64 rows spread over the selection ("" where a row is unreadable). */
typedef struct nsr_identity {
    char shape[NSR_HASH_CHARS], bins[NSR_HASH_CHARS];
    int n;
    char row[NSR_IDENTITY_ROWS][17];
} nsr_identity;

/* `config` and `input` belong to the run and outlive the measurement. */
typedef struct nsr_measurement {
    nsr_config *config;
    nsr_input *input;            /* NULL: of several fields together */
    nsr_subset subset;           /* the positions that are measured */
    nsr_range range;             /* of the subset; n_values is 0 before it is known */
    nsr_percentiles percentiles; /* known ones, of the subset */
    nsr_percentiles wanted;      /* those that the options need */
    double low, high;            /* percentiles that are the limits; NaN: minimum, maximum */
    bool used_again;             /* the values are read again after the percentiles are known */
    nsr_norm norm;
    nsr_color_limits limits;
    nsr_borders borders;            /* of the levels, unless the norm is linear without colours for the ends */
    double peak[NSR_IDENTITY_ROWS]; /* largest value of each row of the identity; -infinity: no finite value */
    bool distribution;              /* these rows sum to 1 */
    nsr_identity identity;          /* of the input */
    nsr_clip clip;                  /* values outside the limits, where nsr_measure_clip counted them */
} nsr_measurement;

#endif
