/* SPDX-License-Identifier: MIT */
/* The times of frames, read ahead: one read serves many batches. All calls are local; one worker uses one window. */
#ifndef NSR_FRAMES_FRAME_TIMES_H
#define NSR_FRAMES_FRAME_TIMES_H

#include <nsrender/plan.h>

typedef struct nsr_frame_times {
    double *time;  /* seconds as in the file, of the positions held */
    nsr_span held; /* positions in the selection */
} nsr_frame_times;

enum { NSR_MOST_TIMES = 4096 };

/* Allocates memory for NSR_MOST_TIMES times. */
bool nsr_frame_times_open(nsr_frame_times *times, nsr_err *err);
/* Frees it. Allowed on a zeroed window. */
void nsr_frame_times_close(nsr_frame_times *times);
/* Times of the positions `span` (at most NSR_MOST_TIMES), valid until the next call. Where they must be read, times up
   to the position `limit` are read with them. NULL on failure. */
const double *nsr_frame_times_get(nsr_frame_times *times, nsr_reader *reader, const nsr_plan *plan, nsr_span span,
                                  int64_t limit, nsr_err *err);

#endif
