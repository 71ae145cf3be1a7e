/* SPDX-License-Identifier: MIT */
/* The numbers of the summary that follow from the values of one frame. Local. Private to src/sink. */
#ifndef NSR_SINK_SUMMARY_FRAME_H
#define NSR_SINK_SUMMARY_FRAME_H

#include <nsrender/field.h>

typedef struct nsr_frame_summary {
    double min, max, mean; /* NaN where nothing is finite */
    double entropy;        /* in nats, of the finite values divided by their sum; NaN where a value is below 0 or
                              the sum is no normal number, as 0 is not */
    int64_t argmax;        /* the first bin with the largest value; -1 where nothing is finite */
    int64_t n_finite;
} nsr_frame_summary;

/* Summarises n values; NaN and infinities are no data. Sums are in double and in one fixed order. */
void nsr_frame_summarise(nsr_frame_summary *frame, nsr_type type, const void *values, size_t n);

#endif
