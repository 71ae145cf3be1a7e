/* SPDX-License-Identifier: MIT */
/* Several data frames in one output frame (private to the sinks). */
#ifndef NSR_SINK_VIDEO_RESAMPLE_H
#define NSR_SINK_VIDEO_RESAMPLE_H

#include <nsrender/field.h>

typedef enum nsr_resample_how { NSR_MEAN, NSR_MAX, NSR_NEAREST } nsr_resample_how;

typedef struct nsr_resample {
    nsr_resample_how how;
    nsr_type type;
    size_t n_bins;
    int64_t n;        /* frames taken since the last reset */
    double best;      /* nearest: distance of the frame that is kept */
    double *value;    /* sum, maximum or the frame that is kept */
    uint32_t *finite; /* mean: finite values of each bin */
} nsr_resample;
/* `how`: "mean", "max", "nearest". */
nsr_resample_how nsr_resample_named(const char *how);
bool nsr_resample_open(nsr_resample *resample, nsr_resample_how how, nsr_type type, int64_t n_bins, nsr_err *err);
void nsr_resample_close(nsr_resample *resample); /* also after a failed open */
void nsr_resample_reset(nsr_resample *resample);
/* `distance` in time from the output frame's moment. Frames must come in order: sums have one fixed order. */
void nsr_resample_add(nsr_resample *resample, const void *values, double distance);
/* n_bins values; NaN where no frame had a finite value. Ends this round: reset comes next. */
const double *nsr_resample_result(nsr_resample *resample);

#endif
