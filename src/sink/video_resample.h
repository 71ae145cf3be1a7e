/* SPDX-License-Identifier: MIT */
/* Several data frames in one output frame. All calls are local. Private to src/sink. */
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
/* The value of --resample: "mean", "max" or "nearest". */
nsr_resample_how nsr_resample_named(const char *how);
/* For frames of n_bins values of `type`; false when memory runs out. Close is allowed after a failed open and on zeroed
   memory; reset starts the next output frame. */
bool nsr_resample_open(nsr_resample *resample, nsr_resample_how how, nsr_type type, int64_t n_bins, nsr_err *err);
void nsr_resample_close(nsr_resample *resample);
void nsr_resample_reset(nsr_resample *resample);
/* Adds a data frame, `distance` seconds from the time of the output frame. Frames must come in order, so that sums have
   one fixed order. */
void nsr_resample_add(nsr_resample *resample, const void *values, double distance);
/* The output frame: n_bins values, NaN where no data frame had a finite one. The next call must be reset. */
const double *nsr_resample_result(nsr_resample *resample);

#endif
