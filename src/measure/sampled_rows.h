/* SPDX-License-Identifier: MIT */
/* A few rows spread over the pick, looked at one by one: they identify the input, and tell what kind of field it is. */
#ifndef NSR_MEASURE_SAMPLED_ROWS_H
#define NSR_MEASURE_SAMPLED_ROWS_H

#include "stages/run.h"

typedef struct nsr_rows {
    unsigned char hash[NSR_IDENTITY_ROWS][16]; /* zero where another rank has it, or the row cannot be read */
    double peak[NSR_IDENTITY_ROWS];            /* largest finite value; -infinity: none, or another rank has it */
    double amiss[NSR_IDENTITY_ROWS];           /* how far the row is from numbers >= 0 that add up to 1; as above */
} nsr_rows;

void nsr_rows_init(nsr_rows *rows);
/* Those of the rows that lie in a piece. Local; no row is looked at by two threads. */
void nsr_rows_look(nsr_rows *rows, const nsr_run *run, nsr_span p, const nsr_piece *piece);
/* What all ranks have found goes to run->identity, peak and distribution. Collective. */
void nsr_rows_finish(nsr_rows *rows, nsr_run *run, const nsr_comm *comm);

/* For info: are numbers >= 0 that add up to 1 in every row that is looked at? Few are where chunks are large. Local. */
bool nsr_rows_distribution(nsr_source *source);

#endif
